/** What every contender is told, in milliseconds. */
const LIMITS = {
  acquireTimeoutMs: 2_500,
  statementTimeoutMs: 2_000,
  leakAfterMs: 1_000,
  drainTimeoutMs: 2_000,
};

const MAX_CONNECTIONS = 10;
/** What a database has beyond the limit of a statement. */
const GRACE_MS = 1_000;
/** Timers, turns and the way to the client. */
const SLACK_MS = 300;

/** No request takes longer: it waits for a connection, and then for its statement. */
const MAX_REQUEST_MS = LIMITS.acquireTimeoutMs + LIMITS.statementTimeoutMs + GRACE_MS + SLACK_MS;

module.exports = { LIMITS, MAX_CONNECTIONS, MAX_REQUEST_MS };
