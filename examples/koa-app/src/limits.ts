import { accountOf, announcedKiB, customerOf, receivedKiB, reportCost } from '@spillway/example-catalogue';
import { rateLimit } from '@spillway/rate-limit/koa';
import type { Context } from 'koa';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SEARCHES = { anonymous: 20, free: 60, pro: 600 };

const customer = (ctx: Context) => customerOf(ctx.get('X-API-Key'));
const account = (ctx: Context) => accountOf(ctx.request.body);

/** The index page costs nothing, nor does the question whether the server is well. */
const FREE = new Set(['/', '/livez', '/readyz']);

/** Everything, by address; customers have limits of their own. */
export const address = rateLimit({
  identifier: 'address',
  limit: 120,
  windowMs: MINUTE,
  skip: (ctx) => FREE.has(ctx.path) || customer(ctx) !== undefined,
});

/** Search: by customer, as much as the plan says, wherever the requests come from; without an API key by address. */
export const search = rateLimit({
  identifier: 'search',
  limit: (ctx) => SEARCHES[customer(ctx)?.plan ?? 'anonymous'],
  windowMs: MINUTE,
  key: (ctx) => customer(ctx)?.name,
});

/**
 * Failed logins: by address against one who tries many accounts, by account against many who try one. Good logins are free.
 * The log is exact: a sixth failure has to wait until the first is 15 minutes old.
 */
export const login = rateLimit({
  policies: [
    { name: 'login-address', limit: 20, windowMs: HOUR / 4 },
    { name: 'login-account', limit: 5, windowMs: HOUR / 4, algorithm: 'sliding-log', key: account },
  ],
  skipSuccessfulRequests: true,
});

/** A report costs as many tokens as it has months; two years at once are fine, then one month every five seconds. */
export const report = rateLimit({
  identifier: 'report',
  algorithm: 'token-bucket',
  limit: 12,
  windowMs: MINUTE,
  burst: 24,
  cost: (ctx) => reportCost(ctx.query),
});

/** Pictures by size: charged as announced (the most, where nothing is), settled by what arrived. */
export const upload = rateLimit({
  identifier: 'upload',
  limit: 16 * 1024,
  windowMs: HOUR,
  cost: (ctx) => announcedKiB(ctx.req),
  settleCost: (ctx) => receivedKiB(ctx.req),
});

/** Orders by user, once it is known who that is: whoever buys more at a time is a machine. */
export const orders = rateLimit({
  identifier: 'orders',
  limit: 10,
  windowMs: MINUTE,
  key: ({ state }) => state.user,
});

/** Opening a stream counts; staying doesn't. */
export const streams = rateLimit({ identifier: 'streams', limit: 10, windowMs: MINUTE });
