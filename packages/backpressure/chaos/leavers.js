const http = require('node:http');
const net = require('node:net');
const { once } = require('node:events');
const { Readable } = require('node:stream');
const { setImmediate: turn, setTimeout: pause } = require('node:timers/promises');
const express = require('express');
const { LoadShedder } = require('@spillway/backpressure');
const { backpressure: onExpress } = require('@spillway/backpressure/express');
const { backpressure } = require('@spillway/backpressure/http');
const { inFront } = require('@spillway/core/http');

const AT_ONCE = 100;
const MOST_MS = 20;

/** Where a client is when it leaves. */
const PLACES = {
  'at once': { send: (socket) => head(socket, 'GET', '/slow'), leaveMs: () => 0 },
  'before the head': {
    send: (socket) => head(socket, 'GET', '/slow'),
    leaveMs: (random) => MOST_MS * random(),
  },
  'amid the body': {
    send: (socket) => head(socket, 'GET', '/stream'),
    leaveMs: (random) => MOST_MS * random(),
  },
  'amid its upload': {
    send: (socket) => socket.write('POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nsome'),
    leaveMs: (random) => MOST_MS * random(),
  },
  'with others behind it': {
    send: (socket) => {
      for (let i = 0; i < 4; i++) head(socket, 'GET', '/slow');
    },
    leaveMs: (random) => MOST_MS * random(),
  },
};

const head = (socket, method, path) => socket.write(`${method} ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);

/** Numbers from 0 to below 1 that are the same in each run (Marsaglia's xorshift32). */
function seeded(seed) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Handlers that take some time, stream, or read a body; whether their client is still there or not. */
function application(filter) {
  const app = express();
  if (filter) app.use(filter);
  app.get('/slow', async (_req, res) => {
    await pause(10);
    res.send('slow');
  });
  app.get('/stream', (_req, res) => {
    const stream = Readable.from(
      (async function* () {
        for (;;) {
          yield 'x'.repeat(10_000);
          await turn();
        }
      })(),
    );
    res.on('close', () => stream.destroy());
    stream.pipe(res);
  });
  app.post('/upload', (req, res) => {
    req.on('error', () => {});
    req.resume().on('end', () => res.send('read'));
  });
  app.get('/', (_req, res) => res.send('x'));
  return app;
}

const MOUNTS = {
  'in front': (shedder) => inFront(application(), [backpressure({ shedder })], { trustProxy: false }),
  'on express': (shedder) => application(onExpress({ shedder })),
};

/**
 * Clients that leave, wherever their request is.
 * @returns by mount: how many left where, what the shedder then says, and how many of as many as its limit are served.
 */
async function chaos({ clients, seed = 1 }) {
  const results = {};
  for (const [name, mount] of Object.entries(MOUNTS))
    results[name] = await leaveAll(mount, clients, seeded(seed));
  return results;
}

async function leaveAll(mount, clients, random) {
  // The clients are in this process: a long turn is theirs.
  const shedder = new LoadShedder({ limit: 5, turnBudgetMs: 10_000 });
  const server = http.createServer(mount(shedder));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  const left = {};
  let begun = 0;
  const leavers = Array.from({ length: AT_ONCE }, async () => {
    while (begun++ < clients) {
      const place = Object.keys(PLACES)[Math.floor(random() * Object.keys(PLACES).length)];
      left[place] = (left[place] ?? 0) + 1;
      await leave(port, PLACES[place], random);
    }
  });
  await Promise.all(leavers);
  await settled(shedder);
  const stats = shedder.stats();
  const served = await servedOf(port, stats.limit);
  server.closeAllConnections();
  server.close();
  return { left, stats, served };
}

async function leave(port, { send, leaveMs }, random) {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  socket.on('data', () => {});
  await once(socket, 'connect');
  send(socket);
  const ms = leaveMs(random);
  if (ms > 0) await pause(ms);
  const closed = once(socket, 'close');
  socket.destroy();
  await closed;
}

/** Until nobody runs or waits, or for five seconds. */
async function settled(shedder) {
  const until = performance.now() + 5_000;
  const isBusy = ({ inFlight, queued }) => inFlight + queued > 0;
  while (isBusy(shedder.stats()) && performance.now() < until) await turn();
}

async function servedOf(port, count) {
  const status = () =>
    new Promise((resolve, reject) => {
      http
        .get({ port, host: '127.0.0.1', path: '/', agent: false }, (res) => {
          res.resume().on('end', () => resolve(res.statusCode));
        })
        .on('error', reject);
    });
  const statuses = await Promise.all(Array.from({ length: count }, status));
  return statuses.filter((code) => code === 200).length;
}

module.exports = { chaos };
