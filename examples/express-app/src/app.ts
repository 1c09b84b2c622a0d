import { pipeline } from 'node:stream';
import { compress, decompress } from '@spillway/compress/express';
import { problemReply } from '@spillway/core';
import { answerFor, INDEX_HEADERS, indexPage, Shop, ShopError } from '@spillway/example-catalogue';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import * as limits from './limits';

/** The shop on Express: routes, and before each the limit that suits it. */
export function createApp(shop = new Shop()): Express {
  const app = express();
  app.disable('x-powered-by');
  app.use(compress({ filter: (req, res) => req.method !== 'PUT' && compress.filter(req, res) }));
  app.use(limits.address);

  app.get('/', (req, res) => {
    res.set(INDEX_HEADERS).send(indexPage(req.get('Host')));
  });

  app.get('/products', limits.search, (req, res) => {
    res.json(shop.search(req.query));
  });

  app.get('/products/:id', (req, res) => {
    res.json(shop.product(req.params.id));
  });

  // The body is read first, so that the limit knows the account; decoded before, and never more of it than a login needs.
  const decoded = decompress({ maxBytes: 4096 });
  const json = express.json({ limit: '4kb' });
  const form = express.urlencoded({ limit: '4kb', extended: false });
  app.post('/login', decoded, json, form, limits.login, async (req, res) => {
    res.json(await shop.login(req.body));
  });

  app.put('/products/:id/picture', limits.upload, async (req, res) => {
    res.status(201).json(await shop.addPicture(req.params.id, req));
  });

  app.get('/reports/sales', limits.report, async (req, res) => {
    res.json(await shop.report(req.query, res));
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

function sendError(error: unknown, req: Request, res: Response, _next: NextFunction): void {
  const { headers: own, ...problem } = answerFor(error);
  const { status, headers, body } = problemReply(req, problem);
  res.writeHead(status, { ...headers, ...own }).end(body);
}
