const postgres = require('postgres');
const { LIMITS, MAX_CONNECTIONS } = require('../limits');

/** postgres.js, which has no limit for who waits, and can cancel. */
function postgresJs(connectionString) {
  const { acquireTimeoutMs, statementTimeoutMs, drainTimeoutMs } = LIMITS;
  const sql = postgres(connectionString, {
    max: MAX_CONNECTIONS,
    connect_timeout: acquireTimeoutMs / 1000,
    connection: { statement_timeout: statementTimeoutMs },
    onnotice: () => {},
  });
  return {
    mount: () => {},
    query: (req, text, values) => cancelled(req, sql.unsafe(text, values, { prepare: true })),
    async lease() {
      const own = await sql.reserve();
      return {
        query: (text, values) => own.unsafe(text, values, { prepare: true }),
        release: () => own.release(),
      };
    },
    transact: (req, _res, run) =>
      sql.begin((own) => run((text, values) => cancelled(req, own.unsafe(text, values, { prepare: true })))),
    stop: () => sql.end({ timeout: drainTimeoutMs / 1000 }),
  };
}

/** Stopped where the client leaves. */
async function cancelled({ res }, query) {
  const cancel = () => query.cancel();
  res.once('close', cancel);
  try {
    return await query;
  } finally {
    res.off('close', cancel);
  }
}

module.exports = { postgresJs };
