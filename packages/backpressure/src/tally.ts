import type { Interval } from './limit';

/** Adds up what happens at a gate, from one interval to the next. */
export class Tally {
  #begunMs: number;
  #seenMs: number;
  #completed = 0;
  /** Milliseconds, of all who ran. */
  #ranMs = 0;
  /** Milliseconds, of all who have ended. */
  #latencyMs = 0;
  #entered = 0;
  #hindered = 0;

  constructor(nowMs: number) {
    this.#begunMs = this.#seenMs = nowMs;
  }

  get completed(): number {
    return this.#completed;
  }

  ageMs(nowMs: number): number {
    return nowMs - this.#begunMs;
  }

  /** Says what was until now; to be called before it changes. */
  see(nowMs: number, running: number): void {
    const passedMs = nowMs - this.#seenMs;
    this.#seenMs = nowMs;
    // A clock that jumps back makes no time, and the interval goes back with it.
    if (passedMs < 0) this.#begunMs += passedMs;
    else this.#ranMs += running * passedMs;
  }

  /** Nobody ran until now. Whether that was so long that it counts as no time: a pause tells nothing of those who come after it. */
  pause(nowMs: number, leastMs: number): boolean {
    const passedMs = nowMs - this.#seenMs;
    if (passedMs < leastMs) return false;
    this.#begunMs += passedMs;
    this.#seenMs = nowMs;
    return true;
  }

  /** One has ended that ran so long. */
  complete(latencyMs: number): void {
    this.#completed++;
    this.#latencyMs += latencyMs;
  }

  /** One came, and found a slot or none. */
  come(isFree: boolean): void {
    if (isFree) this.#entered++;
    else this.#hindered++;
  }

  /** What was seen, and begins anew. */
  take(nowMs: number): Interval {
    const durationMs = this.ageMs(nowMs);
    const interval = {
      durationMs,
      completed: this.#completed,
      // By Little's law it is `ranMs`, which counts those who still run: too little where ever fewer run, as those who ended tell.
      latencyMs:
        this.#completed === 0
          ? Number.POSITIVE_INFINITY
          : Math.max(this.#ranMs, this.#latencyMs) / this.#completed,
      limited: this.#hindered > this.#entered,
    };
    this.#begunMs = nowMs;
    this.#completed = this.#ranMs = this.#latencyMs = this.#entered = this.#hindered = 0;
    return interval;
  }
}
