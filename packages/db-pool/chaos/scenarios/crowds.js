const { crowd } = require('../crowd');
const { isGood } = require('../load');

const CLIENTS = 2_000;
/** Requests before, by which a pool may learn what is asked of it. */
const WARM_UP = 100;

const quantile = (sorted, share) =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
const sorted = (answers) => answers.map(({ tookMs }) => tookMs).sort((one, other) => one - other);

/** More at once than can be served in the time that one may wait. */
async function atOnce(stage, path, warmUp) {
  await stage.client.all(warmUp, path);
  await stage.answers();
  const answers = await crowd(stage.port, CLIENTS, path);
  const refused = sorted((await stage.answers()).filter((answer) => !isGood(answer)));
  const served = sorted(answers.filter(isGood));
  return [
    { what: 'served', measured: served.length, of: CLIENTS },
    { what: 'p99 of the served, ms', measured: quantile(served, 0.99), most: 3_000 },
    // By the application's clock: how long a request waits for its turn in the process is no pool's matter.
    { what: 'longest refusal, ms', measured: quantile(refused, 1), most: 50 },
    { what: 'neither served nor refused', measured: answers.filter((one) => !isKnown(one)).length, most: 0 },
  ];
}

const isKnown = (answer) => isGood(answer) || answer.status === 503;

/** Each keeps a connection for 20 ms: 500 a second. */
const slowReads = (stage) => atOnce(stage, '/slow?ms=20', WARM_UP);

const unknownReads = (stage) => atOnce(stage, '/slow?ms=20', 0);

const fastReads = (stage) => atOnce(stage, '/read', WARM_UP);

module.exports = { slowReads, unknownReads, fastReads };
