const { IN_FRONT, inChild, PLAIN, SEMANTICS, SPILLWAY } = require('../caches');
const { startChild } = require('../harness/child');
const { rotate } = require('../harness/rotate');
const { stampede } = require('../harness/stampede');
const { quartiles } = require('../harness/statistics');
const { medianOf, table } = require('../harness/table');
const { atMost } = require('../harness/targets');
const { proxiesOf, proxyVersions } = require('../proxies');

const delayMs = 100;
const BODY_BYTES = 10_000;
const CALLS = 'calls of the application';

const OURS = [
  ['express', SPILLWAY],
  ['express', IN_FRONT],
  ['koa', SPILLWAY],
];
const PEERS = [
  ['express', 'apicache'],
  ['express', SEMANTICS],
  ['koa', 'koa-cash'],
];
const labelOf = ([host, name]) => (host === 'proxy' ? name : `${name} on ${host}`);

exports.inChild = inChild;

exports.title = 'cacheResponse: a stampede';
exports.packages = ['express', 'koa', 'apicache', 'http-cache-semantics', 'koa-cash'];
exports.scale = { rounds: 9, warmup: 1, clients: 1000 };
exports.quick = { rounds: 1, warmup: 0, clients: 50 };

exports.run = async ({ rounds, warmup, clients }) => {
  const proxies = proxiesOf(['nginx', 'nginx, proxy_cache_lock', 'Varnish']).map((name) => ['proxy', name]);
  const measures = {};
  const children = [];
  for (const contestant of [['express', PLAIN], ...OURS, ...PEERS, ...proxies]) {
    const child = startChild(__filename, [...contestant, { delayMs }]);
    children.push(child);
    const port = await child.call('listen');
    measures[labelOf(contestant)] = () => meet(child, port, clients);
  }
  await rotate(measures, warmup);
  const samples = await rotate(measures, rounds);
  for (const child of children) child.stop();
  const rows = Object.entries(samples).map(([name, rounds]) => ({
    name,
    cells: ['calls', 'ms'].map((what) => quartiles(rounds.map((round) => round[what]))),
  }));
  const measured = table(`${clients} at once`, [CALLS, 'ms until all are answered'], rows);
  return { versions: proxyVersions(), tables: [measured], targets: targetsOf(measured) };
};

let urls = 0;

async function meet(child, port, clients) {
  const before = await child.call('spentUs');
  const ms = await stampede(port, `/?item=${++urls}`, clients, BODY_BYTES);
  const after = await child.call('spentUs');
  return { ms, calls: after.calls - before.calls };
}

const targetsOf = (measured) =>
  OURS.map(labelOf).map((name) => atMost(`${name}: ${CALLS}`, medianOf(measured, name, CALLS), 1));
