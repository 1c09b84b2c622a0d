import type { Clock } from '@spillway/core';
import { Connections } from './connections';
import type { Dialect, QueryResult, Row } from './driver';
import { ConnectionLostError, fromCaller, SessionNeededError } from './errors';
import { reclaimed } from './events';
import { Lease, type LeaseOwner, type Queryable } from './lease';
import type { Member } from './member';
import { type PoolOptions, type PoolSettings, poolSettings } from './pool-options';
import { type KnownStatement, Statements } from './statements';
import type { Transaction, TransactionOptions } from './transaction';
import { WaitQueue } from './wait-queue';
import { LeaseWaiter, SharedQuery, type SharedQueryOwner } from './waiters';
import type { Waiter, WaitingLine } from './waiting-line';

/** Milliseconds between two looks at who waits and what hangs. */
const LOOK_MS = 25;

/** What a pool is at. */
export interface PoolStats {
  /** Connections that are open. */
  readonly size: number;
  readonly opening: number;
  readonly max: number;
  readonly leased: number;
  /** Statements that are on connections. */
  readonly inFlight: number;
  /** Callers that wait for a connection. */
  readonly waiting: number;
  /** Milliseconds that one more caller would wait, as far as anybody can tell. */
  readonly expectedWaitMs: number;
  readonly isDraining: boolean;
}

export interface AcquireOptions {
  /** Ends the wait. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Connections to a database. Statements that leave nothing behind share them; what needs one of its own gets a lease.
 */
export class Pool<Native = unknown> implements Queryable, LeaseOwner<Native>, SharedQueryOwner {
  /** What events and the load signal call it. */
  readonly name: string;
  readonly now: Clock;
  readonly dialect: Dialect;
  readonly #settings: PoolSettings<Native>;
  readonly #statements: Statements;
  readonly #connections: Connections<Native>;
  readonly #queue: WaitQueue<Native>;
  #tracesLeases: boolean;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #onQuiet: (() => void) | undefined;

  /** @throws {OptionError} naming the option that is wrong. */
  constructor(options: PoolOptions<Native>) {
    const settings = poolSettings(options);
    this.#settings = settings;
    this.#tracesLeases = settings.traceLeases;
    this.name = settings.name;
    this.now = settings.now;
    this.dialect = settings.driver.dialect;
    this.#statements = new Statements(settings.maxStatements, this.dialect.kindOf);
    this.#connections = new Connections(settings, this.#statements, () => this.#onFree());
    this.#queue = new WaitQueue(settings, this.#connections);
  }

  /**
   * Runs one statement on a connection that others use too.
   * @param values for `$1`, `$2` and so on.
   * @throws {SessionNeededError} where the statement may leave something on the connection.
   * @throws {PoolRefusedError} where there is no connection for it.
   * @throws {ConnectionLostError} where the connection died meanwhile.
   */
  query<R extends object = Row>(text: string, values: readonly unknown[] = []): Promise<QueryResult<R>> {
    const result = new Promise<QueryResult>((resolve, reject) =>
      this.submit(new SharedQuery(this, this.statementOf(text), values, resolve, reject)),
    );
    return fromCaller(result as Promise<QueryResult<R>>);
  }

