const { inFront } = require('@spillway/core/http');
const expressSpillway = require('@spillway/rate-limit/express');
const koaSpillway = require('@spillway/rate-limit/koa');
const httpSpillway = require('@spillway/rate-limit/http');
const { rateLimit: expressRateLimit } = require('express-rate-limit');
const koaRateLimit = require('koa-ratelimit');
const { RateLimiterMemory } = require('rate-limiter-flexible');

const windowMs = 15 * 60_000;

/** By name, middleware that admits `limit` requests of a client, each as its own documentation mounts it. */
module.exports = {
  express(limit) {
    const flexible = new RateLimiterMemory({ points: limit, duration: windowMs / 1000 });
    return {
      spillway: expressSpillway.rateLimit({ limit, windowMs }),
      'spillway, no fields': expressSpillway.rateLimit({ limit, windowMs, standardHeaders: false }),
      'express-rate-limit, draft-8 fields': expressRateLimit({
        limit,
        windowMs,
        standardHeaders: 'draft-8',
        legacyHeaders: false,
      }),
      'express-rate-limit, legacy fields': expressRateLimit({ limit, windowMs }),
      'express-rate-limit, no fields': expressRateLimit({ limit, windowMs, legacyHeaders: false }),
      'rate-limiter-flexible, no fields': (req, res, next) => {
        flexible.consume(req.ip).then(
          () => next(),
          () => res.status(429).send('Too Many Requests'),
        );
      },
    };
  },

  koa(limit) {
    const flexible = new RateLimiterMemory({ points: limit, duration: windowMs / 1000 });
    return {
      spillway: koaSpillway.rateLimit({ limit, windowMs }),
      'spillway, no fields': koaSpillway.rateLimit({ limit, windowMs, standardHeaders: false }),
      'koa-ratelimit, legacy fields': koaRateLimit({
        driver: 'memory',
        db: new Map(),
        max: limit,
        duration: windowMs,
      }),
      'rate-limiter-flexible, no fields': async (ctx, next) => {
        try {
          await flexible.consume(ctx.ip);
        } catch {
          ctx.status = 429;
          ctx.body = 'Too Many Requests';
          return;
        }
        await next();
      },
    };
  },

  inFront: (app, limit) => inFront(app, [httpSpillway.rateLimit({ limit, windowMs })], { trustProxy: false }),
};
