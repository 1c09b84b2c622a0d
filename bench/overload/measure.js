const { watch } = require('./disturbance');
const { startPinned } = require('./pinned');

const file = (name) => require.resolve(`./${name}`);

/** The generator, and what all servers are told alike. */
async function startBench() {
  const turnsPerMs = await countTurns(100);
  const generator = await startPinned('others', file('generator'));
  return { turnsPerMs, generator };
}

/** Turns of work in a millisecond of the server's processor, now. */
async function countTurns(counts) {
  const calibration = await startPinned('server', file('calibrate'));
  const turnsPerMs = await calibration.call('turnsPerMs', counts);
  calibration.kill();
  return turnsPerMs;
}

/** A server with a downstream of its own, both fresh: nothing of an earlier overload is left in them. */
async function startServer({ turnsPerMs }, contestant, critical = false) {
  const downstream = await startPinned('others', file('downstream'));
  const downstreamPort = await downstream.call('listen');
  const server = await startPinned('server', file('server'), contestant, {
    turnsPerMs,
    downstreamPort,
    critical,
  });
  const port = await server.call('listen');
  return {
    port,
    downstream,
    spentUs: () => server.call('spentUs'),
    watch: () => watch(server.core, server.pid),
    kill() {
      server.kill();
      downstream.kill();
    },
  };
}

/** Times that a measurement is tried that is void: whose generator was too late, whose machine too slow, or not its own. */
const TRIES = 3;

/** Of the speed that the work was counted out by. Machines that are shared lose more for minutes, and no contestant is to blame. */
const LEAST_SPEED = 0.85;
const CHECKS = 10;

/** Of the time of the server's processor, what others may take. */
const MOST_FOREIGN = 0.05;

/**
 * One measurement of one contestant.
 * @param plan as the generator takes it, `critical` and `downstream` (changes of its slots) beside.
 * @returns what the generator says, whether it is `void`, and how many runs before were `voided`.
 */
async function measure(bench, contestant, plan) {
  for (let voided = 0; ; voided++) {
    const measured = await measureOnce(bench, contestant, plan);
    const { lag, speed, foreign } = measured;
    const isVoid = lag.void || speed < LEAST_SPEED || foreign > MOST_FOREIGN;
    if (!isVoid || voided === TRIES - 1) return { ...measured, void: isVoid, voided };
    const found = [`generator ${lag.p99Ms.toFixed(0)} ms late`, `${percent(speed)} of the speed`];
    console.error(`  void: ${found.join(', ')}, ${percent(foreign)} for others`);
  }
}

const percent = (share) => `${(100 * share).toFixed(0)} %`;

async function measureOnce(bench, contestant, { critical, downstream = [], ...plan }) {
  const before = await countTurns(CHECKS);
  const server = await startServer(bench, contestant, critical);
  let measured;
  try {
    await server.downstream.call('change', downstream);
    const foreignShare = server.watch();
    measured = await bench.generator.call('offer', server.port, plan);
    measured.foreign = foreignShare();
  } finally {
    server.kill();
  }
  const speed = Math.min(before, await countTurns(CHECKS)) / bench.turnsPerMs;
  return { ...measured, speed };
}

module.exports = { measure, startBench, startServer };
