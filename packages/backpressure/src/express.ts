import type { IncomingMessage } from 'node:http';
import { type ExpressMiddleware, toExpress } from '@spillway/core/express';
import type { Request } from 'express';
import { createBackpressure } from './backpressure';
import type { BackpressureOptions } from './options';

export type ExpressBackpressureOptions<Req extends IncomingMessage = Request> = BackpressureOptions<Req>;

/**
 * Overload protection as middleware for Express 4 and 5.
 * @throws {OptionError} naming the option that is wrong.
 */
export const backpressure = <Req extends IncomingMessage = Request>(
  options?: ExpressBackpressureOptions<Req>,
): ExpressMiddleware => toExpress(createBackpressure(options));
