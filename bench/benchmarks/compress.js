const compression = require('compression');
const express = require('express');
const Koa = require('koa');
const koaCompress = require('koa-compress');
const { markStable } = require('@spillway/core');
const spillwayExpress = require('@spillway/compress/express');
const spillwayHttp = require('@spillway/compress/http');
const spillwayKoa = require('@spillway/compress/koa');
const { stack } = require('@spillway/core/http');
const { rows } = require('../bodies');
const { ensureCommand } = require('../harness/debian');
const { nginx } = require('../harness/nginx');
const { nodeOfVersion } = require('../harness/node-version');
const { medianOf } = require('../harness/table');
const { atLeast, atMost } = require('../harness/targets');
const { served, underLoad, WITH_BYTES } = require('../harness/under-load');
const { ensureWrk } = require('../harness/wrk');

const GZIP = { 'Accept-Encoding': 'gzip' };
const BROWSER = { 'Accept-Encoding': 'gzip, deflate, br, zstd' };

/** Each as its own documentation mounts it. */
const MIDDLEWARE = {
  express: {
    plain: [],
    spillway: () => [spillwayExpress.compress()],
    compression: () => [compression()],
  },
  koa: {
    plain: [],
    spillway: () => [spillwayKoa.compress()],
    'koa-compress': () => [koaCompress()],
  },
};

/** An application that makes its JSON anew each time, or keeps the bytes as a cache would. */
const APPS = {
  express(middleware, bytes, kept) {
    const app = express();
    for (const one of middleware) app.use(one);
    const list = rows(bytes);
    const buffer = markStable(Buffer.from(JSON.stringify(list)));
    app.get('/', (_req, res) => (kept ? res.type('json').send(buffer) : res.json(list)));
    return app;
  },
  koa(middleware, bytes, kept) {
    const app = new Koa();
    for (const one of middleware) app.use(one);
    const list = rows(bytes);
    const buffer = markStable(Buffer.from(JSON.stringify(list)));
    app.use((ctx) => {
      ctx.type = 'json';
      ctx.body = kept ? buffer : list;
    });
    return app.callback();
  },
};

/** Beside nginx, which serves the same bytes from a file. */
const PLAIN_SERVERS = {
  'node:http, gzip': (body) => served(nodeListener(body, stack([spillwayHttp.compress()]))),
  'node:http': (body) => served(nodeListener(body, (_req, _res, next) => next())),
  nginx: (body) => nginx(body, false),
  'nginx, gzip': (body) => nginx(body, true),
};

const nodeListener = (body, enter) => (req, res) =>
  enter(req, res, () => {
    res.setHeader('Content-Type', 'application/json');
    res.end(body);
  });

exports.inChild = (host, name, bytes, kept) => {
  if (host === 'server') return PLAIN_SERVERS[name](JSON.stringify(rows(bytes)));
  const make = MIDDLEWARE[host][name];
  return served(APPS[host](typeof make === 'function' ? make() : make, bytes, kept));
};

exports.title = 'compress over HTTP';
exports.packages = ['express', 'koa', 'compression', 'koa-compress'];
exports.scale = { rounds: 9, warmup: 1, seconds: 2 };
exports.quick = { rounds: 1, warmup: 0, seconds: 1 };

const contestant = (host, name, bytes, { kept = false, ...how }) => ({
  label: name,
  args: [host, name, bytes, kept],
  ...how,
});

/** [title, host, peer, bytes, how] */
const TABLES = [
  ['express, 10 kB, gzip', 'express', 'compression', 10_000, { headers: GZIP }],
  ['koa, 10 kB, gzip', 'koa', 'koa-compress', 10_000, { headers: GZIP }],
  ['express, 10 kB, kept bytes', 'express', 'compression', 10_000, { headers: GZIP, kept: true }],
  ['express, 100 kB, kept bytes', 'express', 'compression', 100_000, { headers: GZIP, kept: true }],
  ['express, 10 kB, not acceptable', 'express', 'compression', 10_000, {}],
  ['express, 500 bytes, too small', 'express', 'compression', 500, { headers: GZIP }],
  [
    'express on node 24, 10 kB, as a browser asks',
    'express',
    'compression',
    10_000,
    { headers: BROWSER, node: 24 },
  ],
];

exports.run = async (scale) => {
  ensureWrk();
  ensureCommand('nginx', 'nginx-light');
  const tables = [];
  for (const [title, host, peer, bytes, { node, ...how }] of TABLES) {
    const execPath = node && nodeOfVersion(node);
    const contestants = ['plain', 'spillway', peer].map((name) =>
      contestant(host, name, bytes, { ...how, execPath }),
    );
    tables.push(await underLoad(title, __filename, contestants, scale, WITH_BYTES));
  }
  const servers = ['node:http', 'node:http, gzip', 'nginx', 'nginx, gzip'].map((name) =>
    contestant('server', name, 10_000, { headers: GZIP }),
  );
  const beside = await underLoad('beside nginx, 10 kB', __filename, servers, scale, WITH_BYTES);
  return { tables: [...tables, beside], targets: [...targetsOf(tables), besideNginx(beside)] };
};

function besideNginx(table) {
  const cpu = (name) => medianOf(table, name, 'CPU us a request');
  const added = (server) => cpu(`${server}, gzip`) - cpu(server);
  return atMost(
    "CPU that gzip adds to node:http, to what nginx's adds",
    added('node:http') / added('nginx'),
    1.25,
  );
}

function targetsOf(tables) {
  const [expressGzip, koaGzip, kept10, kept100, declined, small, node24] = tables;
  const less = (table, peer = 'compression', what = 'CPU us a request') =>
    medianOf(table, peer, what) / medianOf(table, 'spillway', what);
  const added = (table, name) => medianOf(table, name, 'CPU of plain') - 1;
  return [
    atLeast('express, gzip: CPU of compression to ours', less(expressGzip), 1.3),
    atMost(
      'express, gzip: main thread of ours to compression',
      1 / less(expressGzip, 'compression', 'main thread us'),
      1,
    ),
    atLeast('koa, gzip: CPU of koa-compress to ours', less(koaGzip, 'koa-compress'), 1.3),
    atLeast('kept, 10 kB: CPU of compression to ours', less(kept10), 2.2),
    atLeast('kept, 100 kB: CPU of compression to ours', less(kept100), 4.5),
    ...[declined, small].flatMap((table) => [
      atMost(`${table.title}: CPU of plain`, medianOf(table, 'spillway', 'CPU of plain'), 1.1),
      atMost(
        `${table.title}: added, to compression`,
        added(table, 'spillway') / added(table, 'compression'),
        0.5,
      ),
    ]),
    atLeast('node 24, zstd: CPU of compression with br to ours', less(node24), 2.2),
    atLeast(
      'node 24, zstd: requests a second to compression with br',
      1 / less(node24, 'compression', 'requests a second'),
      1.3,
    ),
    atMost('node 24, zstd: bytes to compression with br', 1 / less(node24, 'compression', 'bytes'), 1),
  ];
}
