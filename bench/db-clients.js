const pg = require('pg');
const postgres = require('postgres');
const { Pool } = require('@spillway/db-pool');
const { pg: pgDriver } = require('@spillway/db-pool/pg');
const { closedLoop } = require('./harness/closed-loop');

const SPILLWAY = 'spillway';
const POSTGRES_JS = 'postgres.js';
const PREPARED = 'pg.Pool, prepared';
const UNPREPARED = 'pg.Pool, unprepared';
const CONNECTION_EACH = 'a connection a request';

const ITEMS = 10_000;
const TEXT = 'SELECT id, name, price FROM item WHERE id = $1';

/**
 * By name, with so many connections at most: `open()` where they can be opened beforehand, `read(id)`, which gives the rows of one item by its
 * primary key, and `close()`.
 */
const CLIENTS = {
  [SPILLWAY](url, max) {
    const pool = new Pool({ driver: pgDriver(url), max, min: max });
    return {
      open: () => pool.warmUp(),
      read: async (id) => (await pool.query(TEXT, [id])).rows,
      close: () => pool.drain(),
    };
  },
  [POSTGRES_JS](url, max) {
    const sql = postgres(url, { max });
    return {
      open: () => {},
      read: (id) => sql`SELECT id, name, price FROM item WHERE id = ${id}`,
      close: () => sql.end(),
    };
  },
  [PREPARED]: (url, max) => pgPool(url, max, (id) => ({ name: 'item', text: TEXT, values: [id] })),
  [UNPREPARED]: (url, max) => pgPool(url, max, (id) => ({ text: TEXT, values: [id] })),
  [CONNECTION_EACH]: (url) => ({
    open: () => {},
    async read(id) {
      const client = new pg.Client(url);
      await client.connect();
      const { rows } = await client.query(TEXT, [id]);
      await client.end();
      return rows;
    },
    close: () => {},
  }),
};

function pgPool(url, max, queryOf) {
  const pool = new pg.Pool({ connectionString: url, max });
  return {
    open: () => {},
    read: async (id) => (await pool.query(queryOf(id))).rows,
    close: () => pool.end(),
  };
}

/** Fills a database with what the clients read. */
async function createItems(url) {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(
    'CREATE TABLE item (id integer PRIMARY KEY, name text NOT NULL, price numeric NOT NULL)',
  );
  await client.query(
    `INSERT INTO item SELECT n, 'item number ' || n, n * 0.25 FROM generate_series(1, ${ITEMS}) n`,
  );
  await client.query('VACUUM ANALYZE item');
  await client.end();
}

/**
 * What a client can do that is opened for it, warmed up, and closed again: no figure depends on how long a client has been busy before, and no
 * connection idles beside the one that is measured.
 * @returns as `closedLoop` does.
 */
async function measureClient(name, url, { max, callers, warmupMs, ms }) {
  const client = CLIENTS[name](url, max);
  await client.open();
  const ask = reader(client);
  await closedLoop(ask, callers, warmupMs);
  const measured = await closedLoop(ask, callers, ms);
  await client.close();
  return measured;
}

/** @returns a function that reads one item after the other, in an order that no cache can foresee. */
function reader({ read }) {
  let asked = 0;
  return async () => {
    const id = 1 + ((++asked * 48_271) % ITEMS);
    const [item] = await read(id);
    if (item?.id !== id) throw new Error(`item ${id} came as ${JSON.stringify(item)}`);
  };
}

module.exports = { CONNECTION_EACH, createItems, measureClient, POSTGRES_JS, PREPARED, SPILLWAY, UNPREPARED };