  /**
   * A connection for one caller, to be given back by `release()`.
   * @throws {PoolRefusedError} where there is none; the signal's reason where it aborts before there is one.
   */
  acquire({ signal }: AcquireOptions = {}): Promise<Lease<Native>> {
    const member = this.#draining || this.#queue.leases.count > 0 ? undefined : this.#connections.idle();
    if (signal?.aborted) return Promise.reject(signal.reason);
    return member ? Promise.resolve(this.#lend(member)) : this.#granted(signal);
  }

  #granted(signal: AbortSignal | undefined): Promise<Lease<Native>> {
    let dismiss = (): void => {};
    const granted = new Promise<Lease<Native>>((grant, refuse) => {
      const waiter = new LeaseWaiter(this.now(), this.#queue.holdMs, grant, refuse);
      dismiss = () => {
        if (!waiter.isWaiting) return;
        this.#queue.leases.remove(waiter);
        refuse(signal!.reason);
      };
      if (this.#admit(waiter)) this.#wait(this.#queue.leases, waiter);
    });
    if (!signal) return granted;
    signal.addEventListener('abort', dismiss);
    return granted.finally(() => signal.removeEventListener('abort', dismiss));
  }

  /**
   * Runs a function in a transaction, on a connection of its own.
   * @throws what the function throws, and what `acquire()` and `Lease.transaction` throw.
   */
  async transaction<Result>(
    run: (transaction: Transaction) => Result | Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result> {
    const lease = await this.acquire();
    try {
      return await lease.transaction(run, options);
    } finally {
      lease.release();
    }
  }

  /** Opens `min` connections. @throws why one can't be opened. */
  warmUp(): Promise<void> {
    const warm = this.#connections.warmUp();
    this.#watch();
    return warm;
  }

  /**
   * Takes no new callers, lets those that are here finish, and closes every connection.
   * @param timeoutMs after which nobody is waited for any more. @default 10_000
   */
  drain({ timeoutMs = 10_000 }: { readonly timeoutMs?: number } = {}): Promise<void> {
    this.#draining ??= this.#drain(timeoutMs);
    return this.#draining;
  }

  stats(): PoolStats {
    const { all, opening } = this.#connections;
    return {
      size: all.length,
      opening,
      max: this.#settings.max,
      leased: all.filter(({ lease }) => lease !== undefined).length,
      inFlight: all.reduce((sum, { inFlight }) => sum + inFlight, 0),
      waiting: this.#queue.count,
      expectedWaitMs: this.#queue.expectedWaitMs,
      isDraining: this.#draining !== undefined,
    };
  }

  /** A statement as this pool knows it. @throws {TypeError} where the text is none. */
  statementOf(text: string): KnownStatement {
    return this.#statements.of(text);
  }

  /** Sends a query, or lets it wait. @throws {SessionNeededError} as `query` does. */
  submit(query: SharedQuery): void {
    const { kind, text } = query.statement;
    if (kind === 'session' || kind === 'transaction') throw new SessionNeededError(text);
    const member = this.#draining || this.#queue.queries.count > 0 ? undefined : this.#connections.sharable();
    if (member) return this.#send(query, member);
    query.sinceMs = this.now();
    query.costMs = query.statement.provenCostMs;
    if (this.#admit(query)) this.#wait(this.#queue.queries, query);
  }

  /** Nobody wants the result of a query any more: it fails at once, and is stopped where it is alone on its connection. */
  abandon(query: SharedQuery, error: unknown): void {
    query.isAbandoned = true;
    query.reject(error);
    if (query.isWaiting) this.#queue.queries.remove(query);
    const member = query.member as Member<Native> | undefined;
    if (member?.state === 'shared' && member.inFlight === 1) void this.#connections.stop(member);
  }

  /** Takes a lease back, and stops what runs on it. @param how what an error says to whoever uses it afterwards. */
  interrupt(lease: Lease<Native>, how: string): Promise<void> {
    return lease.endAfter(() => this.#connections.cancel(lease.member), how);
  }

  giveBack(lease: Lease<Native>): void {
    const { member, isDirty, sinceMs } = lease;
    member.lease = undefined;
    this.#queue.noteHold(this.coarseNow - sinceMs);
    if (member.state === 'closing') return;
    if (isDirty || member.inFlight > 0 || member.connection.transaction !== 'none')
      void this.#connections.clean(member, isDirty);
    else this.#connections.free(member);
  }

  retry(query: SharedQuery, error: unknown): boolean {
    if (this.#connections.isClosed || !(error instanceof ConnectionLostError)) return false;
    if (error.mayHaveRun) {
      if (!this.#settings.retryReads || query.isRepeated || query.statement.kind !== 'read') return false;
      query.isRepeated = true;
    }
    const now = this.now();
    // However often it is lost: it waits no longer than others do.
    if (query.lostMs === undefined) query.sinceMs = now;
    // What ends one connection often ends others that seem to be well: it wants one that was opened since.
    query.lostMs = now;
    this.#wait(this.#queue.queries, query);
    return true;
  }

  /** The time as of the last look: what is counted in seconds needs no clock of its own. */
  get coarseNow(): number {
    return this.#connections.lookedMs;
  }

  #lend(member: Member<Native>): Lease<Native> {
    this.#queue.noteServed();
    this.#connections.lend(member);
    const lease = new Lease(member, this);
    member.lease = lease;
    if (this.#tracesLeases) Error.captureStackTrace(lease, this.acquire);
    return lease;
  }

  #send(query: SharedQuery, member: Member<Native>): void {
    this.#queue.noteServed();
    this.#connections.use(member);
    query.member = member;
    member.send(query);
  }

  #admit(waiter: Waiter): boolean {
    return this.#draining ? this.#queue.refuse(waiter, 'ERR_POOL_DRAINING') : this.#queue.admit(waiter);
  }

  #wait<W extends Waiter>(line: WaitingLine<W>, waiter: W): void {
    line.add(waiter);
    this.#watch();
    this.#pump();
  }

  #onFree(): void {
    if (this.#queue.count > 0) this.#pump();
    if (this.#onQuiet && this.#isQuiet) this.#onQuiet();
  }

  /** Serves who has waited longest; where his kind can't be served now, who has waited longest of the other. */
  #pump(): void {
    const { queries, leases } = this.#queue;
    for (;;) {
      const query = queries.oldest;
      const lease = leases.oldest;
      const isLeaseFirst = lease !== undefined && (query === undefined || lease.sinceMs <= query.sinceMs);
      const isServed = isLeaseFirst
        ? this.#grant(lease) || this.#dispatch(query)
        : this.#dispatch(query) || this.#grant(lease);
      if (!isServed) break;
    }
    this.#connections.reserve(leases.count > 0);
    if (this.#queue.count > 0) this.#connections.grow(this.#queue.count);
  }

  #grant(waiter: LeaseWaiter<Native> | undefined): boolean {
    const member = waiter && this.#connections.idle();
    if (!member) return false;
    this.#queue.leases.remove(waiter);
    waiter.grant(this.#lend(member));
    return true;
  }

  #dispatch(query: SharedQuery | undefined): boolean {
    const member = query && this.#connections.sharable(query.lostMs);
    if (!member) return false;
    this.#queue.queries.remove(query);
    this.#send(query, member);
    return true;
  }

  #watch(): void {
    if (this.#timer) return;
    this.#timer = setInterval(() => this.#look(), LOOK_MS).unref();
    this.#connections.look();
  }

  #look(): void {
    const now = this.#connections.look();
    this.#queue.look(now);
    this.#reclaim(now);
    if (this.#queue.count > 0 || this.#connections.areWanted) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #reclaim(now: number): void {
    const { leakAfterMs } = this.#settings;
    for (const { lease, inFlight } of this.#connections.all) {
      if (!lease || inFlight > 0 || now - lease.usedMs < leakAfterMs) continue;
      // Where one is leaked more will be: from now on each knows its place.
      this.#tracesLeases = true;
      if (reclaimed.hasSubscribers)
        reclaimed.publish({ pool: this.name, heldMs: now - lease.sinceMs, place: lease.place });
      lease.end(`taken back: it has run nothing for ${leakAfterMs} ms`);
    }
  }

  get #isQuiet(): boolean {
    return this.#queue.count === 0 && this.#connections.areQuiet;
  }

  async #drain(timeoutMs: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onQuiet = () => {
        clearTimeout(timer);
        resolve();
      };
      if (this.#isQuiet) this.#onQuiet();
    });
    clearInterval(this.#timer);
    this.#queue.close();
    await this.#connections.close();
  }
}
