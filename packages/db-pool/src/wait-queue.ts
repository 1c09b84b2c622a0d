import { load } from '@spillway/core';
import { PoolRefusedError, type RefusalCode } from './errors';
import { refused } from './events';
import type { PoolSettings } from './pool-options';
import { ServiceRate } from './service-rate';
import type { LeaseWaiter, SharedQuery } from './waiters';
import { type Waiter, WaitingLine } from './waiting-line';

/** Weight of the last lease in how long one is held. */
const LEARNING = 0.2;

/** What is expected changes: nobody is to be let in and refused a moment later. */
const CAUTION = 0.8;

/** What is waited for. */
export interface Seats {
  /** Connections that are open. */
  readonly all: readonly unknown[];
  /** Why the database can't be reached; undefined where it can. */
  readonly fault: unknown;
}

type QueueSettings = Pick<PoolSettings<unknown>, 'acquireTimeoutMs' | 'max' | 'maxWaiting' | 'name'>;

/** Who waits for a connection, in two lines: for a share of one, and for one of one's own. Bounded in number and in time. */
export class WaitQueue<Native> {
  readonly queries = new WaitingLine<SharedQuery>();
  readonly leases = new WaitingLine<LeaseWaiter<Native>>();
  readonly #settings: QueueSettings;
  readonly #seats: Seats;
  readonly #source: string;
  readonly #rate = new ServiceRate();
  /** Milliseconds that a lease is held, as seen. */
  #holdMs = 0;
  #level = 0;

  constructor(settings: QueueSettings, seats: Seats) {
    this.#settings = settings;
    this.#seats = seats;
    this.#source = `db-pool:${settings.name}`;
  }

  get count(): number {
    return this.queries.count + this.leases.count;
  }

  /** Milliseconds that a lease is expected to be held. */
  get holdMs(): number {
    return this.#holdMs;
  }

  /** A lease has been held for so long. */
  noteHold(heldMs: number): void {
    this.#holdMs += (heldMs - this.#holdMs) * (this.#holdMs === 0 ? 1 : LEARNING);
  }

  /** Somebody is served, whether or not he had to wait. */
  noteServed(): void {
    this.#rate.serve();
  }

  /**
   * Milliseconds that one more would wait: as fast as others are being served; else by what they are going to cost, on as many connections as
   * there may be.
   */
  get expectedWaitMs(): number {
    const { workMs } = this.queries;
    return this.#rate.waitMs(this.count) ?? (workMs + this.leases.workMs) / this.#settings.max;
  }

  /** Refuses whom there is no room or no time for. @returns whether he may wait. */
  admit(waiter: Waiter): boolean {
    const { max, maxWaiting, acquireTimeoutMs } = this.#settings;
    // A connection that has yet to be opened isn't waited for until others have it.
    const unopened = max - this.#seats.all.length;
    if (this.count >= maxWaiting + unopened) return this.refuse(waiter, 'ERR_POOL_FULL');
    return this.expectedWaitMs <= acquireTimeoutMs * CAUTION || this.refuse(waiter, 'ERR_POOL_BUSY');
  }

  /** @param waiter one that stands in no line. */
  refuse(waiter: Waiter, code: RefusalCode): false {
    const waiting = this.count;
    if (refused.hasSubscribers) refused.publish({ pool: this.#settings.name, code, waiting });
    // By chance later: all come back at another time.
    const retryAfterMs = this.expectedWaitMs * (1 + Math.random());
    waiter.refuse(new PoolRefusedError(code, retryAfterMs, waiting, this.#seats.fault));
    return false;
  }

  /** Refuses all who wait. */
  close(): void {
    for (const line of this.#lines)
      while (line.oldest) this.#turnAway(line, line.oldest, 'ERR_POOL_DRAINING');
    this.#report(0);
  }

  /** Refuses who has waited too long, or would, and tells the process how long one waits. */
  look(nowMs: number): void {
    this.#rate.look(nowMs, this.count > 0);
    for (const line of this.#lines) this.#refuseLate(line, nowMs);
    this.#refuseHopeless();
    this.#report(Math.min(1, this.expectedWaitMs / this.#settings.acquireTimeoutMs));
  }

  get #lines(): readonly WaitingLine<Waiter>[] {
    return [this.queries, this.leases] as readonly WaitingLine<Waiter>[];
  }

  #refuseLate(line: WaitingLine<Waiter>, nowMs: number): void {
    const { acquireTimeoutMs } = this.#settings;
    const code = this.#seats.fault === undefined ? 'ERR_POOL_TIMEOUT' : 'ERR_POOL_DOWN';
    for (let { oldest } = line; oldest && nowMs - oldest.sinceMs >= acquireTimeoutMs; { oldest } = line)
      this.#turnAway(line, oldest, code);
  }

  /** What was slower than it was taken for makes the wait of those in line longer: who came last is told now, not at his end. */
  #refuseHopeless(): void {
    const { queries, leases } = this;
    queries.weigh(({ statement }) => statement.provenCostMs);
    leases.weigh(() => this.#holdMs);
    while (this.expectedWaitMs > this.#settings.acquireTimeoutMs) {
      const line = (queries.workMs > leases.workMs ? queries : leases) as WaitingLine<Waiter>;
      this.#turnAway(line, line.newest!, 'ERR_POOL_BUSY');
    }
  }

  #turnAway(line: WaitingLine<Waiter>, waiter: Waiter, code: RefusalCode): void {
    line.remove(waiter);
    this.refuse(waiter, code);
  }

  #report(level: number): void {
    if (level === this.#level) return;
    this.#level = level;
    load.report(this.#source, level, `callers wait for a connection of pool ${this.#settings.name}`);
  }
}
