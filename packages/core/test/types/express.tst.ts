import type { IncomingMessage } from 'node:http';
import type { Filter } from '@spillway/core';
import { stack, toExpress } from '@spillway/core/express';
import express, { type Request } from 'express';
import type { Context } from 'koa';

declare const anywhere: Filter;
declare const onExpress: Filter<Request>;
declare const onNode: Filter<IncomingMessage>;
declare const onKoa: Filter<Context>;

interface SignedIn extends Request {
  user: { id: string };
}

// A filter is mounted wherever middleware is.
const app = express();
app.use(toExpress(anywhere), toExpress(onExpress), toExpress(onNode));
app.use('/api', [stack([anywhere, onExpress, onNode]), toExpress(anywhere)]);
app.use(toExpress<SignedIn>((_request, req) => ({ headers: { 'X-User': req.user.id } })));
app.use(toExpress((_request, req: SignedIn) => (req.user.id === '' ? { status: 401 } : undefined)));
app.route('/items').all(toExpress(anywhere)).get(toExpress(onExpress));
express
  .Router({ mergeParams: true })
  .param('id', (_req, _res, next) => next())
  .use(toExpress(anywhere));

// What a filter gets is the framework's own request.
toExpress((request, req) => ({ headers: { 'X-Path': request.originalUrl, 'X-App': req.app.path() } }));

// A route's own types stay, behind ours and behind several.
app.get('/items/:id', toExpress(anywhere), (req, res) => {
  const id: string = req.params.id;
  // @ts-expect-error The path has no such parameter.
  res.json({ id, other: req.params.other });
});
app.put(
  '/items/:id',
  stack([anywhere]),
  express.json(),
  (req, res) => void res.json(req.params.id.toUpperCase()),
);
app.post<{ id: string }, { total: number }, { count: number }>(
  '/items/:id',
  toExpress(onExpress),
  (req, res) => {
    res.json({ total: req.body.count });
    // @ts-expect-error The answer has a type of its own.
    res.json({ sum: req.body.count });
  },
);

// Wrong use.
// @ts-expect-error A filter is a function.
toExpress({});
// @ts-expect-error Koa's context is no request.
toExpress(onKoa);
// @ts-expect-error One filter of several is Koa's.
stack([anywhere, onKoa]);
// @ts-expect-error A status is a number.
toExpress(() => ({ status: '429' }));
// @ts-expect-error A reply's body is text or a Buffer.
toExpress(() => ({ status: 200, body: { an: 'object' } }));
// @ts-expect-error What decides is returned, not true.
toExpress(() => true);
// @ts-expect-error Express's request has no such property.
toExpress((_request, req) => ({ headers: { 'X-User': req.user.id } }));
