import type { IncomingMessage } from 'node:http';
import type { Filter } from '@spillway/core';
import { createDbPool, createTransaction } from './db-pool';
import type { DbPoolOptions, RouteTransactionOptions } from './options';
import type { Pool } from './pool';

/**
 * A database for each request, as a filter for `inFront` and `stack` of `@spillway/core/http`: `req.db`.
 * @throws {OptionError} naming the option that is wrong.
 */
export function dbPool<Native>(pool: Pool<Native>, options?: DbPoolOptions): Filter<IncomingMessage> {
  return createDbPool(pool as Pool<unknown>, options);
}

/**
 * Makes what is asked a transaction, committed before a good response leaves.
 * @throws {OptionError} naming the option that is wrong.
 */
dbPool.transaction = (options?: RouteTransactionOptions): Filter<IncomingMessage> =>
  createTransaction(options);
