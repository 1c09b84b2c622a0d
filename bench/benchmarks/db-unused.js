const { Pool } = require('@spillway/db-pool');
const { pg } = require('@spillway/db-pool/pg');
const dbPool = {
  express: require('@spillway/db-pool/express').dbPool,
  koa: require('@spillway/db-pool/koa').dbPool,
};
const hosts = require('../hosts');
const { addedCpuTable, requestCpu } = require('../harness/request-cpu');
const { medianOf } = require('../harness/table');
const { atMost } = require('../harness/targets');

const FIRST = 'not mounted';
const BARE = 'bare middleware';
const SPILLWAY = 'spillway';

/** What a framework charges for any middleware. */
const bare = { express: (_req, _res, next) => next(), koa: (_ctx, next) => next() };

/** Whoever asks nothing needs no database: nothing listens there. */
const unused = (host) => dbPool[host](new Pool({ driver: pg('postgres://127.0.0.1:1/none') }));

const contestants = (host) => ({
  [FIRST]: () => [],
  [BARE]: () => [bare[host]],
  [SPILLWAY]: () => [unused(host)],
});

exports.title = 'dbPool: mounted and unused';
exports.packages = ['express', 'koa'];
exports.scale = { passes: 4, rounds: 500, warmup: 5000 };
exports.quick = { passes: 1, rounds: 3, warmup: 25 };

exports.inChild = (host, name) => {
  const { [FIRST]: first, [name]: own } = contestants(host);
  const listeners = { [FIRST]: hosts[host](...first()), [name]: hosts[host](...own()) };
  return { samples: (scale) => requestCpu(listeners, scale) };
};

exports.run = async (scale) => {
  const tables = [];
  for (const host in bare) {
    tables.push(await addedCpuTable(host, __filename, Object.keys(contestants(host)), scale));
  }
  return { tables, targets: tables.map(targetOf) };
};

/** Less than this, in microseconds, is the noise of two equal contestants. */
const NOTHING = 0.25;

function targetOf(table) {
  const added = (name) => medianOf(table, name, 'added us');
  return atMost(`${table.title}: beyond a bare middleware, us`, added(SPILLWAY) - added(BARE), NOTHING);
}
