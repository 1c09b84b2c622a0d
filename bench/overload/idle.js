const { setImmediate } = require('node:timers/promises');
const { serve } = require('../harness/null-socket');
const { cpuOf, rotate } = require('../harness/rotate');
const { differences, quartiles } = require('../harness/statistics');
const hosts = require('../hosts');
const { backpressure, EXPRESS, NONE } = require('./contestants');
const { startPinned } = require('./pinned');
const { startServer } = require('./measure');

/** Requests a slice: so short that all of a round meet the same machine. */
const SLICE = 25;

/**
 * What the protection costs where one request comes in a turn of the event loop. Over no socket and by turns within one process: over sockets
 * two equal servers differ by more than is looked for.
 */
exports.inChild = () => ({
  pid: () => process.pid,
  async samples({ rounds, warmup }) {
    const listeners = { [NONE]: hosts.express(), [EXPRESS]: hosts.express(backpressure('express')) };
    const measures = {};
    for (const [name, listener] of Object.entries(listeners)) {
      await serveInTurns(listener, warmup);
      measures[name] = async () => (await cpuOf(() => serveInTurns(listener, SLICE))) / SLICE;
    }
    return rotate(measures, rounds);
  },
});

async function serveInTurns(listener, requests) {
  for (let sent = 0; sent < requests; sent++) {
    await serve(listener, 1);
    await setImmediate();
  }
}

const PER_SECOND = 400;
/** So many before that nothing is compiled any more. */
const WARMUP = { seconds: 3, perSecond: 2000 };

/**
 * CPU a request of a server that has little to do.
 * @returns quartiles: `plainUs` of a server without protection, over sockets; `addedUs`, what ours adds, over none.
 */
async function idleCpu(bench, { passes, ...scale }) {
  const samples = { [NONE]: [], [EXPRESS]: [] };
  for (let pass = 0; pass < passes; pass++) {
    const child = await startPinned('server', __filename);
    const measured = await child.call('samples', scale);
    child.kill();
    for (const name in samples) samples[name].push(...measured[name]);
  }
  const plainUs = await plainCpu(bench, passes);
  return { plainUs: quartiles(plainUs), addedUs: differences(samples[EXPRESS], samples[NONE]) };
}

async function plainCpu(bench, slices) {
  const server = await startServer(bench, NONE);
  await slice(bench, server, WARMUP);
  const samples = [];
  while (samples.length < slices)
    samples.push(await slice(bench, server, { seconds: 2, perSecond: PER_SECOND }));
  server.kill();
  return samples;
}

async function slice({ generator }, server, phase) {
  const plan = {
    kinds: [{ path: '/hello', share: 1 }],
    phases: [phase],
    opened: 50,
    spans: { all: [0, phase.seconds * 1000] },
  };
  const before = await server.spentUs();
  const { spans } = await generator.call('offer', server.port, plan);
  return ((await server.spentUs()) - before) / spans.all.sent;
}

exports.idleCpu = idleCpu;
