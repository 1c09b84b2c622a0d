import { createServer } from 'node:http';
import { httpEdge, MemoryStore, ResponseCache, type ResponseStore } from '@spillway/cache-response';
import { cacheResponse } from '@spillway/cache-response/express';
import express, { type Request } from 'express';

const cache = new ResponseCache({ maxBytes: 2 ** 27, edge: httpEdge({ url: 'http://127.0.0.1:6081' }) });
const app = express();
app.use(cacheResponse()).use(cacheResponse({ cache, ttlMs: 60_000, preset: 'rfc9111' }));

// Whatever a request is known by.
app.use(
  cacheResponse({
    cache,
    key: (req) => req.get('x-tenant'),
    skip: (req) => req.path.startsWith('/admin') || req.query.preview !== undefined,
    tags: (req, response) => [`product:${req.params.id}`, `status:${response.status}`],
    ttlMs: ({ status, headers }) => (status === 200 && headers['content-type'] ? 60_000 : undefined),
    staleIfErrorMs: () => 5_000,
    vary: ['Accept-Language'] as const,
    methods: ['GET', 'HEAD', 'QUERY'],
    app: (_req, res) => res.end(),
  }),
);

// A session that other middleware has put there.
interface WithUser extends Request {
  readonly user?: { readonly id: string };
}
app.use(cacheResponse<WithUser>({ key: (req) => req.user?.id }));

// Options that may be missing are handed on as they are.
const ttlMs: number | undefined = process.env.TTL_MS === undefined ? undefined : Number(process.env.TTL_MS);
app.use(cacheResponse({ ttlMs }));

// A route's own parameter types stay.
app.get('/:id', cacheResponse({ ttlMs: 1_000 }), (req: Request<{ id: string }>, res) => {
  const { id } = req.params;
  res.send(id.toUpperCase());
});

// A store may answer at once or by a promise.
const memory = new MemoryStore();
const store: ResponseStore = {
  get: async (key, headers) => memory.get(key, headers),
  set: (key, response) => memory.set(key, response),
  invalidate: async (what, by) => memory.invalidate(what, by),
};
const purged: Promise<void> = new ResponseCache({ store }).purge({
  tags: ['a'],
  urls: ['/b'],
  everything: false,
});
void purged.finally(() => createServer(app).close());

// @ts-expect-error an unknown option
cacheResponse({ ttl: 60 });
// @ts-expect-error milliseconds are a number
cacheResponse({ ttlMs: '60s' });
// @ts-expect-error no such preset
cacheResponse({ preset: 'strict' });
// @ts-expect-error a cache is made by its class
cacheResponse({ cache: new Map() });
// @ts-expect-error a key is a text
cacheResponse({ key: (req) => ({ tenant: req.hostname }) });
// @ts-expect-error Express's request, not Koa's context
cacheResponse({ key: (ctx) => ctx.state.user });
// @ts-expect-error several tags
cacheResponse({ tags: () => 'product' });
// @ts-expect-error statuses are numbers
cacheResponse({ statusCodes: ['404'] });
// @ts-expect-error nothing else is purged by
cache.purge({ keys: ['/'] });
// @ts-expect-error several of each
cache.expire({ tags: 'a' });
// @ts-expect-error a store has three methods
new ResponseCache({ store: { get: () => undefined } });
