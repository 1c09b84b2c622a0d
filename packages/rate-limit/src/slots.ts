import type { Engine } from './engine';
import type { Quota } from './store';

/** Keys that the hand looks at for each that is inserted: two, so that it drops expired keys faster than they come. */
const LOOKS = 2;
const LOOKS_WHEN_FULL = 8;

/**
 * Which slot holds the state of which key, for at most `maxKeys` keys.
 *
 * A hand goes around the keys. For each key that is inserted it looks at two and drops those that have expired, so memory is given
 * back by use, without a timer. Where there is no room it looks at eight and drops those that have expired, or else the one that has
 * used the least. So a flood of ever new keys pushes out itself: a key that is refused stays while one of seven others has used
 * less than it. Whoever wants it forgotten has to use as much with seven keys around it, and gains what one key is worth.
 */
export class Slots {
  readonly #engine: Engine;
  readonly #maxKeys: number;
  readonly #slots = new Map<string, number>();
  readonly #free: number[] = [];
  #hand = this.#slots.entries();
  #capacity = 1;

  constructor(engine: Engine, maxKeys: number) {
    this.#engine = engine;
    this.#maxKeys = maxKeys;
    engine.grow(this.#capacity);
  }

  get size(): number {
    return this.#slots.size;
  }

  /** The key's slot; slot 0, which is always empty, for a key that is not kept: so looking at a key inserts nothing. */
  find(key: string): number {
    return this.#slots.get(key) ?? 0;
  }

  /**
   * An empty slot for a key that has none.
   * @param quota by which other keys are judged; the one with the longest window, so that none expires early.
   */
  insert(key: string, quota: Quota, now: number): number {
    this.#makeRoom(quota, now);
    const slot = this.#free.pop() ?? this.#slots.size + 1;
    if (slot >= this.#capacity) {
      this.#capacity = Math.min(2 * this.#capacity + 1, this.#maxKeys + 1);
      this.#engine.grow(this.#capacity);
    }
    this.#slots.set(owned(key), slot);
    return slot;
  }

  delete(key: string): void {
    const slot = this.find(key);
    if (slot !== 0) this.#drop(key, slot);
  }

  #makeRoom(quota: Quota, now: number): void {
    const looks = this.size < this.#maxKeys ? LOOKS : LOOKS_WHEN_FULL;
    let leastUsed = Number.POSITIVE_INFINITY;
    let victim: [key: string, slot: number] | undefined;
    for (let i = 0; i < looks && this.size > 0; i++) {
      const entry = this.#next();
      this.#engine.advance(entry[1], quota, now);
      const used = this.#engine.used(entry[1], quota, now);
      if (used === 0) this.#drop(...entry);
      else if (used < leastUsed) {
        leastUsed = used;
        victim = entry;
      }
    }
    if (this.size >= this.#maxKeys) this.#drop(...victim!);
  }

  /** The key that the hand points at, of at least one. */
  #next(): [key: string, slot: number] {
    const { value } = this.#hand.next();
    if (value) return value;
    this.#hand = this.#slots.entries();
    return this.#hand.next().value!;
  }

  #drop(key: string, slot: number): void {
    this.#slots.delete(key);
    this.#engine.clear(slot);
    this.#free.push(slot);
  }
}

/** V8 never makes a shorter string a part of another one. */
const SHORTEST_SLICE = 13;

/**
 * A key that owns its characters: a part of a long header field would keep all of that field in memory. UTF-16 where Latin-1 doesn't
 * do, not UTF-8: a lone surrogate has to stay what it is, or the key would never be found again.
 */
function owned(key: string): string {
  if (key.length < SHORTEST_SLICE) return key;
  const copy = Buffer.from(key, 'latin1').toString('latin1');
  return copy === key ? copy : Buffer.from(key, 'utf16le').toString('utf16le');
}
