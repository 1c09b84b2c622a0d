const http = require('node:http');
const hosts = require('../hosts');
const limiters = require('../limiters');
const { startChild } = require('../harness/child');
const { rotate } = require('../harness/rotate');
const { quartiles, ratios } = require('../harness/statistics');
const { medianOf, table } = require('../harness/table');
const { atLeast, lessThan, moreThan } = require('../harness/targets');
const { ensureWrk, load } = require('../harness/wrk');

const NEVER_REACHED = 1_000_000_000;
const PLAIN = 'plain 200';
const IN_FRONT = 'spillway in front';

const PEERS = {
  express: [
    'express-rate-limit, legacy fields',
    'express-rate-limit, draft-8 fields',
    'rate-limiter-flexible, no fields',
  ],
  koa: ['koa-ratelimit, legacy fields', 'rate-limiter-flexible, no fields'],
};

/** What sends as many fields as a peer does: two lines more in each head cost as much as the limiter. */
const counterpartOf = (peer) => (peer.endsWith('no fields') ? 'spillway, no fields' : 'spillway');

/** [name, whether it refuses]; each is a server of its own. */
const contestantsOf = (host) => {
  const limited = ['spillway', 'spillway, no fields', IN_FRONT, ...PEERS[host]];
  return [[PLAIN, false], ...limited.map((name) => [name, false]), ...limited.map((name) => [name, true])];
};
const labelOf = ([name, refuses]) => (refuses ? `${name}: 429` : name);

function listenerOf(host, name, limit) {
  if (name === PLAIN) return hosts[host]();
  if (name === IN_FRONT) return limiters.inFront(hosts[host](), limit);
  return hosts[host](limiters[host](limit)[name]);
}

exports.inChild = (host, name, refuses) => {
  const server = http.createServer(listenerOf(host, name, refuses ? 1 : NEVER_REACHED));
  return {
    listen: () => listenBelowEphemeral(server),
    cpuUs() {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
  };
};

/** Dialing a port of the ephemeral range that nobody listens on can connect to itself. */
function listenBelowEphemeral(server) {
  return new Promise((resolve, reject) => {
    const attempt = () => server.listen(20_000 + Math.floor(Math.random() * 10_000), '127.0.0.1');
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? attempt() : reject(error)));
    server.on('listening', () => resolve(server.address().port));
    attempt();
  });
}

exports.title = 'rateLimit over HTTP';
exports.packages = ['express', 'koa', 'express-rate-limit', 'koa-ratelimit', 'rate-limiter-flexible'];
exports.scale = { rounds: 9, warmup: 1, seconds: 2 };
exports.quick = { rounds: 1, warmup: 0, seconds: 1 };

exports.run = async (scale) => {
  ensureWrk();
  const tables = [];
  for (const host of ['express', 'koa']) tables.push(await underLoad(host, scale));
  return { tables, targets: tables.flatMap(targetsOf) };
};

async function underLoad(host, { rounds, warmup, seconds }) {
  const servers = await Promise.all(contestantsOf(host).map((contestant) => startServer(host, contestant)));
  const slices = Object.fromEntries(servers.map((server) => [server.label, () => slice(server, seconds)]));
  await rotate(slices, warmup);
  const samples = await rotate(slices, rounds);
  for (const { child } of servers) child.stop();
  const of = (label, what) => samples[label].map((sample) => sample[what]);
  const pair = (label, what) => [quartiles(of(label, what)), ratios(of(label, what), of(PLAIN, what))];
  const rows = servers.map(({ label: name }) => ({
    name,
    cells: [...pair(name, 'perSecond'), ...pair(name, 'cpuUs')],
  }));
  return table(host, ['requests a second', 'of plain', 'CPU us a request', 'CPU of plain'], rows);
}

async function startServer(host, contestant) {
  const child = startChild(__filename, [host, ...contestant]);
  const port = await child.call('listen');
  await (await fetch(`http://127.0.0.1:${port}/`)).arrayBuffer(); // all that a refusing one admits
  return { label: labelOf(contestant), refuses: contestant[1], child, port };
}

async function slice({ label, refuses, child, port }, seconds) {
  const before = await child.call('cpuUs');
  const { requests, perSecond, refused } = await load(port, seconds);
  const cpuUs = ((await child.call('cpuUs')) - before) / requests;
  if (refused !== (refuses ? requests : 0))
    throw new Error(`${label}: ${refused} of ${requests} were refused`);
  return { perSecond, cpuUs };
}

function targetsOf(table) {
  const host = table.title;
  const share = (name) => medianOf(table, name, 'of plain');
  const refusal = (name) => medianOf(table, `${name}: 429`, 'CPU of plain');
  return [
    atLeast(`${host}: requests a second of plain`, share('spillway'), 0.9),
    ...PEERS[host].map((peer) =>
      moreThan(`${host}: requests a second of plain, to ${peer}`, share(counterpartOf(peer)), share(peer)),
    ),
    lessThan(`${host}: CPU of a 429 to that of the plain 200`, refusal('spillway'), 1),
    ...(host === 'express'
      ? [atLeast(`${host}: a plain 200 to a 429 in front`, 1 / refusal(IN_FRONT), 4)]
      : []),
  ];
}
