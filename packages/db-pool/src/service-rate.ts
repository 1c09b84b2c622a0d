/** Milliseconds over which it is averaged: a pause of the process must not look like a database that stands still. */
const WINDOW_MS = 500;
/** Milliseconds after which what was seen says nothing of the next crowd. */
const FORGET_MS = 1_000;

/** How fast those who wait are served, while there are any. */
export class ServiceRate {
  #perMs: number | undefined;
  #lookedMs: number | undefined;
  #crowdedMs = Number.NEGATIVE_INFINITY;
  #served = 0;

  /** Somebody who waited is served. */
  serve(): void {
    this.#served++;
  }

  /** To be called again and again. @param isCrowded whether somebody waits. */
  look(nowMs: number, isCrowded: boolean): void {
    const sinceMs = this.#lookedMs;
    if (sinceMs !== undefined && nowMs > sinceMs && this.#served > 0) this.#learn(nowMs - sinceMs);
    // Time counts only where somebody waited through it.
    this.#lookedMs = isCrowded || this.#served > 0 ? nowMs : undefined;
    if (isCrowded) this.#crowdedMs = nowMs;
    else if (nowMs - this.#crowdedMs > FORGET_MS) this.#perMs = undefined;
    this.#served = 0;
  }

  #learn(spanMs: number): void {
    const seen = this.#served / spanMs;
    const before = this.#perMs;
    this.#perMs =
      before === undefined ? seen : before + (seen - before) * (1 - Math.exp(-spanMs / WINDOW_MS));
  }

  /** Milliseconds until so many are served; undefined where nobody can tell. */
  waitMs(count: number): number | undefined {
    return this.#perMs === undefined ? undefined : count / this.#perMs;
  }
}
