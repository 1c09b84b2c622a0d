import type { Engine } from './engine';
import { Fingerprint } from './fingerprint';
import type { Quota } from './store';

/** Keys that the hand looks at for each that is inserted: two, so that it drops expired keys faster than they come. */
const LOOKS = 2;
const LOOKS_WHEN_FULL = 8;

/** A place of the table: the slot of a key (0 in an empty place), and the key's fingerprint. */
const FIELDS = 3;
const SLOT = 0;
const LOW = 1;
const HIGH = 2;

const MIN_PLACES = 8;

/**
 * Which slot holds the state of which key, for at most `maxKeys` keys: an open-addressed table with linear probing, in which a key is
 * its fingerprint. It keeps no string, so a key costs the same however long it is, and a lookup meets one cache line where a Map
 * of strings meets three.
 *
 * A hand goes around the keys. For each key that is inserted it looks at two and drops those that have expired, so memory is given
 * back by use, without a timer. Where there is no room it looks at eight and drops those that have expired, or else the one that has
 * used the least. So a flood of ever new keys pushes out itself: a key that is refused stays while one of seven others has used
 * less than it. Whoever wants it forgotten has to use as much with seven keys around it, and gains what one key is worth.
 */
export class Slots {
  readonly #engine: Engine;
  readonly #maxKeys: number;
  readonly #fingerprint = new Fingerprint();
  readonly #free: number[] = [];
  #table = new Int32Array(MIN_PLACES * FIELDS);
  #mask = MIN_PLACES - 1;
  #size = 0;
  #hand = 0;
  #capacity = 1;

  constructor(engine: Engine, maxKeys: number) {
    this.#engine = engine;
    this.#maxKeys = maxKeys;
    engine.grow(this.#capacity);
  }

  get size(): number {
    return this.#size;
  }

  /** The key's slot; slot 0, which is always empty, for a key that is not kept: so looking at a key inserts nothing. */
  find(key: string): number {
    return this.#slotAt(this.#placeOf(key));
  }

  /**
   * An empty slot for a key that has none.
   * @param quota by which other keys are judged; the one with the longest window, so that none expires early.
   */
  insert(key: string, quota: Quota, now: number): number {
    this.#makeRoom(quota, now);
    const slot = this.#free.pop() ?? this.#size + 1;
    if (slot >= this.#capacity) {
      this.#capacity = Math.min(2 * this.#capacity + 1, this.#maxKeys + 1);
      this.#engine.grow(this.#capacity);
    }
    const low = this.#fingerprint.of(key);
    this.#put(slot, low, this.#fingerprint.high);
    this.#size++;
    return slot;
  }

  delete(key: string): void {
    const place = this.#placeOf(key);
    if (this.#slotAt(place) !== 0) this.#drop(place);
  }

  #slotAt(place: number): number {
    return this.#table[place * FIELDS + SLOT]!;
  }

  #after(place: number): number {
    return (place + 1) & this.#mask;
  }

  /** Where the key is, or else the empty place at which the search for it ends. */
  #placeOf(key: string): number {
    const low = this.#fingerprint.of(key);
    const { high } = this.#fingerprint;
    for (let place = low & this.#mask; ; place = this.#after(place)) {
      const i = place * FIELDS;
      if (this.#table[i + SLOT] === 0 || (this.#table[i + LOW] === low && this.#table[i + HIGH] === high))
        return place;
    }
  }

  #put(slot: number, low: number, high: number): void {
    let place = low & this.#mask;
    while (this.#slotAt(place) !== 0) place = this.#after(place);
    this.#table.set([slot, low, high], place * FIELDS);
  }

  #makeRoom(quota: Quota, now: number): void {
    const looks = this.#size < this.#maxKeys ? LOOKS : LOOKS_WHEN_FULL;
    let leastUsed = Number.POSITIVE_INFINITY;
    let victim = 0;
    for (let i = 0; i < looks && this.#size > 0; i++) {
      const slot = this.#next();
      this.#engine.advance(slot, quota, now);
      const used = this.#engine.used(slot, quota, now);
      // What moves up into its place is looked at next.
      if (used === 0) this.#drop(this.#hand--);
      else if (used < leastUsed) {
        leastUsed = used;
        victim = this.#hand;
      }
    }
    // Where one was dropped, others have moved, but there is room.
    if (this.#size >= this.#maxKeys) this.#drop(victim);
    // At most four fifths full, so that searches stay short.
    if (5 * (this.#size + 1) > 4 * (this.#mask + 1)) this.#resize(2 * (this.#mask + 1));
  }

  /** Moves the hand to the next key, of at least one. */
  #next(): number {
    do this.#hand = this.#after(this.#hand);
    while (this.#slotAt(this.#hand) === 0);
    return this.#slotAt(this.#hand);
  }

  #drop(place: number): void {
    const slot = this.#slotAt(place);
    this.#engine.clear(slot);
    this.#free.push(slot);
    this.#size--;
    this.#close(place);
    // At least an eighth full, so that the hand soon finds a key.
    if (this.#mask >= MIN_PLACES && 8 * this.#size < this.#mask) this.#resize((this.#mask + 1) / 2);
  }

  /** Empties a place, and moves up what a search would no longer find behind the gap (Knuth, TAOCP 3, 6.4, algorithm R). */
  #close(place: number): void {
    let gap = place;
    for (let next = this.#after(gap); this.#slotAt(next) !== 0; next = this.#after(next)) {
      const home = this.#table[next * FIELDS + LOW]! & this.#mask;
      if (((next - home) & this.#mask) < ((next - gap) & this.#mask)) continue;
      this.#table.copyWithin(gap * FIELDS, next * FIELDS, (next + 1) * FIELDS);
      gap = next;
    }
    this.#table[gap * FIELDS + SLOT] = 0;
  }

  #resize(places: number): void {
    const old = this.#table;
    this.#table = new Int32Array(places * FIELDS);
    this.#mask = places - 1;
    this.#hand = 0;
    for (let i = 0; i < old.length; i += FIELDS) {
      if (old[i + SLOT] !== 0) this.#put(old[i + SLOT]!, old[i + LOW]!, old[i + HIGH]!);
    }
  }
}
