import { type Engine, lengthened } from './engine';
import type { Quota } from './store';

/** A slot: where its window starts, and the counts of that window and the one before. 16 bytes, which share a cache line. */
const STARTS = 2;
const COUNTS = 4;
const CURRENT = 2;
const PREVIOUS = 3;

const MAX_COUNT = 2 ** 32 - 1;

/**
 * Sliding window counter: the units of this window, and those of the one before by the share of it that the last `windowMs` still
 * cover. Windows follow one another from the first charge of an idle key on.
 *
 * In any `windowMs` it admits at most 2 * limit - 2 units (1 for a limit of 1): limit - 1 in the last millisecond of a window and as
 * many shortly before the end of the next; less where the limit is above half of `windowMs`. One more where the charge that
 * began a window was given back.
 */
export class SlidingWindow implements Engine {
  #starts = new Float64Array();
  #counts = new Uint32Array();

  grow(slots: number): void {
    this.#starts = lengthened(this.#starts, slots * STARTS);
    this.#counts = new Uint32Array(this.#starts.buffer);
  }

  clear(slot: number): void {
    this.#counts.fill(0, slot * COUNTS, (slot + 1) * COUNTS);
  }

  advance(slot: number, { windowMs }: Quota, now: number): void {
    const elapsedMs = now - this.#starts[slot * STARTS]!;
    if (elapsedMs < windowMs) return;
    const i = slot * COUNTS;
    this.#counts[i + PREVIOUS] = elapsedMs < 2 * windowMs ? this.#counts[i + CURRENT]! : 0;
    this.#counts[i + CURRENT] = 0;
    this.#starts[slot * STARTS]! += windowMs;
  }

  waitMs(slot: number, { limit, windowMs }: Quota, cost: number, now: number): number {
    if (cost > limit) return Number.POSITIVE_INFINITY;
    const current = this.#counts[slot * COUNTS + CURRENT]!;
    const previous = this.#counts[slot * COUNTS + PREVIOUS]!;
    const elapsedMs = now - this.#starts[slot * STARTS]!;
    const room = limit - cost;
    if (previous * (windowMs - elapsedMs) <= (room - current) * windowMs) return 0;
    const admittedMs =
      current <= room
        ? whenDownTo(room - current, previous, windowMs)
        : windowMs + whenDownTo(room, current, windowMs);
    return admittedMs - elapsedMs;
  }

  charge(slot: number, _quota: Quota, units: number, now: number): void {
    const i = slot * COUNTS + CURRENT;
    if (this.#isEmpty(slot)) this.#starts[slot * STARTS] = now;
    this.#counts[i] = Math.min(this.#counts[i]! + units, MAX_COUNT);
  }

  refund(slot: number, { windowMs }: Quota, units: number, at: number): void {
    const i = slot * COUNTS;
    const start = this.#starts[slot * STARTS]!;
    if (at < start - windowMs) return;
    const newest = at < start ? 0 : Math.min(units, this.#counts[i + CURRENT]!);
    this.#counts[i + CURRENT]! -= newest;
    this.#counts[i + PREVIOUS]! -= Math.min(units - newest, this.#counts[i + PREVIOUS]!);
  }

  used(slot: number, { windowMs }: Quota, now: number): number {
    const i = slot * COUNTS;
    const shareMs = windowMs - (now - this.#starts[slot * STARTS]!);
    return this.#counts[i + CURRENT]! + Math.ceil((this.#counts[i + PREVIOUS]! * shareMs) / windowMs);
  }

  resetMs(slot: number, { windowMs }: Quota, now: number): number {
    if (this.#isEmpty(slot)) return 0;
    const windows = this.#counts[slot * COUNTS + CURRENT] === 0 ? 1 : 2;
    return this.#starts[slot * STARTS]! + windows * windowMs - now;
  }

  #isEmpty(slot: number): boolean {
    return this.#counts[slot * COUNTS + CURRENT] === 0 && this.#counts[slot * COUNTS + PREVIOUS] === 0;
  }
}

/** Milliseconds into a window at which no more than `room` of the units of the window before still count. */
const whenDownTo = (room: number, units: number, windowMs: number): number =>
  windowMs - Math.floor((room * windowMs) / units);
