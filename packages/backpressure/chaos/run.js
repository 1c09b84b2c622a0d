// npm run chaos:backpressure: what takes too long for `npm test`. Needs --expose-gc; ends with 1 where a bound is passed.
const { setImmediate: turn } = require('node:timers/promises');
const { chaos } = require('./leavers');

const CLIENTS = 10_000;
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

async function main() {
  await chaos({ clients: 500 });
  const before = await settledBytes();
  const results = await chaos({ clients: CLIENTS });
  const grownMiB = ((await settledBytes()) - before) / MIB;
  let isWell = grownMiB < MOST_MIB;
  for (const [mount, { left, stats, served }] of Object.entries(results)) {
    const { inFlight, queued, limit, admitted, shed } = stats;
    console.log(`${mount}: ${CLIENTS} clients left: ${JSON.stringify(left)}`);
    console.log(`  admitted ${admitted}, shed ${JSON.stringify(shed)}`);
    console.log(`  in flight ${inFlight}, queued ${queued}; then ${served} of ${limit} at once were served`);
    isWell &&= inFlight === 0 && queued === 0 && served === limit;
  }
  console.log(`memory: ${grownMiB.toFixed(1)} MiB more (at most ${MOST_MIB})`);
  if (!isWell) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
