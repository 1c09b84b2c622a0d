import { type Engine, lengthened } from './engine';
import type { Quota } from './store';

/** A slot: the window's start and end, and the units charged in it. */
const FIELDS = 3;
const START = 0;
const END = 1;
const COUNT = 2;

/**
 * Fixed window: begins with the first charge and ends `windowMs` later, as that was when it began, so that a window may end at
 * midnight.
 *
 * In any `windowMs` it admits at most 2 * limit - 1 units: limit - 1 in the last millisecond of a window that one unit began, and
 * limit at the start of the next. One more where that one unit was given back.
 */
export class FixedWindow implements Engine {
  #state = new Float64Array();

  grow(slots: number): void {
    this.#state = lengthened(this.#state, slots * FIELDS);
  }

  clear(slot: number): void {
    this.#state.fill(0, slot * FIELDS, (slot + 1) * FIELDS);
  }

  advance(slot: number, _quota: Quota, now: number): void {
    if (now >= this.#state[slot * FIELDS + END]!) this.#state[slot * FIELDS + COUNT] = 0;
  }

  waitMs(slot: number, { limit }: Quota, cost: number, now: number): number {
    if (cost > limit) return Number.POSITIVE_INFINITY;
    const i = slot * FIELDS;
    return this.#state[i + COUNT]! + cost <= limit ? 0 : this.#state[i + END]! - now;
  }

  charge(slot: number, { windowMs }: Quota, units: number, now: number): void {
    const i = slot * FIELDS;
    if (this.#state[i + COUNT] === 0) {
      this.#state[i + START] = now;
      this.#state[i + END] = now + windowMs;
    }
    this.#state[i + COUNT]! += units;
  }

  refund(slot: number, _quota: Quota, units: number, at: number): void {
    const i = slot * FIELDS;
    if (at < this.#state[i + START]!) return;
    this.#state[i + COUNT] = Math.max(0, this.#state[i + COUNT]! - units);
  }

  used(slot: number): number {
    return this.#state[slot * FIELDS + COUNT]!;
  }

  resetMs(slot: number, _quota: Quota, now: number): number {
    return this.used(slot) === 0 ? 0 : this.#state[slot * FIELDS + END]! - now;
  }
}
