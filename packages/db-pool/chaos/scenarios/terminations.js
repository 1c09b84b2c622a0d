const { MAX_CONNECTIONS, MAX_REQUEST_MS, LIMITS } = require('../limits');
const { failed } = require('../load');

const READS = 2 * MAX_CONNECTIONS;
const READ_MS = 500;
const MOST_MS = 3_000;
const SLEEPING = `state = 'active' AND query LIKE '%pg_sleep%'`;

/** All connections are busy, and as many requests wait. @returns their answers to come. */
async function busy(stage) {
  const reads = stage.client.all(READS, `/slow?ms=${READ_MS}`);
  await stage.until(async () => (await stage.backends(SLEEPING)) === MAX_CONNECTIONS, MOST_MS);
  return { reads };
}

const exit = ({ code, tookMs }, mostMs) => [
  { what: 'exit code', measured: code, most: 0 },
  { what: 'until it has ended, ms', measured: tookMs, most: mostMs },
];

async function underLoad(stage) {
  const { reads } = await busy(stage);
  const ended = await stage.terminate(2 * MOST_MS);
  const backends = await stage.backends();
  return [
    ...exit(ended, MOST_MS),
    { what: 'requests failed', measured: failed(await reads), most: 0 },
    { what: 'backends left', measured: backends, most: 0 },
  ];
}

/** While the database answers nothing. */
async function amidBlackHole(stage) {
  const { reads } = await busy(stage);
  stage.proxy.blackhole();
  const mostMs = MAX_REQUEST_MS + LIMITS.drainTimeoutMs + 1_000;
  const ended = await stage.terminate(2 * mostMs);
  await reads;
  return exit(ended, mostMs);
}

module.exports = { underLoad, amidBlackHole };
