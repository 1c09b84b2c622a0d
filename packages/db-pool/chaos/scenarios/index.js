const { fastReads, slowReads, unknownReads } = require('./crowds');
const { keeping, silent, throwing } = require('./leaks');
const { amidPause, amidQuery, amidSharedQuery, amidTransaction } = require('./leavers');
const { killedIdle, killedUnaware, killedUnderLoad } = require('./kills');
const { backendKilled, blackHoled, restarted } = require('./outages');
const { amidBlackHole, underLoad } = require('./terminations');

/**
 * By name: what is done to a stage.
 * Each gives checks `{what, measured, most}`, and `{what, measured, of}` for what no bound is stated.
 */
const SCENARIOS = {
  'connections killed under load': killedUnderLoad,
  'connections killed idle': killedIdle,
  'connections killed idle, unseen': killedUnaware,
  'a backend killed with -9': backendKilled,
  'server restarted': restarted,
  'server black-holed and healed': blackHoled,
  '50 clients leave a leased query': amidQuery,
  '50 clients leave a query': amidSharedQuery,
  '50 clients leave a transaction': amidTransaction,
  '50 clients leave a transaction that pauses': amidPause,
  'handlers that throw with a lease': throwing,
  'handlers that never release': keeping,
  'handlers that never answer': silent,
  '2,000 slow reads at once': slowReads,
  '2,000 slow reads at once, never seen before': unknownReads,
  '2,000 fast reads at once': fastReads,
  SIGTERM: underLoad,
  'SIGTERM while black-holed': amidBlackHole,
};

module.exports = { SCENARIOS };
