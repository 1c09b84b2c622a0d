const { inChild, PLAIN, SEMANTICS, SPILLWAY } = require('../caches');
const { medianOf } = require('../harness/table');
const { atMost, lessThan } = require('../harness/targets');
const { underLoad } = require('../harness/under-load');
const { ensureWrk } = require('../harness/wrk');

const PEER = { express: SEMANTICS, koa: 'koa-cash' };

const FEW = 100;

exports.inChild = inChild;

exports.title = 'cacheResponse: misses';
exports.packages = ['express', 'koa', 'apicache', 'http-cache-semantics', 'koa-cash'];
/** apicache counts its keys at each miss: to fill it with more takes minutes. */
exports.scale = { rounds: 5, warmup: 1, seconds: 1, many: 100_000, manyForApicache: 5_000 };
exports.quick = { rounds: 1, warmup: 0, seconds: 1, many: 1000, manyForApicache: 1000 };

/** Each request is of another URL, goes to the application, and its response is kept in place of the oldest. */
const miss = (host, name, keys) => ({
  label: `${name}, ${keys} keys`,
  args: [host, name, { keys }],
  fill: keys,
  newUrls: '/',
  reaches: (calls, requests) => calls >= requests,
});

exports.run = async (scale) => {
  ensureWrk();
  const tables = [];
  for (const host of ['express', 'koa']) {
    const pairs = [
      [SPILLWAY, scale.many],
      [PEER[host], scale.many],
      ...(host === 'express' ? [['apicache', scale.manyForApicache]] : []),
    ];
    const contestants = [
      { label: PLAIN, args: [host, PLAIN], newUrls: '/' },
      ...pairs.flatMap(([name, many]) => [miss(host, name, FEW), miss(host, name, many)]),
    ];
    tables.push(await underLoad(`${host}, miss`, __filename, contestants, scale));
  }
  return { tables, targets: tables.flatMap((table) => targetsOf(table, scale.many)) };
};

function targetsOf(table, many) {
  const [host] = table.title.split(',');
  const cpu = (name, keys) => medianOf(table, `${name}, ${keys} keys`, 'CPU of plain');
  return [FEW, many].flatMap((keys) => [
    atMost(`${host}: CPU of a miss to plain, ${keys} keys`, cpu(SPILLWAY, keys), 1.2),
    lessThan(`${host}: the same, to ${PEER[host]}`, cpu(SPILLWAY, keys), cpu(PEER[host], keys)),
  ]);
}
