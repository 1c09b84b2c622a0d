import { type ExpressMiddleware, toExpress } from '@spillway/core/express';
import type { Database } from './database';
import { createDbPool, createTransaction } from './db-pool';
import type { DbPoolOptions, RouteTransactionOptions } from './options';
import type { Pool } from './pool';

declare global {
  namespace Express {
    interface Request {
      /** The database, where `dbPool` is mounted. */
      db: Database;
    }
  }
}

/**
 * A database for each request, as middleware for Express 4 and 5: `req.db`.
 * @throws {OptionError} naming the option that is wrong.
 */
export function dbPool<Native>(pool: Pool<Native>, options?: DbPoolOptions): ExpressMiddleware {
  return toExpress(createDbPool(pool as Pool<unknown>, options));
}

/**
 * Makes a route a transaction, committed before a good response leaves.
 * @throws {OptionError} naming the option that is wrong.
 */
dbPool.transaction = (options?: RouteTransactionOptions): ExpressMiddleware =>
  toExpress(createTransaction(options));
