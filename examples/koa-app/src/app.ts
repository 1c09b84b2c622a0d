import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import { ResponseCache } from '@spillway/cache-response';
import { compress, decompress } from '@spillway/compress/koa';
import { problemReply } from '@spillway/core';
import type { Pool } from '@spillway/db-pool';
import { dbPool } from '@spillway/db-pool/koa';
import { answerFor, INDEX_HEADERS, indexPage, Shop, ShopError } from '@spillway/example-catalogue';
import Koa, { type Context, type Middleware, type Next } from 'koa';
import { CACHE_BYTES, cachedIn, purgedFrom } from './cache';
import { entityTag } from './entity-tag';
import * as limits from './limits';

/**
 * The shop on Koa: routes, and before each the limit that suits it, then what is kept of its answers.
 * @param pool of the shop's database, loaded before the first request.
 */
export function createApp(
  pool: Pool,
  shop = new Shop(pool),
  cache = new ResponseCache({ maxBytes: CACHE_BYTES }),
): Koa {
  const app = new Koa();
  const cached = cachedIn(cache);
  shop.watchStock(({ id }) => void cache.purge({ tags: [`product:${id}`] }).catch(console.error));

  app.on('error', logError);
  app.use(compress());
  app.use(sendErrors);
  app.use(limits.address);
  // Whoever asks nothing of the database holds nothing of it: a hit of the cache, the index page, a refusal.
  app.use(dbPool(pool));

  const router = new Router();
  router.get(['/livez', '/readyz'], (ctx) => {
    ctx.status = 204;
  });

  router.get('/', entityTag, (ctx) => {
    ctx.set(INDEX_HEADERS);
    ctx.body = indexPage(ctx.get('Host'));
  });

  // The limit stands before the cache: a hit counts, and its RateLimit fields are those of the request.
  router.get('/products', limits.search, cached.products, entityTag, async (ctx) => {
    const found = await shop.search(ctx.state.db, ctx.query);
    ctx.state.tags = found.items.map(({ id }) => `product:${id}`);
    ctx.body = found;
  });

  router.get('/products/:id', cached.products, entityTag, async (ctx) => {
    const product = await shop.product(ctx.state.db, ctx.params.id);
    ctx.state.tags = [`product:${product.id}`];
    ctx.body = product;
  });

  // The body is read first, so that the limit knows the account; decoded before, and never more of it than a login needs.
  const decoded = decompress({ maxBytes: 4096 });
  const form = bodyParser({ jsonLimit: '4kb', formLimit: '4kb' });
  router.post('/login', decoded, form, limits.login, async (ctx) => {
    ctx.body = await shop.login(ctx.request.body);
  });

  router.put('/products/:id/picture', limits.upload, async (ctx) => {
    ctx.compress = false;
    const sent = await shop.addPicture(ctx.state.db, ctx.params.id, ctx.req);
    await cache.purge({ tags: [`product:${ctx.params.id}`, `user:${sent.by}`] });
    ctx.body = sent;
    ctx.status = 201;
  });

  // Who it is comes first; then the cache, which keeps the users apart.
  router.get('/account', signIn(shop), cached.account, entityTag, async (ctx) => {
    ctx.body = await shop.account(ctx.state.db, ctx.state.user);
  });

  router.get('/orders', signIn(shop), cached.account, entityTag, async (ctx) => {
    ctx.body = await shop.orders(ctx.state.db, ctx.state.user);
  });

  // One transaction: committed before a good answer leaves, rolled back where there is any other.
  const transaction = dbPool.transaction();
  const purged = purgedFrom(cache);
  router.post('/orders', signIn(shop), limits.orders, decoded, form, purged, transaction, async (ctx) => {
    const { state } = ctx;
    const order = await shop.order(state.db, state.user, ctx.request.body);
    state.outdated = [`user:${state.user}`, ...order.items.map(({ product }) => `product:${product}`)];
    ctx.body = order;
    ctx.status = 201;
  });

  router.get('/reports/sales', limits.report, cached.report, entityTag, async (ctx) => {
    ctx.body = await shop.report(ctx.query);
  });

  router.get('/events', limits.streams, (ctx) => {
    ctx.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    ctx.body = shop.stockEvents(ctx.get('Last-Event-ID'));
  });

  app.use(router.routes());
  app.use(() => {
    throw new ShopError(404, 'There is nothing here.');
  });
  return app;
}

const signIn =
  (shop: Shop): Middleware =>
  (ctx, next) => {
    ctx.state.user = shop.userOf(ctx.get('Authorization'));
    return next();
  };

async function sendErrors(ctx: Context, next: Next): Promise<void> {
  try {
    await next();
  } catch (error) {
    const { headers: own, ...problem } = answerFor(error);
    const { status, headers, body } = problemReply(ctx.request, problem);
    ctx.set({ ...headers, ...own } as Record<string, string>);
    ctx.status = status;
    ctx.body = body;
  }
}

function logError(error: NodeJS.ErrnoException): void {
  // A client that leaves a stream of events is no error.
  if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') console.error(error);
}
