import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import Router from '@koa/router';
import { ResponseCache } from '@spillway/cache-response';
import { cacheResponse } from '@spillway/cache-response/koa';
import Koa from 'koa';

const app = new Koa();
const router = new Router();
const cache = new ResponseCache({ maxBytes: 64 * 1024 * 1024 });

const stock = new Map([['kettle', 9]]);
let sold = 0;

// Kept for a minute, or until somebody purges its tag.
const minute = cacheResponse({ cache, ttlMs: 60_000, tags: ({ params }) => [`product:${params.id}`] });
router.get('/products/:id', minute, (ctx) => {
  ctx.body = { product: ctx.params.id, left: stock.get(ctx.params.id!) ?? 0 };
});

// Slow. Older than ten seconds, it is sent as it is, for an hour, while a new one is made: nobody waits.
const slow = cacheResponse({ cache, ttlMs: 10_000, staleWhileRevalidateMs: 3_600_000 });
router.get('/report', slow, async (ctx) => {
  await setTimeout(300);
  ctx.body = { sold };
});

router.post('/products/:id/orders', async (ctx) => {
  const id = ctx.params.id!;
  const left = (stock.get(id) ?? 0) - 1;
  if (left < 0) return ctx.throw(409);
  stock.set(id, left);
  sold++;
  // Nobody gets the product as it was; the report may be sent until a new one is made.
  await cache.purge({ tags: [`product:${id}`] });
  await cache.expire({ urls: ['/report'] });
  ctx.status = 201;
  ctx.body = { left };
});

// First who it is, then what is kept for them alone. Without a key nothing is kept of whoever comes with Cookie or Authorization.
const tokens = new Map(Object.entries({ 'Bearer 1815': 'ada', 'Bearer 1906': 'grace' }));
router.use('/me', (ctx, next) => {
  ctx.state.user = tokens.get(ctx.get('Authorization'));
  return ctx.state.user ? next() : ctx.throw(401);
});
const personal = cacheResponse({ cache, ttlMs: 60_000, key: ({ state }) => state.user });
router.get('/me', personal, (ctx) => {
  ctx.body = { user: ctx.state.user };
});

app.use(router.routes());
const server = app.listen(process.env.PORT || 3000, () => {
  console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
});
