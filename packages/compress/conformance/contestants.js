const { HAS_ZSTD } = require('./decode');

const ALL = HAS_ZSTD ? ['br', 'gzip', 'deflate', 'zstd'] : ['br', 'gzip', 'deflate'];

/** Each with the options that it comes with. */
const OURS = ['express', 'koa', 'node'].map((host) => ({
  name: `ours on ${host}`,
  host,
  offers: ALL,
  make: () => ourMiddleware(host),
}));

const PEERS = [
  {
    name: 'compression on express',
    host: 'express',
    offers: ['br', 'gzip', 'deflate'],
    make: () => require('compression')(),
  },
  {
    name: 'koa-compress on koa',
    host: 'koa',
    offers: ALL,
    make: () => require('koa-compress')(),
  },
];

function ourMiddleware(host) {
  if (host !== 'node') return require(`@spillway/compress/${host}`).compress();
  const { stack } = require('@spillway/core/http');
  return stack([require('@spillway/compress/http').compress()], { trustProxy: false });
}

module.exports = { OURS, PEERS };
