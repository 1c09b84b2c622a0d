import { ResponseCache } from '@spillway/cache-response';
import { cacheResponse } from '@spillway/cache-response/koa';
import Koa, { type Context } from 'koa';

const cache = new ResponseCache({ name: 'shop', waitMs: 5_000, maxWaiting: 100, now: () => Date.now() });
const app = new Koa();
app
  .use(cacheResponse())
  .use(cacheResponse({ cache, browserTtlMs: 0, edgeTtlMs: ({ status }) => status * 10 }));

// Whatever a request is known by.
app.use(
  cacheResponse({
    key: (ctx) => ctx.get('x-tenant') || undefined,
    skip: (ctx) => ctx.path.startsWith('/admin') || ctx.cookies.get('preview') === '1',
    tags: (ctx, { headers }) => [`page:${ctx.path}`, `type:${headers['content-type']}`],
    surrogateKeys: true,
    targets: ['Shop-Cache-Control', 'CDN-Cache-Control'],
  }),
);

// What other middleware has put there.
interface WithUser extends Context {
  readonly user?: { readonly id: string };
}
app.use(cacheResponse<WithUser>({ key: (ctx) => ctx.user?.id }));

// An application's own state stays.
new Koa<{ user: string }>().use(cacheResponse()).use((ctx) => {
  ctx.body = ctx.state.user.toUpperCase();
});

// @ts-expect-error an unknown option
cacheResponse({ ttl: 60 });
// @ts-expect-error Koa's context, not Express's request
cacheResponse({ skip: (req: { baseUrl: string; params: string[] }) => req.baseUrl === '/' });
// @ts-expect-error a text or nothing
cacheResponse({ key: () => null });
// @ts-expect-error yes or no
cacheResponse({ surrogateKeys: 'Surrogate-Key' });
