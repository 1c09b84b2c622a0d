import { pipeline } from 'node:stream';
import { ResponseCache } from '@spillway/cache-response';
import { compress, decompress } from '@spillway/compress/express';
import { problemReply } from '@spillway/core';
import type { Pool } from '@spillway/db-pool';
import { dbPool } from '@spillway/db-pool/express';
import { answerFor, INDEX_HEADERS, indexPage, Shop, ShopError } from '@spillway/example-catalogue';
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { CACHE_BYTES, cachedIn, purgedFrom } from './cache';
import * as limits from './limits';

/**
 * The shop on Express: routes, and before each the limit that suits it, then what is kept of its answers.
 * @param pool of the shop's database, loaded before the first request.
 */
export function createApp(
  pool: Pool,
  shop = new Shop(pool),
  cache = new ResponseCache({ maxBytes: CACHE_BYTES }),
): Express {
  const app = express();
  const cached = cachedIn(cache);
  shop.watchStock(({ id }) => void cache.purge({ tags: [`product:${id}`] }).catch(console.error));

  app.disable('x-powered-by');
  app.use(compress({ filter: (req, res) => req.method !== 'PUT' && compress.filter(req, res) }));
  app.use(limits.address);
  // Whoever asks nothing of the database holds nothing of it: a hit of the cache, the index page, a refusal.
  app.use(dbPool(pool));

  app.get(['/livez', '/readyz'], (_req, res) => void res.sendStatus(204));

  app.get('/', (req, res) => {
    res.set(INDEX_HEADERS).send(indexPage(req.get('Host')));
  });

  // The limit stands before the cache: a hit counts, and its RateLimit fields are those of the request.
  app.get('/products', limits.search, cached.products, async (req, res) => {
    const found = await shop.search(req.db, req.query);
    res.locals.tags = found.items.map(({ id }) => `product:${id}`);
    res.json(found);
  });

  app.get('/products/:id', cached.products, async (req, res) => {
    const product = await shop.product(req.db, req.params.id);
    res.locals.tags = [`product:${product.id}`];
    res.json(product);
  });

  // The body is read first, so that the limit knows the account; decoded before, and never more of it than a login needs.
  const decoded = decompress({ maxBytes: 4096 });
  const json = express.json({ limit: '4kb' });
  const form = express.urlencoded({ limit: '4kb', extended: false });
  app.post('/login', decoded, json, form, limits.login, async (req, res) => {
    res.json(await shop.login(req.body));
  });

  app.put('/products/:id/picture', limits.upload, async (req, res) => {
    const sent = await shop.addPicture(req.db, req.params.id, req);
    await cache.purge({ tags: [`product:${req.params.id}`, `user:${sent.by}`] });
    res.status(201).json(sent);
  });

  // Who it is comes first; then the cache, which keeps the users apart.
  app.get('/account', signIn(shop), cached.account, async (req, res) => {
    res.json(await shop.account(req.db, res.locals.user));
  });

  app.get('/orders', signIn(shop), cached.account, async (req, res) => {
    res.json(await shop.orders(req.db, res.locals.user));
  });

  // One transaction: committed before a good answer leaves, rolled back where there is any other.
  const transaction = dbPool.transaction();
  const purged = purgedFrom(cache);
  app.post('/orders', signIn(shop), limits.orders, decoded, json, purged, transaction, async (req, res) => {
    const order = await shop.order(req.db, res.locals.user, req.body);
    res.locals.outdated = [
      `user:${res.locals.user}`,
      ...order.items.map(({ product }) => `product:${product}`),
    ];
    res.status(201).json(order);
  });

  app.get('/reports/sales', limits.report, cached.report, async (req, res) => {
    res.json(await shop.report(req.query));
  });

  app.get('/events', limits.streams, (req, res) => {
    res.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    pipeline(shop.stockEvents(req.get('Last-Event-ID')), res, () => {});
  });

  app.use(() => {
    throw new ShopError(404, 'There is nothing here.');
  });
  app.use(sendError);
  return app;
}

const signIn =
  (shop: Shop): RequestHandler =>
  (req, res, next) => {
    res.locals.user = shop.userOf(req.get('Authorization'));
    next();
  };

function sendError(error: unknown, req: Request, res: Response, _next: NextFunction): void {
  const { headers: own, ...problem } = answerFor(error);
  const { status, headers, body } = problemReply(req, problem);
  res.writeHead(status, { ...headers, ...own }).end(body);
}
