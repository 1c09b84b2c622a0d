/** Milliseconds over which it is averaged: a pause of the process must not look like a database that stands still. */
const WINDOW_MS = 500;
/** Milliseconds that a crowd has to last before anything is said of it: the first of many are slowed down by all that come at once. */
const LEARN_MS = 100;
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
  /** How many were served since then. */
  #servedSince = 0;
  #lookedMs = 0;
  #served = 0;

  /** Somebody is served, whether or not he had to wait. */
  serve(): void {
    this.#served++;
  }

  /** To be called again and again. @param isCrowded whether somebody waits. */
  look(nowMs: number, isCrowded: boolean): void {
    const spanMs = nowMs - this.#lookedMs;
    if (isCrowded && this.#sinceMs !== undefined) this.#learn(nowMs, spanMs, this.#sinceMs);
    else {
      this.#sinceMs = isCrowded ? nowMs : undefined;
      this.#servedSince = 0;
      // Whoever waited has been served: after a standstill that is the first to tell that it is over.
      if (this.#perMs !== undefined && spanMs > 0) this.#perMs = Math.max(this.#perMs, this.#served / spanMs);
      if (nowMs - this.#learnedMs > FORGET_MS) this.#perMs = undefined;
    }
    this.#lookedMs = nowMs;
    this.#served = 0;
  }

  #learn(nowMs: number, spanMs: number, sinceMs: number): void {
    this.#servedSince += this.#served;
    if (spanMs <= 0) return;
    if (this.#perMs !== undefined)
      this.#perMs += (this.#served / spanMs - this.#perMs) * (1 - Math.exp(-spanMs / WINDOW_MS));
    else if (this.#servedSince > 0 && nowMs - sinceMs >= LEARN_MS)
      this.#perMs = this.#servedSince / (nowMs - sinceMs);
    else return;
    this.#learnedMs = nowMs;
  }

  /** Milliseconds until so many are served; undefined where nobody can tell. */
  waitMs(count: number): number | undefined {
    return this.#perMs === undefined ? undefined : count / this.#perMs;
  }
}
