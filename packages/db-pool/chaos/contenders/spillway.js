const { Pool } = require('@spillway/db-pool');
const { dbPool } = require('@spillway/db-pool/express');
const { pg } = require('@spillway/db-pool/pg');
const { LIMITS, MAX_CONNECTIONS } = require('../limits');

/** This package, mounted. */
function spillway(connectionString, { retryReads }) {
  const { drainTimeoutMs, ...limits } = LIMITS;
  const pool = new Pool({ driver: pg(connectionString), max: MAX_CONNECTIONS, retryReads, ...limits });
  const route = dbPool.transaction();
  return {
    mount: (app) => app.use(dbPool(pool)),
    query: (req, text, values) => req.db.query(text, values),
    lease: (req) => req.db.acquire(),
    async transact(req, res, run) {
      // As middleware of the route: it is committed before the head of a good answer leaves.
      await new Promise((resolve, reject) => route(req, res, (error) => (error ? reject(error) : resolve())));
      await run((text, values) => req.db.query(text, values));
    },
    stop: () => pool.drain({ timeoutMs: drainTimeoutMs }),
  };
}

module.exports = { spillway };
