const http = require('node:http');
const { listenBelowEphemeral } = require('../harness/ports');
const { asking } = require('./ask');
const { LISTENERS } = require('./contestants');

/** Longer than any connection here is idle: a server behind a load balancer has it so, or they close under each other's hands. */
const KEEP_ALIVE_TIMEOUT_MS = 120_000;

const CRITICAL = { priority: (req) => (req.headers['x-critical'] ? 'critical' : 'default') };

/** The process of one contestant. */
exports.inChild = (name, { turnsPerMs, downstreamPort, critical }) => {
  const ask = downstreamPort && asking(downstreamPort);
  const listener = LISTENERS[name]({ turnsPerMs, ask }, critical ? CRITICAL : undefined);
  const server = http.createServer({ keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS }, listener);
  return {
    listen: () => listenBelowEphemeral(server),
    pid: () => process.pid,
    spentUs() {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
  };
};
