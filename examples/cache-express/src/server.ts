import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { ResponseCache } from '@spillway/cache-response';
import { cacheResponse } from '@spillway/cache-response/express';
import express from 'express';

const app = express();
const cache = new ResponseCache({ maxBytes: 64 * 1024 * 1024 });

const stock = new Map([['kettle', 9]]);
let sold = 0;

// Kept for a minute, or until somebody purges its tag.
const minute = cacheResponse({ cache, ttlMs: 60_000, tags: ({ params }) => [`product:${params.id}`] });
app.get('/products/:id', minute, (req, res) => {
  res.json({ product: req.params.id, left: stock.get(req.params.id) ?? 0 });
});

// Slow. Older than ten seconds, it is sent as it is, for an hour, while a new one is made: nobody waits.
const slow = cacheResponse({ cache, ttlMs: 10_000, staleWhileRevalidateMs: 3_600_000 });
app.get('/report', slow, async (_req, res) => {
  await setTimeout(300);
  res.json({ sold });
});

app.post('/products/:id/orders', async (req, res) => {
  const { id } = req.params;
  const left = (stock.get(id) ?? 0) - 1;
  if (left < 0) return void res.sendStatus(409);
  stock.set(id, left);
  sold++;
  // Nobody gets the product as it was; the report may be sent until a new one is made.
  await cache.purge({ tags: [`product:${id}`] });
  await cache.expire({ urls: ['/report'] });
  res.status(201).json({ left });
});

// First who it is, then what is kept for them alone. Without a key nothing is kept of whoever comes with Cookie or Authorization.
const tokens = new Map(Object.entries({ 'Bearer 1815': 'ada', 'Bearer 1906': 'grace' }));
app.use('/me', (req, res, next) => {
  res.locals.user = tokens.get(req.get('Authorization') ?? '');
  if (res.locals.user) next();
  else res.sendStatus(401);
});
const personal = cacheResponse({ cache, ttlMs: 60_000, key: ({ res }) => res?.locals.user });
app.get('/me', personal, (_req, res) => {
  res.json({ user: res.locals.user });
});

const server = app.listen(process.env.PORT || 3000, (error) => {
  if (error) throw error;
  const { port } = server.address() as AddressInfo;
  console.log(`http://localhost:${port}`);
});
