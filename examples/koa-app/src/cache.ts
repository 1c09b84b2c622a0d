import type { ResponseCache } from '@spillway/cache-response';
import { cacheResponse } from '@spillway/cache-response/koa';
import { toKoa } from '@spillway/core/koa';
import type { Context } from 'koa';

const SECOND = 1000;
const MINUTE = 60 * SECOND;

/** Plenty: all that can be asked of the shop, but for the searches that somebody makes up. */
export const CACHE_BYTES = 32 * 1024 * 1024;

/** Whom the login belongs to: the routes that ask for it have checked that first. */
const userOf = ({ state }: Context): string => state.user;

/** What is kept of the shop's answers, each in the way that suits it, all in one cache. */
export const cachedIn = (cache: ResponseCache) => ({
  /**
   * What shows products, under the tag of each; handlers say which. It is kept for a minute and shows no old stock or picture all the
   * same, since whatever changes a product purges its tag.
   */
  products: cacheResponse({ cache, ttlMs: MINUTE, tags: ({ state }) => state.tags }),

  /** Nobody waits for a report twice: when it has gone stale it is sent as it is, while the next one is made. */
  report: cacheResponse({ cache, ttlMs: 10 * SECOND, staleWhileRevalidateMs: 10 * MINUTE }),

  /** A copy for each user. Without `key` nothing would be kept of requests with Authorization or Cookie. */
  account: cacheResponse({ cache, ttlMs: MINUTE, key: userOf, tags: (ctx) => [`user:${userOf(ctx)}`] }),
});

/**
 * Purges what a handler says is outdated: behind the commit of the transaction that is mounted after it, or
 * somebody could have the old stock kept again; and before the answer leaves, so that whoever has it sees
 * what it has changed.
 */
export const purgedFrom = (cache: ResponseCache) =>
  toKoa((_request, { state }) => ({
    onHead: async ({ statusCode }) => {
      if (statusCode < 400) await cache.purge({ tags: state.outdated }).catch(console.error);
      return undefined;
    },
  }));
