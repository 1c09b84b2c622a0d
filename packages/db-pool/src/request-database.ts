import { onClosed, signalOf, timeLeftOf } from '@spillway/core';
import type { Database } from './database';
import type { QueryResult, Row, TransactionMode } from './driver';
import { fromCaller, QueryAbortedError } from './errors';
import type { Lease } from './lease';
import type { Pool } from './pool';
import { RouteTransaction } from './route-transaction';
import { Session } from './session';
import { checkTransactionOptions, Transaction, type TransactionOptions, transact } from './transaction';
import { SharedQuery } from './waiters';

/** What one request has of a pool. */
export class RequestDatabase<Native> implements Database<Native> {
  readonly pool: Pool<Native>;
  /** That of another pool on the same request. */
  readonly outer: RequestDatabase<unknown> | undefined;
  readonly #request: object;
  /** What it has under way, from its first statement on: most requests of most applications ask nothing. */
  #held: Held<Native> | undefined;
  #session: Session<Native> | undefined;
  #route: RouteTransaction<Native> | undefined;
  #opening: Promise<unknown> | undefined;
  #hasDeadline = false;
  #isEnded = false;
  #fault: QueryAbortedError | undefined;

  constructor(pool: Pool<Native>, request: object, outer: RequestDatabase<unknown> | undefined) {
    this.pool = pool;
    this.#request = request;
    this.outer = outer;
  }

