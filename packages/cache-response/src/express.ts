import type { IncomingMessage } from 'node:http';
import { type ExpressMiddleware, toExpress } from '@spillway/core/express';
import type { Request } from 'express';
import { createCacheResponse } from './cache-response';
import type { CacheResponseOptions } from './options';
import { createPurgeRoute, type PurgeRouteOptions } from './purge-route';

/**
 * An HTTP cache as middleware for Express 4 and 5.
 * @throws {OptionError} naming the option that is wrong.
 */
export const cacheResponse = <Req extends IncomingMessage = Request>(
  options?: CacheResponseOptions<Req>,
): ExpressMiddleware => toExpress(createCacheResponse<Req>(options));

/**
 * Answers PURGE, for those whom `authorize` lets; mount it before the cache.
 * @throws {OptionError} for a wrong option, or one that is missing.
 */
export const purgeRoute = <Req extends IncomingMessage = Request>(
  options: PurgeRouteOptions<Req>,
): ExpressMiddleware => toExpress(createPurgeRoute<Req>(options));
