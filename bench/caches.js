const apicache = require('apicache');
const koaCash = require('koa-cash');
const { createCacheResponse, ResponseCache } = require('@spillway/cache-response');
const { createCompress } = require('@spillway/compress');
const expressStack = require('@spillway/core/express').stack;
const { inFront } = require('@spillway/core/http');
const koaStack = require('@spillway/core/koa').stack;
const spillwayExpress = require('@spillway/cache-response/express');
const spillwayHttp = require('@spillway/cache-response/http');
const spillwayKoa = require('@spillway/cache-response/koa');
const compressHttp = require('@spillway/compress/http');
const { rows } = require('./bodies');
const { FILLED, served } = require('./harness/under-load');
const { NewestEntries } = require('./newest-entries');
const { origin } = require('./origin');
const { startProxy } = require('./proxies');
const { semanticsCache } = require('./semantics-cache');

const PLAIN = 'plain';
const SPILLWAY = 'spillway';
const IN_FRONT = 'spillway in front';
const UNDER_COMPRESS = 'spillway under compress';
const IN_FRONT_UNDER_COMPRESS = 'spillway in front under compress';
const SEMANTICS = 'http-cache-semantics';
const CEILING = 'a Buffer from the first middleware';
const NODE_CEILING = 'a Buffer from node:http';

const HOUR_MS = 3_600_000;
const HOUR_S = 3600;

/** About what a response of 10 kB counts as, for a budget of so many of them. */
const ENTRY_BYTES = 11_800;

const spillway = (keys) => ({
  ttlMs: HOUR_MS,
  ...(keys && { cache: new ResponseCache({ maxBytes: keys * ENTRY_BYTES }) }),
});

const before = (app, filters) => inFront(app, filters, { trustProxy: false });

/** It has no bound: what is measured beside those that it was filled with leaves at once. */
function apicacheOf(keys) {
  const instance = apicache.newInstance();
  const kept = instance.middleware('1 hour');
  const brief = keys ? instance.middleware(1) : kept;
  return (req, res, next) => (req.url.startsWith(FILLED) ? kept : brief)(req, res, next);
}

function koaCashOf(keys = 1) {
  const store = new NewestEntries(keys);
  const answerIfKept = async (ctx, next) => (await ctx.cashed()) || next();
  return [
    koaCash({ maxAge: HOUR_MS, get: (key) => store.get(key), set: (key, value) => store.set(key, value) }),
    answerIfKept,
  ];
}

const BODY = Buffer.from(JSON.stringify(rows(10_000)));

const writeBuffer = (_req, res) => {
  res.writeHead(200, { 'Content-Type': 'application/json; charset=utf-8', 'Content-Length': BODY.length });
  res.end(BODY);
};

/**
 * By host and name, the listener: an application behind a cache, mounted as its own documentation does it.
 * `keys`: how many responses it keeps, where that is measured.
 */
const LISTENERS = {
  express: {
    [PLAIN]: (app) => app.express(),
    [SPILLWAY]: (app, keys) => app.express(spillwayExpress.cacheResponse(spillway(keys))),
    [IN_FRONT]: (app, keys) => before(app.express(), [spillwayHttp.cacheResponse(spillway(keys))]),
    [UNDER_COMPRESS]: (app) => app.express(expressStack([createCompress(), createCacheResponse(spillway())])),
    [IN_FRONT_UNDER_COMPRESS]: (app) =>
      before(app.express(), [compressHttp.compress(), spillwayHttp.cacheResponse(spillway())]),
    apicache: (app, keys) => app.express(apicacheOf(keys)),
    [SEMANTICS]: (app, keys = 1) => app.express(semanticsCache(new NewestEntries(keys), HOUR_S)),
    [CEILING]: (app) => app.express(writeBuffer),
    [NODE_CEILING]: () => writeBuffer,
  },
  koa: {
    [PLAIN]: (app) => app.koa(),
    [SPILLWAY]: (app, keys) => app.koa(spillwayKoa.cacheResponse(spillway(keys))),
    [IN_FRONT]: (app, keys) => before(app.koa(), [spillwayHttp.cacheResponse(spillway(keys))]),
    [UNDER_COMPRESS]: (app) => app.koa(koaStack([createCompress(), createCacheResponse(spillway())])),
    'koa-cash': (app, keys) => app.koa(...koaCashOf(keys)),
    [CEILING]: (app) =>
      app.koa((ctx) => {
        ctx.type = 'json';
        ctx.body = BODY;
      }),
  },
};

/** In the process of one contestant: its server, and how often the application behind it was asked. */
function inChild(host, name, { keys, delayMs = 0 } = {}) {
  const app = origin(delayMs);
  const server =
    host === 'proxy'
      ? startProxy(name, served(app.express()).listen)
      : served(LISTENERS[host][name](app, keys));
  return { listen: server.listen, spentUs: () => ({ ...server.spentUs(), calls: app.calls() }) };
}

module.exports = {
  PLAIN,
  SPILLWAY,
  IN_FRONT,
  UNDER_COMPRESS,
  IN_FRONT_UNDER_COMPRESS,
  SEMANTICS,
  CEILING,
  NODE_CEILING,
  inChild,
};
