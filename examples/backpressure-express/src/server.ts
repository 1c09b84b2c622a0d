import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { drain, LoadShedder } from '@spillway/backpressure';
import { backpressure } from '@spillway/backpressure/http';
import { signalOf } from '@spillway/core';
import { inFront } from '@spillway/core/http';
import express from 'express';

const app = express();

// Its CPU is all that it needs.
app.get('/hash', (_req, res) => {
  let hash = 0;
  for (let i = 0; i < 3_000_000; i++) hash = Math.imul(hash ^ i, 0x01000193);
  res.json({ hash });
});

// It waits, as long as somebody waits for it: a query or a `fetch` would take the signal.
app.get('/report', async (req, res) => {
  await setTimeout(500, undefined, { signal: signalOf(req) }).catch(() => {});
  res.json({ sold: 42 });
});

// Orchestrators ask these. Both are answered under any load; /readyz fails once the server drains.
app.get(['/livez', '/readyz'], (_req, res) => void res.sendStatus(204));

const shedder = new LoadShedder();
app.get('/stats', (_req, res) => void res.json(shedder.stats()));

// In front of the application a refusal costs least. Nothing is configured but what is told apart: a report can wait, and is slow, so
// that it has a limit of its own.
const isReport = (url = '') => url.startsWith('/report');
const protection = backpressure({
  shedder,
  priority: ({ url }) => (isReport(url) ? 'sheddable' : 'default'),
  key: ({ url }) => (isReport(url) ? 'report' : undefined),
});
const server = createServer(inFront(app, [protection], { trustProxy: false }));

server.listen(process.env.PORT || 3000, () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
});

// What runs is finished, and then the process ends by itself. For a second, so that a balancer sees that /readyz fails, it goes on.
process.once('SIGTERM', () => void drain(server, { noticeMs: 1_000, deadlineMs: 10_000 }));
