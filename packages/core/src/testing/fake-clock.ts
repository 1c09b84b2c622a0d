import type { Clock } from '../clock';

/** Time that stands still until a test moves it. Hand `clock.now` to whatever takes a clock. */
export class FakeClock {
  #now: number;

  /** @param start milliseconds. @default 0 */
  constructor(start = 0) {
    this.#now = start;
  }

  readonly now: Clock = () => this.#now;

  advance(ms: number): void {
    this.#now += ms;
  }
}
