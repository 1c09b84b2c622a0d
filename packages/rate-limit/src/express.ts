import type { IncomingMessage } from 'node:http';
import { type ExpressMiddleware, toExpress } from '@spillway/core/express';
import type { NextFunction, Request, Response } from 'express';
import type { RateLimitOptions } from './options';
import { createRateLimit } from './rate-limit';

export type ExpressRateLimitOptions<Req extends IncomingMessage = Request> = RateLimitOptions<
  Req,
  [req: Req, res: Response, next: NextFunction]
>;

/**
 * Rate limiting as middleware for Express 4 and 5.
 * @throws {OptionError} naming the option that is wrong.
 */
export const rateLimit = <Req extends IncomingMessage = Request>(
  options?: ExpressRateLimitOptions<Req>,
): ExpressMiddleware => toExpress(createRateLimit(options));
