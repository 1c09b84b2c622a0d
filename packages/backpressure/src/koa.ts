import { type KoaContext, type KoaMiddleware, toKoa } from '@spillway/core/koa';
import type { Context } from 'koa';
import { createBackpressure } from './backpressure';
import type { BackpressureOptions } from './options';

export type KoaBackpressureOptions<Ctx extends KoaContext = Context> = BackpressureOptions<Ctx>;

/**
 * Overload protection as middleware for Koa 2 and 3.
 * @throws {OptionError} naming the option that is wrong.
 */
export const backpressure = <Ctx extends KoaContext = Context>(
  options?: KoaBackpressureOptions<Ctx>,
): KoaMiddleware => toKoa(createBackpressure(options));
