import { createServer } from 'node:http';
import type { Filter } from '@spillway/core';
import { inFront, stack } from '@spillway/core/http';
import { createRateLimit, RateLimiter } from '@spillway/rate-limit';
import { rateLimit } from '@spillway/rate-limit/http';
import express from 'express';

// In front of an application and inside a listener.
createServer(
  inFront(express(), [rateLimit(), rateLimit({ key: (req) => String(req.headers['x-api-key']) })]),
);
stack([rateLimit({ limit: 5, handler: (_req, res) => res.writeHead(429).end() })], { trustProxy: false });

// A filter on any host.
const anywhere: Filter<object> = createRateLimit({ limit: 5, windowMs: 1_000 });
stack([anywhere]);

// The engine alone answers at once; with a store that doesn't, there is a promise.
const limiter = new RateLimiter({ policies: [{ name: 'second', limit: 5, windowMs: 1_000 }] });
const allowed: boolean = limiter.consume('someone', 2).allowed && limiter.peek(['someone']).remaining > 0;
limiter.refund('someone', allowed ? 1 : 0);
limiter.block('someone', 60_000);
limiter.reset('someone');

// Wrong use.
// @ts-expect-error In front there is no request of Express.
rateLimit({ key: (req) => req.ip });
// @ts-expect-error An unknown option.
rateLimit({ max: 100 });
// @ts-expect-error An engine knows no request.
new RateLimiter({ limit: () => 5 });
// @ts-expect-error A key is text.
limiter.consume(42);
