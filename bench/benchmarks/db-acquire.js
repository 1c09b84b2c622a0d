const { EventEmitter } = require('node:events');
const genericPool = require('generic-pool');
const PgPool = require('pg-pool');
const { Pool: TarnPool } = require('tarn');
const { Pool } = require('@spillway/db-pool');
const { startChild } = require('../harness/child');
const { cpuOf, rotate } = require('../harness/rotate');
const { quartiles, ratios } = require('../harness/statistics');
const { medianOf, table } = require('../harness/table');
const { atLeast } = require('../harness/targets');

const SPILLWAY = 'spillway';
const CONNECTIONS = 10;
const SLICE = 20_000;

/** No database: nothing is ever asked. */
const DRIVER = {
  dialect: {
    kindOf: () => 'read',
    begin: () => 'BEGIN',
    limitTransaction: () => undefined,
    reset: undefined,
    check: 'SELECT 1',
    isConflict: () => false,
  },
  connect: async () => ({
    native: undefined,
    isPipelined: true,
    transaction: 'none',
    run: (job) => job.done(undefined, { rows: [], rowCount: 0 }),
    cancel: async () => {},
    close: async () => {},
  }),
};

/** As much of pg's client as pg-pool asks of one. */
class Client extends EventEmitter {
  connect(done) {
    process.nextTick(done);
  }
  end(done) {
    done?.();
  }
  getTransactionStatus() {
    return 'I';
  }
  ref() {}
  unref() {}
}

/** By name, what makes a function that takes a connection and gives it back. None waits for longer than it has to. */
const CONTESTANTS = {
  async [SPILLWAY]() {
    const pool = new Pool({ driver: DRIVER, max: CONNECTIONS, min: CONNECTIONS });
    await pool.warmUp();
    return async () => (await pool.acquire()).release();
  },
  'pg-pool'() {
    const pool = new PgPool({ Client, max: CONNECTIONS });
    return async () => (await pool.connect()).release();
  },
  tarn() {
    const pool = new TarnPool({
      create: async () => ({}),
      destroy: () => {},
      min: CONNECTIONS,
      max: CONNECTIONS,
    });
    return async () => pool.release(await pool.acquire().promise);
  },
  'generic-pool'() {
    const factory = { create: async () => ({}), destroy: async () => {} };
    const pool = genericPool.createPool(factory, { min: CONNECTIONS, max: CONNECTIONS });
    return async () => {
      pool.release(await pool.acquire()); // done when it returns, whatever its promise
    };
  },
};

exports.inChild = (name) => {
  const turn = Promise.resolve(CONTESTANTS[name]());
  return {
    async slice(callers) {
      const once = await turn;
      const caller = async () => {
        for (let turns = 0; turns < SLICE / callers; turns++) await once();
      };
      return (await cpuOf(() => Promise.all(Array.from({ length: callers }, caller)))) / SLICE;
    },
  };
};

exports.title = 'dbPool: acquire and release';
exports.packages = ['pg-pool', 'tarn', 'generic-pool'];
exports.scale = { rounds: 50, warmup: 20 };
exports.quick = { rounds: 2, warmup: 0 };

exports.run = async (scale) => {
  const tables = [];
  for (const callers of [1, 8]) tables.push(await measure(callers, scale));
  return { tables, targets: targetsOf(tables[0]) };
};

async function measure(callers, { rounds, warmup }) {
  const names = Object.keys(CONTESTANTS);
  const children = names.map((name) => startChild(__filename, [name]));
  const slices = Object.fromEntries(names.map((name, i) => [name, () => children[i].call('slice', callers)]));
  await rotate(slices, warmup);
  const samples = await rotate(slices, rounds);
  for (const child of children) child.stop();
  const rows = names.map((name) => ({
    name,
    cells: [quartiles(samples[name]), ratios(samples[name], samples[SPILLWAY])],
  }));
  return table(callers === 1 ? '1 caller' : `${callers} callers`, ['CPU us', TIMES_OURS], rows);
}

const TIMES_OURS = 'times ours';

const targetsOf = (measured) =>
  Object.entries({ 'pg-pool': 4, tarn: 8, 'generic-pool': 3 }).map(([name, bound]) =>
    atLeast(`${measured.title}: ${name}, times ours`, medianOf(measured, name, TIMES_OURS), bound),
  );
