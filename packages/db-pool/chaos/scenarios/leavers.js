const { setTimeout: pause } = require('node:timers/promises');
const { MAX_CONNECTIONS } = require('../limits');
const { failed } = require('../load');

const CLIENTS = 50;
const PAUSE_MS = 1_500;
const PATIENCE_MS = 5_000;
const AT_ONCE = 40;

const SLEEPING = `state = 'active' AND query LIKE '%pg_sleep%'`;
const IN_TRANSACTION = `state LIKE 'idle in transaction%'`;

/** Clients that leave at once, while the first of them keep all connections busy and the others wait. */
async function leave(stage, { method = 'GET', path, busy }) {
  const clients = Array.from({ length: CLIENTS }, (_, i) =>
    stage.client.open(method, `${path}?ms=${PAUSE_MS}&tag=left-${i}`),
  );
  const hasBegun = async () => (await stage.backends(busy)) === MAX_CONNECTIONS;
  const begunMs = await stage.until(hasBegun, PATIENCE_MS);
  for (const client of clients) client.leave();
  const goneMs = await stage.until(async () => (await stage.backends(busy)) === 0, PATIENCE_MS);
  const reads = await stage.client.all(AT_ONCE, '/read');
  return [
    {
      what: 'not all connections were busy',
      measured: begunMs === Number.POSITIVE_INFINITY ? 1 : 0,
      most: 0,
    },
    { what: 'gone from the database, ms', measured: goneMs, most: 300 },
    { what: 'reads failed afterwards', measured: failed(reads), most: 0 },
  ];
}

const amidQuery = (stage) => leave(stage, { path: '/leased', busy: SLEEPING });

const amidSharedQuery = (stage) => leave(stage, { path: '/slow', busy: SLEEPING });

async function amidTransaction(stage) {
  const checks = await leave(stage, { method: 'POST', path: '/transaction', busy: SLEEPING });
  return [...checks, await committed(stage)];
}

/** Nothing runs on the database when they leave. */
async function amidPause(stage) {
  const checks = await leave(stage, { method: 'POST', path: '/transaction-pausing', busy: IN_TRANSACTION });
  return [...checks, await committed(stage)];
}

/** Once every handler that still ran has ended. */
async function committed(stage) {
  await pause(2 * PAUSE_MS);
  const marks = await stage.marks('left-%');
  return { what: 'committed of those that left', measured: marks.size, most: 0 };
}

module.exports = { amidQuery, amidSharedQuery, amidTransaction, amidPause };
