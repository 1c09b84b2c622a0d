import type { IncomingMessage } from 'node:http';
import { stack } from '@spillway/core/express';
import { createRateLimit, RateLimiter } from '@spillway/rate-limit';
import { type ExpressRateLimitOptions, rateLimit } from '@spillway/rate-limit/express';
import express, { type Request } from 'express';

interface SignedIn extends Request {
  user: { id: string; plan: 'free' | 'paid' };
}

// The simplest uses.
const app = express();
app.use(rateLimit());
app.use('/api', rateLimit({ limit: 100, windowMs: 60_000 }), express.json());
app.use(
  stack([
    createRateLimit<Request>({ limit: 10 }),
    createRateLimit<Request>({ limit: 100, windowMs: 3_600_000 }),
  ]),
);

// Functions get the framework's own request, or the one that the application has made of it.
app.use(
  rateLimit({
    key: (req) => req.get('x-api-key') ?? req.ip ?? 'nobody',
    skip: (req) => req.path === '/health',
  }),
);
app.use(
  rateLimit({ key: (req: SignedIn) => req.user.id, limit: (req) => (req.user.plan === 'paid' ? 1_000 : 60) }),
);
app.use(
  rateLimit<SignedIn>({ key: async (req) => req.user.id, limit: async () => 10, windowMs: () => 1_000 }),
);
app.use(rateLimit({ key: (req: IncomingMessage) => String(req.headers['x-api-key']) }));

// Every option.
app.use(
  rateLimit({
    algorithm: 'token-bucket',
    burst: 20,
    cost: (req) => Number(req.query.size ?? 1),
    settleCost: (_req, { status, aborted }) => (status < 400 && !aborted ? 1 : 5),
    allow: ['10.0.0.0/8', '2001:db8::/32'],
    deny: async (req) => req.get('user-agent') === undefined,
    requestWasSuccessful: (req, closed) => req.method === 'GET' && closed.status < 400,
    handler: (req, res, next, { statusCode, verdict }) => {
      if (req.accepts('html')) res.status(statusCode).render('too-many', { after: verdict.retryAfterMs });
      else next();
    },
    standardHeaders: 'draft-8',
    legacyHeaders: true,
    identifier: 'api',
    ipv6Subnet: 64,
    dryRun: true,
    maxKeys: 1_000,
    refuse: 'throw',
  }),
);
app.use(
  rateLimit({
    policies: [
      { name: 'burst', limit: 5, windowMs: 1_000, algorithm: 'sliding-log' },
      {
        name: 'day',
        limit: (req) => (req.get('x-plan') === 'paid' ? 10_000 : 100),
        windowMs: 86_400_000,
        key: () => 'all',
      },
    ],
    message: (req: Request) => ({ error: 'Slow down', path: req.path }),
  }),
);
app.use(rateLimit({ limiter: new RateLimiter({ limit: 5 }), key: (req) => req.hostname }));

const options: ExpressRateLimitOptions = { limit: 5, key: (req) => req.originalUrl };
app.use(rateLimit(options), rateLimit({ ...options, limit: undefined }));

// A route's own types stay.
app.get('/items/:id', rateLimit(), rateLimit({ cost: () => 5 }), (req, res) => {
  const id: string = req.params.id;
  // @ts-expect-error The path has no such parameter.
  res.json({ id, other: req.params.other });
});

// Wrong use.
// @ts-expect-error A limit is a number.
rateLimit({ limit: '100' });
// @ts-expect-error An unknown option.
rateLimit({ max: 100 });
// @ts-expect-error A key is text.
rateLimit({ key: () => 42 });
// @ts-expect-error No such algorithm.
rateLimit({ algorithm: 'leaky-bucket' });
// @ts-expect-error No such draft.
rateLimit({ standardHeaders: 9 });
// @ts-expect-error A cost is a number.
rateLimit({ cost: () => '5' });
// @ts-expect-error Express's request has no such property.
rateLimit({ skip: (req) => req.user.plan === 'paid' });
// @ts-expect-error There is no context in Express.
rateLimit({ key: (ctx) => ctx.request.ip });
// @ts-expect-error A policy has a name.
rateLimit({ policies: [{ limit: 5, windowMs: 1_000 }] });
// @ts-expect-error A refusal is a reply or thrown.
rateLimit({ refuse: 'next' });
// @ts-expect-error A store has three methods.
rateLimit({ store: new Map() });
