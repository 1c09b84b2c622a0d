const hosts = require('../hosts');
const limiters = require('../limiters');
const { medianOf } = require('../harness/table');
const { atLeast, lessThan, moreThan } = require('../harness/targets');
const { served, underLoad } = require('../harness/under-load');
const { ensureWrk } = require('../harness/wrk');

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

exports.inChild = (host, name, refuses) => served(listenerOf(host, name, refuses ? 1 : NEVER_REACHED));

exports.title = 'rateLimit over HTTP';
exports.packages = ['express', 'koa', 'express-rate-limit', 'koa-ratelimit', 'rate-limiter-flexible'];
exports.scale = { rounds: 9, warmup: 1, seconds: 2 };
exports.quick = { rounds: 1, warmup: 0, seconds: 1 };

exports.run = async (scale) => {
  ensureWrk();
  const tables = [];
  for (const host of ['express', 'koa']) {
    const contestants = contestantsOf(host).map(([name, refuses]) => ({
      label: labelOf([name, refuses]),
      args: [host, name, refuses],
      refuses,
    }));
    tables.push(await underLoad(host, __filename, contestants, scale));
  }
  return { tables, targets: tables.flatMap(targetsOf) };
};

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
