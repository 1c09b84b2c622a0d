const PERIOD_MS = 1_000;

/** How much is refused and served, over the last second or two. */
export class Rates {
  #begunMs: number;
  #served = 0;
  #refused = 0;
  #servedBefore = 0;
  #refusedBefore = 0;

  constructor(nowMs: number) {
    this.#begunMs = nowMs;
  }

  serve(nowMs: number): void {
    this.#roll(nowMs);
    this.#served++;
  }

  refuse(nowMs: number): void {
    this.#roll(nowMs);
    this.#refused++;
  }

  isShedding(nowMs: number): boolean {
    this.#roll(nowMs);
    return this.#refused + this.#refusedBefore > 0;
  }

  /** Of all that came, the part that was refused: 0 to 1. */
  refusedShare(nowMs: number): number {
    this.#roll(nowMs);
    const refused = this.#refused + this.#refusedBefore;
    return refused === 0 ? 0 : refused / (refused + this.#served + this.#servedBefore);
  }

  /**
   * Seconds in which all who were refused could be served, at the rate at which requests are.
   * @param running requests that will soon have been.
   */
  drainSeconds(nowMs: number, running: number): number {
    this.#roll(nowMs);
    return (this.#refused + this.#refusedBefore) / Math.max(1, this.#served + this.#servedBefore + running);
  }

  #roll(nowMs: number): void {
    const ageMs = nowMs - this.#begunMs;
    if (ageMs >= 0 && ageMs < PERIOD_MS) return;
    const isNext = ageMs >= 0 && ageMs < 2 * PERIOD_MS;
    this.#servedBefore = isNext ? this.#served : 0;
    this.#refusedBefore = isNext ? this.#refused : 0;
    this.#served = this.#refused = 0;
    this.#begunMs = isNext ? this.#begunMs + PERIOD_MS : nowMs;
  }
}
