// Fills a store through the filter, and tells what it counts and what the process really takes. Run with --expose-gc.
const http = require('node:http');
const { Duplex } = require('node:stream');
const { stack } = require('@spillway/core/http');
const { MemoryStore, ResponseCache } = require('../..');
const { cacheResponse } = require('../../dist/http');

const [bodyBytes, maxBytes, tags, hits] = process.argv.slice(2).map(Number);

class Nowhere extends Duplex {
  _read() {}
  _write(_chunk, _encoding, done) {
    done();
  }
}
const socket = new Nowhere();

const ask = (listener, url) =>
  new Promise((resolve) => {
    const req = Object.assign(new http.IncomingMessage(socket), {
      method: 'GET',
      url,
      headers: { host: 'shop.example' },
    });
    const res = new http.ServerResponse(req);
    res.assignSocket(socket);
    res.once('finish', () => {
      res.detachSocket(socket);
      resolve();
    });
    listener(req, res);
  });

const takenBytes = () => {
  for (let i = 0; i < 3; i++) global.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

async function main() {
  const store = new MemoryStore({ maxBytes });
  const cache = new ResponseCache({ store });
  const middleware = stack([
    cacheResponse({ cache, tags: ({ url }) => Array.from({ length: tags }, (_, tag) => `${tag}:${url}`) }),
  ]);
  const application = (req, res) => () => {
    res.setHeader('Cache-Control', 'public, max-age=1000');
    res.setHeader('Content-Type', 'application/json; charset=utf-8');
    res.setHeader('ETag', `"${req.url}-${Math.random()}"`);
    res.end(Buffer.alloc(bodyBytes, 120));
  };
  const listener = (req, res) => middleware(req, res, application(req, res));
  for (let i = 0; i < 3000; i++) await ask(listener, `/warm/${i}`);
  await cache.purge({ everything: true });
  const before = takenBytes();
  const asked = Math.ceil((maxBytes / (bodyBytes + 1500)) * 1.2);
  const urls = Array.from({ length: asked }, (_, i) => `/item/${i}`);
  for (const url of urls) await ask(listener, url);
  if (hits) for (const url of urls.slice(-store.size)) await ask(listener, url);
  urls.length = 0;
  console.log(JSON.stringify({ counted: store.bytes, taken: takenBytes() - before }));
}

void main();
