const compression = require('compression');
const onHeaders = require('on-headers');
const core = {
  express: require('@spillway/core/express'),
  koa: require('@spillway/core/koa'),
  node: require('@spillway/core/http'),
};
const hosts = require('../hosts');
const { addedCpuTable, requestCpu } = require('../harness/request-cpu');
const { medianOf } = require('../harness/table');
const { atMost, lessThan } = require('../harness/targets');

const HOOKS = { onHead: () => undefined };
const hook = () => HOOKS;

const FIELDS = { headers: { 'X-First': 'one', 'X-Second': 'two' } };
const fields = () => FIELDS;
function setFields(res) {
  res.setHeader('X-First', 'one');
  res.setHeader('X-Second', 'two');
}

/** Connect's middleware on each host, at the least cost. */
const connect = {
  express: (middleware) => middleware,
  koa: (middleware) => (ctx, next) => {
    let passed;
    middleware(ctx.req, ctx.res, () => {
      passed = next();
    });
    return passed;
  },
  node: (middleware) => middleware,
};

const FIRST = 'no middleware';

function contestants(host) {
  const { stack } = core[host];
  const native = connect[host];
  return {
    [FIRST]: [],
    'bare middleware': [native((_req, _res, next) => next())],
    'one onHead': [stack([hook])],
    'three onHead in one stack': [stack([hook, hook, hook])],
    'three onHead, mounted one by one': [stack([hook]), stack([hook]), stack([hook])],
    'two fields by setHeader': [native((_req, res, next) => next(setFields(res)))],
    'two fields by a filter': [stack([fields])],
    'on-headers': [native((_req, res, next) => next(onHeaders(res, () => {})))],
    'compression, no Accept-Encoding': [native(compression())],
    'compression, filter false': [native(compression({ filter: () => false }))],
  };
}

exports.title = 'One interception';
exports.packages = ['express', 'koa', 'compression', 'on-headers'];
exports.scale = { passes: 4, rounds: 500, warmup: 5000 };
exports.quick = { passes: 1, rounds: 3, warmup: 25 };

exports.inChild = (host, name) => {
  const { [FIRST]: first, [name]: own } = contestants(host);
  const listeners = { [FIRST]: hosts[host](...first), [name]: hosts[host](...own) };
  return { samples: (scale) => requestCpu(listeners, scale) };
};

exports.run = async (scale) => {
  const tables = [];
  for (const host in core) {
    tables.push(await addedCpuTable(host, __filename, Object.keys(contestants(host)), scale));
  }
  return { tables, targets: tables.flatMap(targetsOf) };
};

/** Less than this, in microseconds, is the noise of two equal contestants. */
const NOTHING = 0.25;

function targetsOf(table) {
  const added = (name) => medianOf(table, name, 'added us');
  const one = added('one onHead');
  const beyond = added('two fields by a filter') - added('two fields by setHeader');
  const declined = added('compression, no Accept-Encoding');
  return [
    lessThan(`${table.title}: one onHead, us, to compression declined`, one, declined),
    atMost(`${table.title}: three in a stack over one`, added('three onHead in one stack') / one, 1.2),
    atMost(`${table.title}: fields by a filter beyond setHeader, us`, beyond, NOTHING),
  ];
}
