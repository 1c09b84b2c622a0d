import { type KoaContext, type KoaMiddleware, toKoa } from '@spillway/core/koa';
import type { Context } from 'koa';
import { createCacheResponse } from './cache-response';
import type { CacheResponseOptions } from './options';
import { createPurgeRoute, type PurgeRouteOptions } from './purge-route';

/**
 * An HTTP cache as middleware for Koa 2 and 3.
 * @throws {OptionError} naming the option that is wrong.
 */
export const cacheResponse = <Ctx extends KoaContext = Context>(
  options?: CacheResponseOptions<Ctx>,
): KoaMiddleware => toKoa(createCacheResponse<Ctx>(options));

/**
 * Answers PURGE, for those whom `authorize` lets; mount it before the cache.
 * @throws {OptionError} for a wrong option, or one that is missing.
 */
export const purgeRoute = <Ctx extends KoaContext = Context>(
  options: PurgeRouteOptions<Ctx>,
): KoaMiddleware => toKoa(createPurgeRoute<Ctx>(options));
