const { IN_FRONT, inChild, PLAIN, SEMANTICS, SPILLWAY } = require('../caches');
const { medianOf } = require('../harness/table');
const { atLeast } = require('../harness/targets');
const { underLoad } = require('../harness/under-load');
const { ensureWrk } = require('../harness/wrk');
const { ensureProxies, proxiesOf, proxyVersions } = require('../proxies');

const CONTESTANTS = {
  express: [SPILLWAY, IN_FRONT, 'apicache', SEMANTICS],
  koa: [SPILLWAY, IN_FRONT, 'koa-cash'],
};

const delayMs = 100;
const SOONER = 'times sooner';
const COLUMNS = [
  { name: 'ms', what: 'medianMs' },
  { name: SOONER, what: 'medianMs', less: true },
];

exports.inChild = inChild;

exports.title = 'cacheResponse: latency';
exports.packages = ['express', 'koa', 'apicache', 'http-cache-semantics', 'koa-cash'];
exports.scale = { rounds: 3, warmup: 1, seconds: 1 };
exports.quick = { rounds: 1, warmup: 0, seconds: 1 };

/** One client, who asks again as soon as he is answered. */
const contestant = (host, name, how) => ({
  label: name,
  args: [host, name, { delayMs }],
  connections: 1,
  ...how,
});
const hit = (host, name) => contestant(host, name, { reaches: (calls) => calls === 0 });

exports.run = async (scale) => {
  ensureWrk();
  ensureProxies();
  const tables = [];
  for (const host in CONTESTANTS) {
    const proxies = host === 'express' ? proxiesOf(['nginx', 'Varnish']) : [];
    const contestants = [
      contestant(host, PLAIN),
      ...CONTESTANTS[host].map((name) => hit(host, name)),
      ...proxies.map((name) => hit('proxy', name)),
    ];
    tables.push(await underLoad(`${host}, hit`, __filename, contestants, scale, COLUMNS));
  }
  return { versions: proxyVersions(), tables, targets: tables.flatMap(targetsOf) };
};

const targetsOf = (table) =>
  [SPILLWAY, IN_FRONT].map((name) =>
    atLeast(`${table.title.split(',')[0]}: ${name}, times sooner`, medianOf(table, name, SOONER), 100),
  );
