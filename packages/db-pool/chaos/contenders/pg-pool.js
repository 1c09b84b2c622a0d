const { Pool } = require('pg');
const { LIMITS, MAX_CONNECTIONS } = require('../limits');

const ignore = () => {};

/** `pg.Pool` as its documentation wants it: with its limits set, a listener for each error, every client released. */
function pgPool(connectionString) {
  const { acquireTimeoutMs, statementTimeoutMs } = LIMITS;
  const pool = new Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    keepAlive: true,
    connectionTimeoutMillis: acquireTimeoutMs,
    statement_timeout: statementTimeoutMs,
    query_timeout: statementTimeoutMs + 1_000,
  });
  pool.on('error', ignore);
  pool.on('connect', (client) => client.on('error', ignore));
  return {
    mount: ignore,
    query: (_req, text, values) => pool.query(text, values),
    lease: () => pool.connect(),
    transact: (_req, _res, run) => transact(pool, run),
    stop: () => pool.end(),
  };
}

async function transact(pool, run) {
  const client = await pool.connect();
  let fault;
  try {
    await client.query('BEGIN');
    await run((text, values) => client.query(text, values));
    await client.query('COMMIT');
  } catch (error) {
    await client.query('ROLLBACK').catch((second) => {
      fault = second;
    });
    throw error;
  } finally {
    client.release(fault);
  }
}

module.exports = { pgPool };
