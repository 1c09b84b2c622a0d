const http = require('node:http');
const net = require('node:net');
const { once } = require('node:events');
const { setImmediate: turn, setTimeout: pause } = require('node:timers/promises');
const { promisify } = require('node:util');
const { LoadShedder } = require('@spillway/backpressure');
const { backpressure: onExpress } = require('@spillway/backpressure/express');
const { backpressure } = require('@spillway/backpressure/http');
const { inFront } = require('@spillway/core/http');
const { seeded } = require('@spillway/core/testing');
const { application } = require('./application');

const LIMIT = 5;
const AT_ONCE = 100;
const MOST_MS = 20;
const PATIENCE_MS = 5_000;

const get = (path) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

/** What a client has sent when it leaves. */
const SENT = {
  nothing: '',
  'half a head': 'GET /slow HTTP/1.1\r\nHo',
  'a request': get('/slow'),
  'one for a stream': get('/stream'),
  'half a body': 'POST /upload HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nsome',
  'five at once': get('/slow').repeat(5),
};

const MOUNTS = {
  'in front': (shedder) => inFront(application(LIMIT), [backpressure({ shedder })], { trustProxy: false }),
  'on express': (shedder) => application(LIMIT, onExpress({ shedder })),
};

/** Most are refused, or most leave while they wait. */
const POLICIES = { refuse: {}, wait: { whenFull: 'wait' } };

/**
 * Clients that leave, wherever their request is.
 * @returns by mount and policy: how many left after what, how many waited at most, what the shedder then says, and how many
 * of as many as its limit run at once.
 */
async function chaos({ clients, seed = 1 }) {
  const results = [];
  for (const [mount, listenerOf] of Object.entries(MOUNTS)) {
    for (const [policy, options] of Object.entries(POLICIES)) {
      // The clients are in this process: a long turn is theirs.
      const shedder = new LoadShedder({ limit: LIMIT, turnBudgetMs: 10_000, ...options });
      const result = await leaveAll(listenerOf(shedder), shedder, clients, seeded(seed));
      results.push({ mount, policy, ...result });
    }
  }
  return results;
}

async function leaveAll(listener, shedder, clients, random) {
  const server = http.createServer(listener);
  const accepted = new Set();
  server.on('connection', ({ remotePort }) => accepted.add(remotePort));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  const left = Object.fromEntries(Object.keys(SENT).map((what) => [what, 0]));
  let begun = 0;
  let mostQueued = 0;
  const leaver = async () => {
    while (begun++ < clients) {
      const what = oneOf(Object.keys(SENT), random);
      await leave(port, SENT[what], accepted, random);
      left[what]++;
      mostQueued = Math.max(mostQueued, shedder.stats().queued);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, leaver));
  await settled(server, shedder);
  const stats = shedder.stats();
  const served = await servedAtOnce(port, stats.limit);
  server.closeAllConnections();
  server.close();
  return { left, mostQueued, stats, served };
}

const oneOf = (items, random) => items[Math.floor(random() * items.length)];

/** At once, or while the server is at it; with an orderly end or without. */
async function leave(port, sent, accepted, random) {
  const socket = net.connect(port, '127.0.0.1').on('error', () => {});
  socket.resume();
  await once(socket, 'connect');
  const { localPort } = socket;
  if (sent) socket.write(sent);
  if (random() < 0.5) {
    while (!accepted.has(localPort)) await turn();
    await pause(MOST_MS * random());
  }
  accepted.delete(localPort);
  if (socket.closed) return;
  const closed = once(socket, 'close');
  if (random() < 0.5) socket.destroy();
  else socket.resetAndDestroy();
  await closed;
}

/** Until the server has seen all of them off, or for some seconds. */
async function settled(server, shedder) {
  const untilMs = performance.now() + PATIENCE_MS;
  // The kernel hands out connections in their order: whoever left before this one is known by then.
  await statusOf(server.address().port, '/');
  const connections = promisify(server.getConnections.bind(server));
  const isBusy = ({ inFlight, queued }) => inFlight !== 0 || queued !== 0;
  while ((isBusy(shedder.stats()) || (await connections()) > 0) && performance.now() < untilMs) await turn();
}

async function servedAtOnce(port, count) {
  const statuses = await Promise.all(Array.from({ length: count }, () => statusOf(port, '/meet')));
  return statuses.filter((status) => status === 200).length;
}

/** Undefined where no answer comes. */
const statusOf = (port, path) =>
  new Promise((resolve) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    http
      .get({ port, host: '127.0.0.1', path, agent: false, signal }, (res) => {
        res.resume().on('close', () => resolve(res.statusCode));
      })
      .on('error', () => resolve(undefined));
  });

module.exports = { chaos };
