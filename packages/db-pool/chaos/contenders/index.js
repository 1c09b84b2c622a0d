const { pgPool } = require('./pg-pool');
const { postgresJs } = require('./postgres-js');
const { spillway } = require('./spillway');

/** In the order in which they run: what pg.Pool loses is a bound for who does not retry. */
const CONTENDERS = {
  'pg.Pool': { open: pgPool },
  'postgres.js': { open: postgresJs },
  spillway: { open: (url) => spillway(url, { retryReads: false }), isOurs: true },
  'spillway, retryReads': {
    open: (url) => spillway(url, { retryReads: true }),
    isOurs: true,
    retriesReads: true,
  },
};

module.exports = { CONTENDERS };
