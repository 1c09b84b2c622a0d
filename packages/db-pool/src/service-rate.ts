/** Milliseconds over which it is averaged: a pause of the process must not look like a database that stands still. */
const WINDOW_MS = 500;
/** Milliseconds after which what was seen says nothing of the next crowd. */
const FORGET_MS = 1_000;

/** How fast those who wait are served, while there are any. */
export class ServiceRate {
  #perMs: number | undefined;
  /** Since when somebody has been waiting, and when that was seen last. */
  #sinceMs: number | undefined;
  #lookedMs = Number.NEGATIVE_INFINITY;
  #served = 0;

  /** Somebody who waited is served. */
  serve(): void {
    this.#served++;
  }

  /** To be called again and again. @param isCrowded whether somebody waits. */
  look(nowMs: number, isCrowded: boolean): void {
    if (isCrowded || this.#served > 0) this.#learn(nowMs);
    else if (nowMs - this.#lookedMs > FORGET_MS) this.#forget();
  }

  #learn(nowMs: number): void {
    const before = this.#perMs;
    if (this.#sinceMs === undefined) this.#sinceMs = nowMs;
    else if (before !== undefined) {
      const spanMs = nowMs - this.#lookedMs;
      const gain = 1 - Math.exp(-spanMs / WINDOW_MS);
      if (spanMs > 0) this.#perMs = before + (this.#served / spanMs - before) * gain;
    } else if (this.#served > 0 && nowMs > this.#sinceMs)
      this.#perMs = this.#served / (nowMs - this.#sinceMs);
    this.#lookedMs = nowMs;
    this.#served = 0;
  }

  #forget(): void {
    this.#perMs = undefined;
    this.#sinceMs = undefined;
  }

  /** Milliseconds until so many are served; undefined where nobody can tell. */
  waitMs(count: number): number | undefined {
    return this.#perMs === undefined ? undefined : count / this.#perMs;
  }
}
