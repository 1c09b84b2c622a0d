/** Milliseconds over which it is averaged: a pause of the process must not look like a database that stands still. */
const WINDOW_MS = 500;
/** Milliseconds after which what was seen says nothing of the next crowd. */
const FORGET_MS = 1_000;

/**
 * How fast callers are served while others wait. Where nobody waits it isn't known: then the rate is what they ask for, however much more
 * the pool could do.
 */
export class ServiceRate {
  #perMs: number | undefined;
  #learnedMs = Number.NEGATIVE_INFINITY;
  /** Since when somebody waits, as looks have seen it. */
  #sinceMs: number | undefined;
  #lookedMs = 0;
  #served = 0;

  /** Somebody is served, whether or not he had to wait. */
  serve(): void {
    this.#served++;
  }

  /** To be called again and again. @param isCrowded whether somebody waits. */
  look(nowMs: number, isCrowded: boolean): void {
    if (isCrowded && this.#sinceMs !== undefined) this.#learn(nowMs, this.#sinceMs);
    else {
      this.#sinceMs = isCrowded ? nowMs : undefined;
      // Whoever waited has been served: after a standstill that is the first to tell that it is over.
      if (this.#perMs !== undefined && nowMs > this.#lookedMs)
        this.#perMs = Math.max(this.#perMs, this.#served / (nowMs - this.#lookedMs));
      if (nowMs - this.#learnedMs > FORGET_MS) this.#perMs = undefined;
    }
    this.#lookedMs = nowMs;
    this.#served = 0;
  }

  #learn(nowMs: number, sinceMs: number): void {
    const before = this.#perMs;
    const spanMs = nowMs - this.#lookedMs;
    if (spanMs <= 0 || (before === undefined && this.#served === 0)) return;
    this.#learnedMs = nowMs;
    const gain = 1 - Math.exp(-spanMs / WINDOW_MS);
    this.#perMs =
      before === undefined
        ? this.#served / (nowMs - sinceMs)
        : before + (this.#served / spanMs - before) * gain;
  }

  /** Milliseconds until so many are served; undefined where nobody can tell. */
  waitMs(count: number): number | undefined {
    return this.#perMs === undefined ? undefined : count / this.#perMs;
  }
}
