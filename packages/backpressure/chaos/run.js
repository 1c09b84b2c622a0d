// npm run chaos:backpressure: what takes too long for `npm test`. Needs --expose-gc; ends with 1 where a bound is passed.
const { setImmediate: turn } = require('node:timers/promises');
const { chaos } = require('./leavers');

const CLIENTS = 10_000;
const WARM_UP = 500;
const MIB = 2 ** 20;
const MOST_MIB = 4;

async function settledBytes() {
  for (let i = 0; i < 4; i++) {
    global.gc();
    await turn();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const rowOf = ({ mount, policy, mostQueued, stats, served }) => ({
  mount,
  policy,
  admitted: stats.admitted,
  refused: Object.values(stats.shed).reduce((sum, count) => sum + count, 0),
  'most queued': mostQueued,
  'in flight': stats.inFlight,
  queued: stats.queued,
  'then at once': `${served} of ${stats.limit}`,
});

const isWell = ({ stats, served, mostQueued }) =>
  stats.inFlight === 0 && stats.queued === 0 && served === stats.limit && mostQueued > 0;

async function main() {
  await chaos({ clients: WARM_UP });
  const before = await settledBytes();
  const results = await chaos({ clients: CLIENTS });
  const grownMiB = ((await settledBytes()) - before) / MIB;
  console.log(`${CLIENTS} clients a row left, after they had sent:`, results[0].left);
  console.table(results.map(rowOf));
  console.log(`memory: ${grownMiB.toFixed(1)} MiB more, at most ${MOST_MIB}`);
  if (!results.every(isWell) || grownMiB > MOST_MIB) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
