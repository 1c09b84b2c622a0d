// npm run chaos:compress: what takes too long for `npm test`. Needs --expose-gc; ends with 1 where a bound is passed.
const http = require('node:http');
const { once } = require('node:events');
const { Readable } = require('node:stream');
const { setImmediate: turn } = require('node:timers/promises');
const zlib = require('node:zlib');
const { inFront } = require('@spillway/core/http');
const { compress } = require('@spillway/compress/http');

const MIB = 2 ** 20;
const TEXT = { 'Content-Type': 'text/plain' };

const CHUNK = Buffer.from(Array.from({ length: 64 * 1024 }, (_, i) => 97 + ((i * i) % 26)));

/** A stream of so many bytes, or one without end. */
function streamOf(bytes = Number.POSITIVE_INFINITY) {
  let sent = 0;
  return new Readable({
    read() {
      sent += CHUNK.length;
      this.push(sent > bytes ? null : CHUNK);
    },
  });
}

async function serve(app, run) {
  const server = http.createServer(inFront(app, [compress()], { trustProxy: false }));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await run({
      port: server.address().port,
      host: '127.0.0.1',
      headers: { 'Accept-Encoding': 'gzip' },
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function settledBytes() {
  for (let i = 0; i < 4; i++) {
    global.gc();
    await turn();
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const app = (bytes) => (_req, res) => {
  res.writeHead(200, TEXT);
  const stream = streamOf(bytes);
  res.on('close', () => stream.destroy());
  stream.pipe(res);
};

/** One client that leaves: before the head, after it, or amid the body. */
function leave(target, when) {
  return new Promise((resolve) => {
    const request = http.get({ ...target, agent: false }, (response) => {
      response.on('error', () => {});
      if (when === 1) request.destroy();
      else response.once('data', () => request.destroy());
    });
    request.on('error', () => {});
    request.on('close', resolve);
    if (when === 0) request.on('socket', (socket) => socket.on('connect', () => request.destroy()));
  });
}

async function aborts(count) {
  await serve(app(), async (target) => {
    const round = async (from, to) => {
      for (let i = from; i < to; i += 20) {
        await Promise.all(Array.from({ length: 20 }, (_, k) => leave(target, (i + k) % 3)));
      }
    };
    await round(0, 1_000);
    const before = await settledBytes();
    await round(1_000, count);
    const grown = (await settledBytes()) - before;
    report(`${count} clients that left: memory grew by KiB`, grown / 1024, 2_048);
  });
}

async function largeStream(bytes) {
  await serve(app(bytes), async (target) => {
    const before = await settledBytes();
    let highest = 0;
    let decoded = 0;
    const [response] = await once(http.get({ ...target, agent: false }), 'response');
    const watch = setInterval(() => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      highest = Math.max(highest, heapUsed + arrayBuffers - before);
    }, 50);
    for await (const chunk of response.pipe(zlib.createGunzip())) decoded += chunk.length;
    clearInterval(watch);
    if (decoded !== bytes) throw new Error(`${decoded} of ${bytes} bytes came`);
    report(`${bytes / 2 ** 30} GiB through gzip: most memory beyond the start, MiB`, highest / MIB, 64);
  });
}

function report(claim, measured, bound) {
  const met = measured <= bound;
  console.log(`${claim}: ${measured.toFixed(1)}, at most ${bound}: ${met ? 'met' : 'MISSED'}`);
  if (!met) process.exitCode = 1;
}

async function main() {
  await aborts(10_000);
  await largeStream(2 * 2 ** 30);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
