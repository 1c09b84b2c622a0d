import { type Engine, lengthened } from './engine';
import type { Quota } from './store';

/** A slot: the time at which the bucket is full again, in whole milliseconds, and a rest in limit-ths of one. */
const FIELDS = 2;
const FULL_AT = 0;
const REST = 1;

/**
 * Token bucket: holds `burst` units and is refilled by `limit` units a `windowMs`. It is the generic cell rate algorithm (ITU-T
 * I.371, annex A; ATM Forum Traffic Management 4.1, section 4.4) with the theoretical arrival time as a fraction: as one floating
 * number it would lose what a unit takes to refill, either to its size after weeks of uptime or to rounding at high limits.
 *
 * Time has whole milliseconds here, so a bucket smaller than what a millisecond refills slows down to `burst` a millisecond.
 *
 * In any `windowMs` it admits at most burst + limit - 1 units (burst + limit - ceil(limit / windowMs) above a unit a millisecond):
 * a full bucket in the first millisecond and what was refilled by the last.
 */
export class TokenBucket implements Engine {
  #state = new Float64Array();

  grow(slots: number): void {
    this.#state = lengthened(this.#state, slots * FIELDS);
  }

  clear(slot: number): void {
    this.#state.fill(0, slot * FIELDS, (slot + 1) * FIELDS);
  }

  /** It is the difference to the time that leaves the bucket. */
  advance(): void {}

  waitMs(slot: number, quota: Quota, cost: number, now: number): number {
    const { limit, windowMs, burst } = quota;
    if (cost > burst || limit === 0) return Number.POSITIVE_INFINITY;
    const over = this.#missing(slot, quota, now) - (burst - cost) * windowMs;
    return over <= 0 ? 0 : Math.ceil(over / limit);
  }

  charge(slot: number, quota: Quota, units: number, now: number): void {
    this.#set(slot, quota, this.#missing(slot, quota, now) + units * quota.windowMs, now);
  }

  /** Charges leave a bucket in the order in which they came, the last unit of a full one after `burst` refills. */
  refund(slot: number, quota: Quota, units: number, at: number, now: number): void {
    const { windowMs, burst } = quota;
    const left = burst * windowMs - Math.max(0, now - at) * rateOf(quota);
    const given = Math.min(units * windowMs, Math.max(0, left));
    this.#set(slot, quota, Math.max(0, this.#missing(slot, quota, now) - given), now);
  }

  used(slot: number, quota: Quota, now: number): number {
    return Math.ceil(this.#missing(slot, quota, now) / quota.windowMs);
  }

  resetMs(slot: number, quota: Quota, now: number): number {
    return Math.ceil(this.#missing(slot, quota, now) / rateOf(quota));
  }

  /** What a full bucket would have more, in windowMs-ths of a unit: `limit` of them come back each millisecond. */
  #missing(slot: number, quota: Quota, now: number): number {
    const i = slot * FIELDS;
    return Math.max(0, (this.#state[i + FULL_AT]! - now) * rateOf(quota) + this.#state[i + REST]!);
  }

  #set(slot: number, quota: Quota, missing: number, now: number): void {
    const i = slot * FIELDS;
    const rest = missing % rateOf(quota);
    this.#state[i + FULL_AT] = now + (missing - rest) / rateOf(quota);
    this.#state[i + REST] = rest;
  }
}

/** Where nothing is ever admitted, what was charged must still come to an end. */
const rateOf = ({ limit }: Quota): number => Math.max(limit, 1);
