import type { Dialect, QueryResult, Row } from './driver';
import { fromCaller, LeaseReleasedError } from './errors';
import type { MeasuredJob, Member } from './member';
import type { KnownStatement } from './statements';
import { type Transaction, type TransactionOptions, transact } from './transaction';

/** What takes a statement. */
export interface Queryable {
  /**
   * Runs one statement.
   * @param values for `$1`, `$2` and so on.
   */
  query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>>;
}

/** What a lease needs of the pool that it came from. */
export interface LeaseOwner<Native> {
  readonly dialect: Dialect;
  statementOf(text: string): KnownStatement;
  giveBack(lease: Lease<Native>): void;
  readonly coarseNow: number;
}

/** A connection that belongs to one caller until it is given back. */
export class Lease<Native = unknown> implements Queryable {
  /** Whether something may be left on the connection. */
  isDirty = false;
  usedMs: number;
  /** Called once, when it is given back or taken back. */
  onEnd: (() => void) | undefined;
  readonly sinceMs: number;
  readonly member: Member<Native>;
  readonly #owner: LeaseOwner<Native>;
  #over: string | undefined;

  constructor(member: Member<Native>, owner: LeaseOwner<Native>) {
    this.member = member;
    this.#owner = owner;
    this.sinceMs = owner.coarseNow;
    this.usedMs = this.sinceMs;
  }

  /** Where it was taken: a stack, if that was noted. */
  get place(): string | undefined {
    return (this as { stack?: string }).stack?.replace(/^.*\n/, '');
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /**
   * The client's own object, for cursors and COPY.
   * @throws {LeaseReleasedError} after its end. {Error} where it is first asked for while statements of this lease run: their answers would go
   * to the client's own.
   */
  get native(): Native {
    this.#check();
    const { connection, inFlight } = this.member;
    if (inFlight > 0 && connection.isPipelined)
      throw new Error('lease.native: a statement of this lease still runs');
    this.isDirty = true;
    this.usedMs = this.#owner.coarseNow;
    connection.isPipelined = false;
    return connection.native;
  }

  query<R extends object = Row>(text: string, values: readonly unknown[] = []): Promise<QueryResult<R>> {
    const result = new Promise<QueryResult>((resolve, reject) => {
      this.#check();
      const statement = this.#owner.statementOf(text);
      if (statement.kind === 'session') this.isDirty = true;
      this.member.send(new LeaseQuery(this, statement, values, resolve, reject));
    });
    return fromCaller(result as Promise<QueryResult<R>>);
  }

  /**
   * Runs a function in a transaction, which is committed where it resolves and rolled back where it rejects.
   * @throws what the function throws; {TransactionAbortedError} where one of its statements had failed.
   */
  transaction<Result>(
    run: (transaction: Transaction) => Result | Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    return transact({ lease: this, dialect: this.#owner.dialect, run, options });
  }

  /** Gives the connection back, once what runs on it has ended and with nothing left on it. A second call does nothing. */
  release(): void {
    this.end('given back');
  }

  /** @param how what an error says to whoever uses it afterwards. */
  end(how: string): void {
    if (this.#over) return;
    this.#over = how;
    this.#giveBack();
  }

  /**
   * Ends it at once, whatever its caller still does, and gives the connection back when `stop` has ended: an order to cancel that is on its way
   * must not reach the next one.
   */
  async endAfter(stop: () => Promise<void>, how: string): Promise<void> {
    if (this.#over) return;
    this.#over = how;
    await stop();
    this.#giveBack();
  }

  #giveBack(): void {
    this.onEnd?.();
    this.#owner.giveBack(this);
  }

  touch(): void {
    this.usedMs = this.#owner.coarseNow;
  }

  #check(): void {
    if (this.#over) throw new LeaseReleasedError(this.#over);
  }
}

class LeaseQuery implements MeasuredJob {
  constructor(
    readonly lease: Lease<never> | Lease<unknown>,
    readonly statement: KnownStatement,
    readonly values: readonly unknown[],
    readonly resolve: (result: QueryResult) => void,
    readonly reject: (error: unknown) => void,
  ) {}

  settle(error: unknown, result: QueryResult | undefined): void {
    this.lease.touch();
    if (error === undefined) this.resolve(result!);
    else this.reject(error);
  }
}
