import type { IncomingMessage } from 'node:http';
import type { Filter } from '@spillway/core';
import { createBackpressure } from './backpressure';
import type { BackpressureOptions } from './options';

export type HttpBackpressureOptions = BackpressureOptions<IncomingMessage>;

/**
 * Overload protection as a filter for `inFront` and `stack` of `@spillway/core/http`.
 * @throws {OptionError} naming the option that is wrong.
 */
export const backpressure = (options?: HttpBackpressureOptions): Filter<IncomingMessage> =>
  createBackpressure(options);
