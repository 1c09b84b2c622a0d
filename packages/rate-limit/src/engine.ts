import type { Quota } from './store';

/**
 * One algorithm, and what it keeps of many keys: by slot number, in typed arrays, no object a key. An empty slot is all zeros, and
 * slot 0 is never charged.
 *
 * Every call brings the quota, since limit and window may differ from one request to the next, and the time: whole milliseconds,
 * never fewer than in the call before.
 *
 * Units times milliseconds are compared as integers. They are exact below 2^53, which is three million units in 30 days;
 * with more, a decision may come a millisecond off.
 */
export interface Engine {
  /** Makes room for the slots below `slots`; what they hold stays. */
  grow(slots: number): void;
  clear(slot: number): void;
  /** Forgets what no longer counts. Comes before the calls below, with the same quota and time. */
  advance(slot: number, quota: Quota, now: number): void;
  /** Milliseconds until `cost` units are admitted, if nothing more is asked; 0 for now, Infinity for never. */
  waitMs(slot: number, quota: Quota, cost: number, now: number): number;
  /** Charges units, whatever the limit. */
  charge(slot: number, quota: Quota, units: number, now: number): void;
  /** Gives back what was charged at `at`, the newest first, as far as it still counts. */
  refund(slot: number, quota: Quota, units: number, at: number, now: number): void;
  /** Units that count, rounded up to a whole one; 0: nothing is lost by clearing the slot. */
  used(slot: number, quota: Quota, now: number): number;
  /** Milliseconds until nothing counts any more, if nothing more is asked. */
  resetMs(slot: number, quota: Quota, now: number): number;
}

/** A longer copy. */
export function lengthened(array: Float64Array, length: number) {
  const longer = new Float64Array(length);
  longer.set(array);
  return longer;
}
