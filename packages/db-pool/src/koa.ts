import { type KoaMiddleware, toKoa } from '@spillway/core/koa';
import type { Database } from './database';
import { createDbPool, createTransaction } from './db-pool';
import type { DbPoolOptions, RouteTransactionOptions } from './options';
import type { Pool } from './pool';

declare module 'koa' {
  interface DefaultState {
    /** The database, where `dbPool` is mounted. */
    db: Database;
  }
}

/**
 * A database for each request, as middleware for Koa 2 and 3: `ctx.state.db`.
 * @throws {OptionError} naming the option that is wrong.
 */
export function dbPool<Native>(pool: Pool<Native>, options?: DbPoolOptions): KoaMiddleware {
  return toKoa(createDbPool(pool as Pool<unknown>, options));
}

/**
 * Makes a route a transaction, committed before a good response leaves.
 * @throws {OptionError} naming the option that is wrong.
 */
dbPool.transaction = (options?: RouteTransactionOptions): KoaMiddleware => toKoa(createTransaction(options));
