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
  QueryTimeoutError,
  type RefusalCode,
  SessionNeededError,
  TransactionAbortedError,
  TransactionClosedError,
} from './errors';
export { type CloseReason, closed, connectFailed, opened, reclaimed, refused } from './events';
export type { Lease, Queryable } from './lease';
export { Pool, type PoolStats } from './pool';
export type { PoolOptions } from './pool-options';
export type { Transaction, TransactionOptions } from './transaction';
