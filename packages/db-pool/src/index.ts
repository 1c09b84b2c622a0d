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
