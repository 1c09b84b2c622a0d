import { type Engine, lengthened } from './engine';
import type { Quota } from './store';

/** A slot: its oldest and its newest entry (0 for none), and the units of all together. */
const FIELDS = 3;
const OLDEST = 0;
const NEWEST = 1;
const UNITS = 2;

/** An entry, named by where it begins: when how many units were charged, and its neighbours in the slot (0 for none). */
const ENTRY_FIELDS = 4;
const TIME = 0;
const COST = 1;
const OLDER = 2;
const NEWER = 3;

/**
 * Sliding window log: every charge with its time, so it is exact. In any `windowMs` it admits at most limit units.
 *
 * A key has an entry of 32 bytes for each millisecond in which it was charged within the window: at most limit, and one for each
 * charge beyond the limit. All keys draw their entries from one array, where none is given back but each is used again.
 */
export class SlidingLog implements Engine {
  #slots = new Float64Array();
  #entries = new Float64Array(64 * ENTRY_FIELDS);
  /** The first of the free entries, each of which has the next one as NEWER; the rest of the array has never been used. */
  #free = 0;
  #unused = ENTRY_FIELDS;

  grow(slots: number): void {
    this.#slots = lengthened(this.#slots, slots * FIELDS);
  }

  clear(slot: number): void {
    const i = slot * FIELDS;
    const newest = this.#slots[i + NEWEST]!;
    if (newest !== 0) {
      this.#entries[newest + NEWER] = this.#free;
      this.#free = this.#slots[i + OLDEST]!;
    }
    this.#slots.fill(0, i, i + FIELDS);
  }

  advance(slot: number, { windowMs }: Quota, now: number): void {
    const i = slot * FIELDS;
    for (;;) {
      const oldest = this.#slots[i + OLDEST]!;
      if (oldest === 0 || now < this.#entries[oldest + TIME]! + windowMs) return;
      this.#take(slot, oldest, this.#entries[oldest + COST]!);
    }
  }

  waitMs(slot: number, { limit, windowMs }: Quota, cost: number, now: number): number {
    if (cost > limit) return Number.POSITIVE_INFINITY;
    let over = this.used(slot) + cost - limit;
    if (over <= 0) return 0;
    let entry = this.#slots[slot * FIELDS + OLDEST]!;
    while (this.#entries[entry + COST]! < over) {
      over -= this.#entries[entry + COST]!;
      entry = this.#entries[entry + NEWER]!;
    }
    return this.#entries[entry + TIME]! + windowMs - now;
  }

  charge(slot: number, _quota: Quota, units: number, now: number): void {
    const newest = this.#slots[slot * FIELDS + NEWEST]!;
    const entry = newest !== 0 && this.#entries[newest + TIME] === now ? newest : this.#append(slot, now);
    this.#entries[entry + COST]! += units;
    this.#slots[slot * FIELDS + UNITS]! += units;
  }

  refund(slot: number, _quota: Quota, units: number, at: number): void {
    let left = units;
    let entry = this.#slots[slot * FIELDS + NEWEST]!;
    while (left > 0 && entry !== 0) {
      const older = this.#entries[entry + OLDER]!;
      if (this.#entries[entry + TIME]! <= at) {
        const given = Math.min(left, this.#entries[entry + COST]!);
        this.#take(slot, entry, given);
        left -= given;
      }
      entry = older;
    }
  }

  used(slot: number): number {
    return this.#slots[slot * FIELDS + UNITS]!;
  }

  resetMs(slot: number, { windowMs }: Quota, now: number): number {
    const newest = this.#slots[slot * FIELDS + NEWEST]!;
    return newest === 0 ? 0 : this.#entries[newest + TIME]! + windowMs - now;
  }

  #append(slot: number, now: number): number {
    const i = slot * FIELDS;
    const newest = this.#slots[i + NEWEST]!;
    const entry = this.#allocate();
    this.#entries[entry + TIME] = now;
    this.#entries[entry + COST] = 0;
    this.#entries[entry + OLDER] = newest;
    this.#entries[entry + NEWER] = 0;
    if (newest === 0) this.#slots[i + OLDEST] = entry;
    else this.#entries[newest + NEWER] = entry;
    this.#slots[i + NEWEST] = entry;
    return entry;
  }

  #allocate(): number {
    const entry = this.#free;
    if (entry !== 0) {
      this.#free = this.#entries[entry + NEWER]!;
      return entry;
    }
    const { length } = this.#entries;
    if (this.#unused === length) this.#entries = lengthened(this.#entries, 2 * length);
    this.#unused += ENTRY_FIELDS;
    return this.#unused - ENTRY_FIELDS;
  }

  /** Takes units out of an entry, and one that has none left out of its slot. */
  #take(slot: number, entry: number, units: number): void {
    const i = slot * FIELDS;
    this.#slots[i + UNITS]! -= units;
    this.#entries[entry + COST]! -= units;
    if (this.#entries[entry + COST]! > 0) return;
    const older = this.#entries[entry + OLDER]!;
    const newer = this.#entries[entry + NEWER]!;
    if (older === 0) this.#slots[i + OLDEST] = newer;
    else this.#entries[older + NEWER] = newer;
    if (newer === 0) this.#slots[i + NEWEST] = older;
    else this.#entries[newer + OLDER] = older;
    this.#entries[entry + NEWER] = this.#free;
    this.#free = entry;
  }
}
