const {
  CEILING,
  IN_FRONT,
  IN_FRONT_UNDER_COMPRESS,
  inChild,
  NODE_CEILING,
  PLAIN,
  SEMANTICS,
  SPILLWAY,
  UNDER_COMPRESS,
} = require('../caches');
const { medianOf } = require('../harness/table');
const { atLeast, atMost } = require('../harness/targets');
const { TIMES_LESS, TO_PLAIN, underLoad, WITH_BYTES } = require('../harness/under-load');
const { ensureWrk } = require('../harness/wrk');
const { ensureProxies, proxiesOf, proxyVersions } = require('../proxies');

const HITS = {
  express: [SPILLWAY, IN_FRONT, 'apicache', SEMANTICS, CEILING, NODE_CEILING],
  koa: [SPILLWAY, IN_FRONT, 'koa-cash', CEILING],
};

/** [title, host, the hit alone, the same under compress] */
const CODED = [
  ['express, hit, gzip', 'express', SPILLWAY, UNDER_COMPRESS],
  ['koa, hit, gzip', 'koa', SPILLWAY, UNDER_COMPRESS],
  ['in front, hit, gzip', 'express', IN_FRONT, IN_FRONT_UNDER_COMPRESS],
];

exports.inChild = inChild;

exports.title = 'cacheResponse: hits';
exports.packages = ['express', 'koa', 'apicache', 'http-cache-semantics', 'koa-cash'];
exports.scale = { rounds: 5, warmup: 1, seconds: 1 };
exports.quick = { rounds: 1, warmup: 0, seconds: 1 };

/** Only the first request, which was made before the load, reaches the application. */
const hit = (host, name, how) => ({
  label: name,
  args: [host, name],
  reaches: (calls) => calls === 0,
  ...how,
});

exports.run = async (scale) => {
  ensureWrk();
  ensureProxies();
  const proxies = proxiesOf(['nginx', 'Varnish']).map((name) => hit('proxy', name));
  const tables = [];
  for (const host of ['express', 'koa']) {
    const hits = HITS[host].map((name) => hit(host, name));
    const contestants = [
      { label: PLAIN, args: [host, PLAIN] },
      ...hits,
      ...(host === 'express' ? proxies : []),
    ];
    tables.push(await underLoad(`${host}, hit`, __filename, contestants, scale, TO_PLAIN));
  }
  const coded = [];
  for (const [title, host, ...names] of CODED) {
    const contestants = names.map((name) => hit(host, name, { headers: { 'Accept-Encoding': 'gzip' } }));
    coded.push(await underLoad(title, __filename, contestants, scale, OF_THE_HIT));
  }
  return {
    versions: proxyVersions(),
    tables: [...tables, ...coded],
    targets: [...targetsOf(tables), ...coded.map(codedTarget)],
  };
};

/** Fewer bytes are written, which is part of what comes out. */
const OF_THE_HIT = WITH_BYTES.filter(({ name }) => name !== 'main thread us').map((column) => ({
  ...column,
  name: column.name.replace('plain', 'the hit'),
}));

function targetsOf([express, koa]) {
  const less = (table, name) => medianOf(table, name, TIMES_LESS);
  return [
    atLeast('express: CPU of plain to a hit', less(express, SPILLWAY), 2),
    atLeast('express: CPU of plain to a hit in front', less(express, IN_FRONT), 10),
    atLeast('koa: CPU of plain to a hit', less(koa, SPILLWAY), 3),
    atLeast('koa: CPU of plain to a hit in front', less(koa, IN_FRONT), 4),
  ];
}

const codedTarget = (table) =>
  atMost(
    `${table.title}: CPU under compress to that of the hit alone`,
    medianOf(table, table.rows[1].name, 'CPU of the hit'),
    1.1,
  );
