import { FakeClock } from '@spillway/core/testing';

interface Moment {
  readonly atMs: number;
  readonly run: () => void;
}

/** Time that goes from one moment to the next, as fast as they can be worked off. */
export class Timeline {
  readonly #clock = new FakeClock();
  /** The next one last. */
  readonly #moments: Moment[] = [];

  readonly now = this.#clock.now;

  at(afterMs: number, run: () => void): void {
    const moment = { atMs: this.now() + afterMs, run };
    let i = this.#moments.length;
    while (i > 0 && this.#moments[i - 1]!.atMs <= moment.atMs) i--;
    this.#moments.splice(i, 0, moment);
  }

  runUntil(endMs: number): void {
    for (let next = this.#moments.at(-1); next && next.atMs <= endMs; next = this.#moments.at(-1)) {
      this.#moments.pop();
      this.#clock.advance(next.atMs - this.now());
      next.run();
    }
    this.#clock.advance(endMs - this.now());
  }
}
