import type { QueryResult } from './driver';
import type { Lease } from './lease';
import type { MeasuredJob, Member } from './member';
import type { KnownStatement } from './statements';
import type { Waiter } from './waiting-line';

type Settle<Value> = (value: Value) => void;

/** Somebody who waits for a connection of his own. */
export class LeaseWaiter<Native> implements Waiter {
  older: Waiter | undefined;
  newer: Waiter | undefined;
  isWaiting = false;
  constructor(
    readonly sinceMs: number,
    public costMs: number,
    readonly grant: Settle<Lease<Native>>,
    readonly refuse: Settle<unknown>,
  ) {}
}

/** What a shared query tells its pool. */
export interface SharedQueryOwner {
  /** @returns whether the query is sent once more. */
  retry(query: SharedQuery, error: unknown): boolean;
}

/** A query on a connection that others use at the same time: it waits, is sent, and gives its result to whoever still wants it. */
export class SharedQuery implements Waiter, MeasuredJob {
  older: Waiter | undefined;
  newer: Waiter | undefined;
  sinceMs = 0;
  costMs = 0;
  /** Where it runs; undefined before and after. */
  member: Member | undefined;
  /** Whether it stands in a line. */
  isWaiting = false;
  /** Where its connection has died, when: it wants one that was opened since. */
  lostMs: number | undefined;
  /** Whether it is sent again, though it may have run. */
  isRepeated = false;
  /** Whether nobody wants its result any more. */
  isAbandoned = false;

  constructor(
    readonly owner: SharedQueryOwner,
    readonly statement: KnownStatement,
    readonly values: readonly unknown[],
    readonly resolve: Settle<QueryResult>,
    readonly reject: Settle<unknown>,
  ) {}

  refuse(error: unknown): void {
    this.reject(error);
  }

  settle(error: unknown, result: QueryResult | undefined): void {
    this.member = undefined;
    if (error === undefined) this.resolve(result!);
    else if (this.isAbandoned || !this.owner.retry(this, error)) this.reject(error);
  }
}
