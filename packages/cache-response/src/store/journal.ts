import { isAt, isUnder, type Target, targetOf } from '../policy/key';
import type { Invalidation } from './store';

/** Entries kept while fills go on; a fill that began before the oldest one can't be told right any more. */
const MAX_ENTRIES = 1000;

interface Entry {
  readonly tags: readonly string[];
  readonly urls: readonly Target[];
  readonly prefixes: readonly Target[];
  readonly everything: boolean;
}

/**
 * Remembers what was invalidated while responses were on their way: one that began before would bring back what is out of date.
 * While none is under way, nothing is kept.
 */
export class Journal {
  #entries: Entry[] = [];
  /** The number of the oldest entry that is kept. */
  #from = 0;
  #underWay = 0;

  /** A response is asked for. @returns what `finish` and `isOutdated` take. */
  begin(): number {
    this.#underWay++;
    return this.#from + this.#entries.length;
  }

  /** It has come, or never will. */
  finish(): void {
    this.#underWay--;
    if (this.#underWay === 0) this.#drop(this.#entries.length);
  }

  record({ tags = [], urls = [], prefixes = [], everything = false }: Invalidation): void {
    if (this.#underWay === 0) return;
    this.#entries.push({
      tags: [...tags],
      urls: urls.map(targetOf),
      prefixes: prefixes.map(targetOf),
      everything,
    });
    if (this.#entries.length > MAX_ENTRIES) this.#drop(1);
  }

  isOutdated(since: number, key: string, tags: readonly string[]): boolean {
    if (since < this.#from) return true;
    if (since === this.#from + this.#entries.length) return false;
    return this.#entries
      .slice(since - this.#from)
      .some(
        (entry) =>
          entry.everything ||
          entry.urls.some((target) => isAt(key, target)) ||
          entry.prefixes.some((target) => isUnder(key, target)) ||
          entry.tags.some((tag) => tags.includes(tag)),
      );
  }

  #drop(count: number): void {
    this.#entries.splice(0, count);
    this.#from += count;
  }
}
