export type { Database } from './database';
export { createDbPool, createTransaction, databaseOf } from './db-pool';
export type {
  Connection,
  ConnectOptions,
  Dialect,
  Driver,
  Isolation,
  Job,
  QueryResult,
  Row,
  Statement,
  StatementKind,
  TransactionMode,
  TransactionState,
} from './driver';
export {
  ConnectionLostError,
  LeaseReleasedError,
  PoolRefusedError,
  QueryAbortedError,
  QueryTimeoutError,
  type RefusalCode,
  SessionNeededError,
  TransactionAbortedError,
  TransactionClosedError,
} from './errors';
export { type CloseReason, closed, commitFailed, connectFailed, opened, reclaimed, refused } from './events';
export type { Lease, Queryable } from './lease';
export type { DbPoolOptions, RouteTransactionOptions } from './options';
export { type AcquireOptions, Pool, type PoolStats } from './pool';
export type { PoolOptions } from './pool-options';
export type { Transaction, TransactionOptions } from './transaction';