  /** Makes the whole request a transaction. A second call changes nothing: a route in a route is part of it. @returns whether it was the first. */
  beginRoute(mode: TransactionMode): RouteTransaction<Native> | undefined {
    if (this.#route) return undefined;
    this.#route = new RouteTransaction(this, mode);
    return this.#route;
  }

  query<R extends object = Row>(text: string, values: readonly unknown[] = []): Promise<QueryResult<R>> {
    if (this.#fault) return Promise.reject(this.#fault);
    const owner = this.#route ?? this.#held?.open.at(-1) ?? this.#session;
    return owner ? owner.query<R>(text, values) : fromCaller(this.#query<R>(text, values));
  }

  #query<R extends object>(text: string, values: readonly unknown[]): Promise<QueryResult<R>> {
    return new Promise((resolve, reject) => {
      const { queries } = this.#underWay();
      if (this.#fault) throw this.#fault;
      const statement = this.pool.statementOf(text);
      if (statement.kind === 'session' || statement.kind === 'transaction')
        return resolve(this.#openSession().query<R>(text, values));
      const settled = () => queries.delete(query);
      const query: SharedQuery = new SharedQuery(
        this.pool,
        statement,
        values,
        (result) => {
          settled();
          resolve(result as QueryResult<R>);
        },
        (error) => {
          settled();
          reject(error);
        },
      );
      queries.add(query);
      this.pool.submit(query);
    });
  }

  #openSession(): Session<Native> {
    this.#session = new Session(this, () => {
      this.#session = undefined;
    });
    return this.#session;
  }

  async transaction<Result>(
    run: (transaction: Transaction) => Result | Promise<Result>,
    options: TransactionOptions = {},
  ): Promise<Result> {
    checkTransactionOptions(options);
    if (this.#fault) throw this.#fault;
    while (this.#opening) await this.#opening;
    const outer = this.#underWay().open.at(-1) ?? this.#route;
    if (outer) return outer.transaction((inner) => this.#within(inner, run));
    return this.#transact(run, options);
  }

  /** What runs in a transaction may take as long as the request has left, at most. */
  #limitMs({ timeoutMs = Number.POSITIVE_INFINITY }: TransactionOptions): number {
    return Math.max(1, Math.min(timeoutMs, this.leftMs));
  }

  async #transact<Result>(
    run: (transaction: Transaction) => Result | Promise<Result>,
    options: TransactionOptions,
  ): Promise<Result> {
    let onOpen = (): void => {};
    const opening = new Promise<void>((resolve) => {
      onOpen = () => {
        if (this.#opening === opening) this.#opening = undefined;
        resolve();
      };
    });
    this.#opening = opening;
    const runOpen = (transaction: Transaction) => {
      const result = this.#within(transaction, run);
      onOpen();
      return result;
    };
    try {
      return await this.#onLease((lease) => {
        // Begun by a text: that one is the outer one.
        if (lease.member.connection.transaction !== 'none')
          return new Transaction(lease).transaction(runOpen);
        const limited = { ...options, timeoutMs: this.#limitMs(options) };
        return transact({ lease, dialect: this.pool.dialect, options: limited, run: runOpen });
      });
    } finally {
      onOpen();
    }
  }

  /** On the connection that the request keeps already: to want another one as well is how a pool locks itself up. */
  async #onLease<Result>(run: (lease: Lease<Native>) => Promise<Result>): Promise<Result> {
    if (this.#session) return this.#session.use(run);
    const lease = await this.#lease(this.#underWay().transacting);
    try {
      return await run(lease);
    } finally {
      lease.release();
    }
  }

  /** Whatever this request asks meanwhile is part of that transaction. */
  async #within<Result>(
    transaction: Transaction,
    run: (transaction: Transaction) => Result | Promise<Result>,
  ): Promise<Result> {
    const { open } = this.#underWay();
    open.push(transaction);
    try {
      return await run(transaction);
    } finally {
      open.splice(open.indexOf(transaction), 1);
    }
  }

  async acquire(): Promise<Lease<Native>> {
    const lease = await this.hold();
    Error.captureStackTrace(lease, this.acquire);
    return lease;
  }

  /** A lease that is given back at the end of the response. */
  hold(): Promise<Lease<Native>> {
    return this.#lease(this.#underWay().leases);
  }

  /** Milliseconds until the request's deadline. */
  get leftMs(): number {
    return timeLeftOf(this.#request);
  }

  /** The response is over: what the request holds is given back. What was begun by hand may end by itself, if somebody is left to see it. */
  end(): void {
    this.#isEnded = true;
    for (const lease of this.#held?.leases ?? []) lease.release();
    this.#route?.rollback();
  }

  /** Nobody waits any more: what runs is stopped, what was begun is undone. */
  abort(reason: unknown): void {
    if (this.#fault) return;
    this.#fault = new QueryAbortedError(reason);
    const { queries, leases, transacting } = this.#underWay();
    for (const query of queries) this.pool.abandon(query, this.#fault);
    for (const lease of [...leases, ...transacting])
      void this.pool.interrupt(lease, 'taken back: its request is over');
  }

  /** A lease of a request whose response has ended is given back as soon as it is there. */
  async #lease(held: Set<Lease<Native>>): Promise<Lease<Native>> {
    if (this.#fault) throw this.#fault;
    const lease = await this.#granted(signalOf(this.#request));
    held.add(lease);
    lease.onEnd = () => held.delete(lease);
    if (this.#fault || (this.#isEnded && held === this.#held?.leases)) lease.release();
    return lease;
  }

  async #granted(signal: AbortSignal): Promise<Lease<Native>> {
    try {
      return await this.pool.acquire({ signal });
    } catch (error) {
      throw signal.aborted ? new QueryAbortedError(error) : error;
    }
  }

  /** What is under way; from the first time on the request's end is watched. */
  #underWay(): Held<Native> {
    this.#held ??= this.#watched();
    // A deadline may be set at any time, between two statements too.
    if (!this.#hasDeadline && this.leftMs < Number.POSITIVE_INFINITY) this.#watchDeadline();
    return this.#held;
  }

  #watched(): Held<Native> {
    const held: Held<Native> = { queries: new Set(), leases: new Set(), transacting: new Set(), open: [] };
    this.#held = held;
    onClosed(this.#request, (aborted) => {
      if (aborted) this.abort(new Error('The client has left'));
      else this.end();
    });
    return held;
  }

  #watchDeadline(): void {
    this.#hasDeadline = true;
    const signal = signalOf(this.#request);
    if (signal.aborted) this.abort(signal.reason);
    else signal.addEventListener('abort', () => this.abort(signal.reason), { once: true });
  }
}

/** What a request has under way. */
interface Held<Native> {
  readonly queries: Set<SharedQuery>;
  /** Given back at the end of the response. */
  readonly leases: Set<Lease<Native>>;
  /** Those of transactions that are run by hand: they end with their function. */
  readonly transacting: Set<Lease<Native>>;
  /** Transactions that were begun by hand, the innermost last. */
  readonly open: Transaction[];
}
