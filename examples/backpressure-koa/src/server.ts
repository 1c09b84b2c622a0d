import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import Router from '@koa/router';
import { drain, LoadShedder } from '@spillway/backpressure';
import { backpressure } from '@spillway/backpressure/koa';
import Koa from 'koa';

const app = new Koa();
const router = new Router();

// As the first middleware of all, so that whatever comes later is protected. Nothing is configured but what is told apart: a report can
// wait, and is slow, so that it has a limit of its own.
const shedder = new LoadShedder();
const isReport = (path: string) => path === '/report';
app.use(
  backpressure({
    shedder,
    priority: ({ path }) => (isReport(path) ? 'sheddable' : 'default'),
    key: ({ path }) => (isReport(path) ? 'report' : undefined),
  }),
);

// Its CPU is all that it needs.
router.get('/hash', (ctx) => {
  let hash = 0;
  for (let i = 0; i < 3_000_000; i++) hash = Math.imul(hash ^ i, 0x01000193);
  ctx.body = { hash };
});

// It waits, as long as somebody waits for it: a query or a `fetch` would take the signal.
router.get('/report', async (ctx) => {
  await setTimeout(500, undefined, { signal: ctx.state.signal }).catch(() => {});
  ctx.body = { sold: 42 };
});

// Orchestrators ask these. Both are answered under any load; /readyz fails once the server drains.
router.get(['/livez', '/readyz'], (ctx) => {
  ctx.status = 204;
});

router.get('/stats', (ctx) => {
  ctx.body = shedder.stats();
});

app.use(router.routes());
const server = createServer(app.callback());

server.listen(process.env.PORT || 3000, () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
});

// What runs is finished, and then the process ends by itself. For a second, so that a balancer sees that /readyz fails, it goes on.
process.once('SIGTERM', () => void drain(server, { noticeMs: 1_000, deadlineMs: 10_000 }));
