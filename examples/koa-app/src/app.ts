import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import { compress, decompress } from '@spillway/compress/koa';
import { problemReply } from '@spillway/core';
import { answerFor, INDEX_HEADERS, indexPage, Shop, ShopError } from '@spillway/example-catalogue';
import Koa, { type Context, type Next } from 'koa';
import * as limits from './limits';

/** The shop on Koa: routes, and before each the limit that suits it. */
export function createApp(shop = new Shop()): Koa {
  const app = new Koa();
  app.on('error', logError);
  app.use(compress());
  app.use(sendErrors);
  app.use(limits.address);

  const router = new Router();
  router.get('/', (ctx) => {
    ctx.set(INDEX_HEADERS);
    ctx.body = indexPage(ctx.get('Host'));
  });

  router.get('/products', limits.search, (ctx) => {
    ctx.body = shop.search(ctx.query);
  });

  router.get('/products/:id', (ctx) => {
    ctx.body = shop.product(ctx.params.id);
  });

  // The body is read first, so that the limit knows the account; decoded before, and never more of it than a login needs.
  const decoded = decompress({ maxBytes: 4096 });
  const form = bodyParser({ jsonLimit: '4kb', formLimit: '4kb' });
  router.post('/login', decoded, form, limits.login, async (ctx) => {
    ctx.body = await shop.login(ctx.request.body);
  });

  router.put('/products/:id/picture', limits.upload, async (ctx) => {
    ctx.compress = false;
    ctx.body = await shop.addPicture(ctx.params.id, ctx.req);
    ctx.status = 201;
  });

  router.get('/reports/sales', limits.report, async (ctx) => {
    ctx.body = await shop.report(ctx.query, ctx.res);
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
