import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Filter } from '@spillway/core';
import type { RateLimitOptions } from './options';
import { createRateLimit } from './rate-limit';

export type HttpRateLimitOptions = RateLimitOptions<
  IncomingMessage,
  [req: IncomingMessage, res: ServerResponse, next: (error?: unknown) => void]
>;

/**
 * Rate limiting as a filter for `inFront` and `stack` of `@spillway/core/http`.
 * @throws {OptionError} naming the option that is wrong.
 */
export const rateLimit = (options?: HttpRateLimitOptions): Filter<IncomingMessage> =>
  createRateLimit(options);
