import type { QueryResult, Row } from './driver';
import type { Lease, Queryable } from './lease';
import type { Transaction, TransactionOptions } from './transaction';

/** The database, as one request has it. Nothing is held for a request that asks nothing. */
export interface Database<Native = unknown> extends Queryable {
  /**
   * Runs one statement: on a connection that others use too, or, where it may leave something behind, on one that this request then keeps.
   * In a transaction of this request it is part of that.
   * @param values for `$1`, `$2` and so on.
   * @throws {PoolRefusedError} where there is no connection for it: a 503 with Retry-After.
   * @throws {QueryAbortedError} where the client has left, or the request's deadline has passed.
   * @throws {TransactionClosedError} after the head, where the route is a transaction.
   */
  query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>>;
  /**
   * Runs a function in a transaction, which is committed where it resolves and rolled back where it rejects; whatever this request asks meanwhile
   * is part of it. Within another one of this request it is a savepoint, and only the options of that one count.
   */
  transaction<Result>(
    run: (transaction: Transaction) => Result | Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /** A connection for this request alone, given back at the end of the response at the latest. */
  acquire(): Promise<Lease<Native>>;
}
