import type { FieldDef } from 'pg';
import type { Job, QueryResult, TransactionState } from '../driver';
import type { ConnectionLostError } from '../errors';
import type { PreparedStatements } from './prepared';
import type { ReadRow } from './row-reader';

/** What a query needs of the connection that it is on. */
export interface PgSession {
  readonly prepared: PreparedStatements;
  /** Whether statements may stay prepared. */
  readonly prepares: boolean;
  readonly transaction: TransactionState;
  rowReader(fields: readonly FieldDef[]): ReadRow;
  /** Holds back what is written until the end of the turn. */
  cork(): void;
  /** A job has ended. */
  settle(job: Job, error: unknown, result?: QueryResult): void;
  /** Sends a job once more. */
  rerun(job: Job): void;
  /** The connection is no more. */
  lose(cause: Error): ConnectionLostError;
}
