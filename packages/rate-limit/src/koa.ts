import { type KoaContext, type KoaMiddleware, toKoa } from '@spillway/core/koa';
import type { Context, Next } from 'koa';
import type { RateLimitOptions } from './options';
import { createRateLimit } from './rate-limit';

export type KoaRateLimitOptions<Ctx extends KoaContext = Context> = RateLimitOptions<
  Ctx,
  [ctx: Ctx, next: Next]
>;

/**
 * Rate limiting as middleware for Koa 2 and 3.
 * @throws {OptionError} naming the option that is wrong.
 */
export const rateLimit = <Ctx extends KoaContext = Context>(
  options?: KoaRateLimitOptions<Ctx>,
): KoaMiddleware => toKoa(createRateLimit(options));
