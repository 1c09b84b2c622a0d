import { LinkedList } from '@spillway/core';
import { CRITICAL, LEVELS, type Level, SHEDDABLE } from './level';
import type { Visit } from './visit';

/** How long one waits. */
export interface Patience {
  /** Milliseconds while the queue was empty a short time ago. */
  readonly usualMs: number;
  /** Milliseconds in a queue that stands. */
  readonly standingMs: number;
}

/** CoDel's interval and target (RFC 8289, 4.2 and 4.3). */
export const CODEL: Patience = { usualMs: 100, standingMs: 5 };

/**
 * A queue by levels. One that has not been empty for as long as its usual patience stands: it won't go away by itself, so
 * that waiting in it only makes everybody late. Then patience is short and the newest goes first (Maurer, "Fail at Scale", ACM Queue
 * 13.8, 2015).
 */
export class WaitingQueue {
  readonly #patience: Patience;
  readonly #levels = LEVELS.map(() => new LinkedList<Visit>());
  #length = 0;
  #filledMs = 0;
  /** When the first one is of no use any more, at the soonest. */
  #soonestMs = Number.POSITIVE_INFINITY;
  /** Whether the queue is known to come back, though it is empty at times. */
  comesBack = false;

  constructor(patience: Patience) {
    this.#patience = patience;
  }

  get length(): number {
    return this.#length;
  }

  isStanding(nowMs: number): boolean {
    return this.#length > 0 && (this.comesBack || nowMs - this.#filledMs >= this.#patience.usualMs);
  }

  add(waiter: Visit): void {
    if (this.#length === 0) this.#filledMs = waiter.sinceMs;
    this.#levels[waiter.level]!.add(waiter);
    this.#length++;
    if (waiter.untilMs < this.#soonestMs) this.#soonestMs = waiter.untilMs;
  }

  remove(waiter: Visit): void {
    this.#levels[waiter.level]!.remove(waiter);
    this.#length--;
  }

  /** The level that is served next; undefined where nobody waits. */
  get mostUrgent(): Level | undefined {
    return this.#length === 0 ? undefined : LEVELS.find((level) => this.#levels[level]!.oldest);
  }

  /** Who is next, taken out. */
  next(nowMs: number): Visit | undefined {
    const newestFirst = this.#isShort() && this.isStanding(nowMs);
    for (const list of this.#levels) {
      const waiter = newestFirst ? list.newest : list.oldest;
      if (waiter) return this.#taken(waiter);
    }
    return undefined;
  }

  /** Who makes room for a newcomer, taken out: the oldest who is less urgent or, where the newest goes first, as urgent. */
  yielding(level: Level, nowMs: number): Visit | undefined {
    const last = this.#isShort() && this.isStanding(nowMs) ? level : level + 1;
    for (let other: number = SHEDDABLE; other >= last; other--) {
      const { oldest } = this.#levels[other]!;
      if (oldest) return this.#taken(oldest);
    }
    return undefined;
  }

  /** Somebody who has waited too long, taken out. */
  expired(nowMs: number): Visit | undefined {
    for (const level of LEVELS) {
      const { oldest } = this.#levels[level]!;
      if (!oldest) continue;
      const waitedMs = nowMs - oldest.sinceMs;
      // Less than none where the clock has jumped back: then nobody knows.
      if (waitedMs < 0 || waitedMs >= this.patienceMs(level, nowMs)) return this.#taken(oldest);
    }
    return nowMs < this.#soonestMs ? undefined : this.#useless(nowMs);
  }

  /** Most have no deadline, and then nobody is looked at. */
  #useless(nowMs: number): Visit | undefined {
    let soonestMs = Number.POSITIVE_INFINITY;
    for (const { oldest } of this.#levels) {
      for (let waiter = oldest; waiter; waiter = waiter.newer) {
        if (waiter.untilMs <= nowMs) return this.#taken(waiter);
        soonestMs = Math.min(soonestMs, waiter.untilMs);
      }
    }
    this.#soonestMs = soonestMs;
    return undefined;
  }

  /** Milliseconds until the next one will have waited too long; undefined where nobody waits. */
  expiresInMs(nowMs: number): number | undefined {
    if (this.#length === 0) return undefined;
    const left = LEVELS.map((level) => {
      const { oldest } = this.#levels[level]!;
      return oldest ? oldest.sinceMs + this.patienceMs(level, nowMs) - nowMs : Number.POSITIVE_INFINITY;
    });
    return Math.max(0, Math.min(...left, this.#soonestMs - nowMs));
  }

  /** Milliseconds that one of a level waits, as things are. */
  patienceMs(level: Level, nowMs: number): number {
    const { usualMs, standingMs } = this.#patience;
    return level !== CRITICAL && this.isStanding(nowMs) ? standingMs : usualMs;
  }

  #isShort(): boolean {
    return this.#patience.standingMs < this.#patience.usualMs;
  }

  #taken(waiter: Visit): Visit {
    this.remove(waiter);
    return waiter;
  }
}
