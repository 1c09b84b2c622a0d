const { Readable } = require('node:stream');
const { setImmediate: turn, setTimeout: pause } = require('node:timers/promises');
const express = require('express');

const CHUNK = 'x'.repeat(10_000);

async function* endless() {
  for (;;) {
    yield CHUNK;
    await turn();
  }
}

/** Answers nobody before so many are there at once. */
function meeting(count) {
  const there = [];
  return (_req, res) => {
    there.push(res);
    if (there.length < count) return;
    for (const one of there.splice(0)) one.send('met');
  };
}

/**
 * Handlers that take some time, stream, or read a body, whether their client is still there or not; at `/meet` one answers
 * only where as many run at once as the limit.
 */
function application(limit, filter) {
  const app = express();
  if (filter) app.use(filter);
  app.get('/slow', async (_req, res) => {
    await pause(10);
    res.send('slow');
  });
  app.get('/stream', (_req, res) => {
    const stream = Readable.from(endless());
    res.on('close', () => stream.destroy());
    stream.pipe(res);
  });
  app.post('/upload', (req, res) => {
    req.on('error', () => {});
    req.resume().on('end', () => res.send('read'));
  });
  app.get('/meet', meeting(limit));
  return app;
}

module.exports = { application };
