const hosts = require('../hosts');
const limiters = require('../limiters');
const { addedCpuTable, requestCpu } = require('../harness/request-cpu');
const { medianOf } = require('../harness/table');
const { atMost } = require('../harness/targets');

/** Each of the 250 clients sends less than a tenth of it in a pass. */
const LIMIT = 1000;

/** Each contestant is compared with the first: what a framework charges for any middleware is not the contestant's. */
const bare = { express: (_req, _res, next) => next(), koa: (_ctx, next) => next() };

/** What two fields cost by themselves, and with the client's address: nothing that needs them can be cheaper. */
const setHeader = {
  express: (_req, res, next) => next(setFields(res)),
  koa: (ctx, next) => next(setFields(ctx.res)),
};
const addressed = {
  express: (req, res, next) => next(req.ip && setFields(res)),
  koa: (ctx, next) => next(ctx.ip && setFields(ctx.res)),
};
function setFields(res) {
  res.setHeader('RateLimit-Policy', '"default";q=1000;w=900');
  res.setHeader('RateLimit', '"default";r=999;t=900');
}

const FIRST = 'bare middleware';

const contestants = (host) => ({
  [FIRST]: bare[host],
  'two fields by setHeader': setHeader[host],
  'the same, and the address read': addressed[host],
  ...limiters[host](LIMIT),
});

exports.title = 'rateLimit alone';
exports.packages = ['express', 'koa', 'express-rate-limit', 'koa-ratelimit', 'rate-limiter-flexible'];
exports.scale = { passes: 4, rounds: 500, warmup: 5000 };
exports.quick = { passes: 1, rounds: 3, warmup: 25 };

exports.inChild = (host, name) => {
  const { [FIRST]: first, [name]: own } = contestants(host);
  const listeners = { [FIRST]: hosts[host](first), [name]: hosts[host](own) };
  return { samples: (scale) => requestCpu(listeners, scale) };
};

exports.run = async (scale) => {
  const tables = [];
  for (const host in bare) {
    tables.push(await addedCpuTable(host, __filename, Object.keys(contestants(host)), scale));
  }
  return {
    tables,
    targets: tables.map((table) =>
      atMost(`${table.title}: both fields, added us`, medianOf(table, 'spillway', 'added us'), 1.5),
    ),
  };
};
