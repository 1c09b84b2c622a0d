// The application: a process of its own, which nothing but a signal ends. Arguments: the contender, the database's address.
const { once } = require('node:events');
const express = require('express');
const { CONTENDERS } = require('./contenders');
const { mountRoutes } = require('./routes');

/** Who comes at once must find room: the kernel's own limit is lower nowhere. */
const BACKLOG = 4_096;

async function main() {
  const [name, url] = process.argv.slice(2);
  const database = CONTENDERS[name].open(url);
  const app = express();
  const answers = measured(app);
  database.mount(app);
  mountRoutes(app, database);
  const server = app.listen(0, '127.0.0.1', BACKLOG);
  await once(server, 'listening');
  process.on('message', () => process.send({ answers: answers.splice(0) }));
  process.once('SIGTERM', () => leave(server, database));
  process.send({ port: server.address().port });
}

/** What is answered, and in how many milliseconds since the request has reached the application. */
function measured(app) {
  const answers = [];
  app.use((_req, res, next) => {
    const sinceMs = performance.now();
    res.once('finish', () => answers.push({ status: res.statusCode, tookMs: performance.now() - sinceMs }));
    next();
  });
  return answers;
}

/** Ends by itself, once nothing is left to do. */
async function leave(server, database) {
  // Connections that stay open keep a server open that closes.
  server.on('request', (_req, res) => res.setHeader('Connection', 'close'));
  const closed = once(server, 'close');
  server.close();
  const idle = setInterval(() => server.closeIdleConnections(), 50);
  await closed;
  clearInterval(idle);
  await database.stop();
  process.disconnect();
}

void main();
