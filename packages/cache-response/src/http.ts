import type { IncomingMessage } from 'node:http';
import type { Filter } from '@spillway/core';
import { createCacheResponse } from './cache-response';
import type { CacheResponseOptions } from './options';
import { createPurgeRoute, type PurgeRouteOptions } from './purge-route';

/**
 * An HTTP cache as a filter for `inFront` and `stack` of `@spillway/core/http`. There nobody has authenticated anything yet: a
 * request with Cookie or Authorization is answered from the cache, and its response stored, only where that said `public`, or
 * where `key` tells whose it is.
 * @throws {OptionError} naming the option that is wrong.
 */
export const cacheResponse = (options?: CacheResponseOptions<IncomingMessage>): Filter<IncomingMessage> =>
  createCacheResponse(options, true);

/**
 * Answers PURGE, for those whom `authorize` lets; mount it before the cache.
 * @throws {OptionError} for a wrong option, or one that is missing.
 */
export const purgeRoute = (options: PurgeRouteOptions<IncomingMessage>): Filter<IncomingMessage> =>
  createPurgeRoute(options);
