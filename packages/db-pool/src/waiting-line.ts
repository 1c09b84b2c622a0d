import { type Link, LinkedList } from '@spillway/core';

/** Somebody who waits for a connection. */
export interface Waiter extends Link<Waiter> {
  readonly sinceMs: number;
  /** Milliseconds for which it is expected to keep one busy. */
  costMs: number;
  /** Whether it stands in a line. */
  isWaiting: boolean;
  refuse(error: Error): void;
}

/** Who waits, in the order of coming, and how much work that is. */
export class WaitingLine<W extends Waiter> {
  readonly #waiters = new LinkedList<Waiter>();
  #count = 0;
  #workMs = 0;

  get count(): number {
    return this.#count;
  }

  /** Milliseconds for which all of them would keep one connection busy. */
  get workMs(): number {
    return this.#workMs;
  }

  get oldest(): W | undefined {
    return this.#waiters.oldest as W | undefined;
  }

  get newest(): W | undefined {
    return this.#waiters.newest as W | undefined;
  }

  add(waiter: W): void {
    this.#waiters.add(waiter);
    waiter.isWaiting = true;
    this.#count++;
    this.#workMs += waiter.costMs;
  }

  /** @param waiter one that stands in this line. */
  remove(waiter: W): void {
    this.#waiters.remove(waiter);
    waiter.isWaiting = false;
    this.#count--;
    // Empty is exactly nothing: sums of fractions drift.
    this.#workMs = this.#count === 0 ? 0 : this.#workMs - waiter.costMs;
  }

  /** Takes what each is expected to cost by what is known now. */
  weigh(costMsOf: (waiter: W) => number): void {
    this.#workMs = 0;
    for (let waiter = this.oldest; waiter; waiter = waiter.newer as W | undefined) {
      waiter.costMs = costMsOf(waiter);
      this.#workMs += waiter.costMs;
    }
  }
}
