import { stack } from '@spillway/core/koa';
import { createRateLimit, RateLimiter } from '@spillway/rate-limit';
import { type KoaRateLimitOptions, rateLimit } from '@spillway/rate-limit/koa';
import Koa, { type Context, type ParameterizedContext } from 'koa';

interface State {
  user: { id: string; plan: 'free' | 'paid' };
}
type SignedIn = ParameterizedContext<State>;

// The simplest uses.
const app = new Koa();
app.use(rateLimit()).use(rateLimit({ limit: 100, windowMs: 60_000 }));
app.use(
  stack([
    createRateLimit<Context>({ limit: 10 }),
    createRateLimit<Context>({ limit: 100, windowMs: 3_600_000 }),
  ]),
);

// Functions get the framework's own context, or the one that the application has made of it.
app.use(rateLimit({ key: (ctx) => ctx.get('x-api-key') || ctx.ip, skip: (ctx) => ctx.path === '/health' }));
app.use(rateLimit({ key: (ctx: SignedIn) => ctx.state.user.id, limit: (ctx) => ctx.state.user.id.length }));
app.use(rateLimit<SignedIn>({ limit: async (ctx) => (ctx.state.user.plan === 'paid' ? 1_000 : 60) }));

// An application's own state stays.
new Koa<State>().use(rateLimit()).use((ctx) => {
  const plan: 'free' | 'paid' = ctx.state.user.plan;
  ctx.body = plan;
});

// The framework's own ways of answering.
app.use(
  rateLimit({
    handler: async (ctx, next, { statusCode, verdict }) => {
      ctx.status = statusCode;
      ctx.body = { after: verdict.retryAfterMs };
      if (ctx.query.anyway === '1') await next();
    },
    cost: (ctx) => Number(ctx.query.size ?? 1),
    settleCost: (ctx, { status }) => (status === 200 ? Number(ctx.response.length ?? 1) : 1),
  }),
);
app.use(rateLimit({ limiter: new RateLimiter({ limit: 5 }), key: (ctx) => ctx.hostname }));

const options: KoaRateLimitOptions = { limit: 5, key: (ctx) => ctx.originalUrl };
app.use(rateLimit(options));

// Wrong use.
// @ts-expect-error A limit is a number.
rateLimit({ limit: '100' });
// @ts-expect-error An unknown option.
rateLimit({ max: 100 });
// @ts-expect-error A key is text.
rateLimit({ key: () => 42 });
// @ts-expect-error Koa's handler has no response.
rateLimit({ handler: (_ctx, next) => next.status(429) });
// @ts-expect-error An application's own state is checked.
rateLimit({ key: (ctx: SignedIn) => ctx.state.session });
// @ts-expect-error A policy has a window.
rateLimit({ policies: [{ name: 'burst', limit: 5 }] });
