import { FakeClock } from '@spillway/core/testing';

/** Time that a test moves: of the clock, and of timers. */
export class FakeTime {
  readonly #clock = new FakeClock();
  readonly now = this.#clock.now;

  constructor() {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
  }

  /** Moves it, with all that is due on the way. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      const step = Math.min(left, STEP_MS);
      this.#clock.advance(step);
      await jest.advanceTimersByTimeAsync(step);
    }
    await settled();
  }
}

const STEP_MS = 5;

/** What is due without time passing has happened. */
export const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
