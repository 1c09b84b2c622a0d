import type { IncomingHttpHeaders } from 'node:http';
import type { Clock } from '@spillway/core';
import { LRUCache } from 'lru-cache';
import { withMore } from './policy/key';
import { type Selecting, selectingOf } from './policy/vary';

/** For how long an answer that can't be stored says that the next one can't be either. */
const REMEMBERED_MS = 120_000;
const MAX_ENTRIES = 4096;

/** Answers that can't be stored: for a while nobody waits for one of the same choice. */
export class Uncacheable {
  /** By key the fields that its answers are chosen by, and by key and choice until when. */
  readonly #names = new LRUCache<string, readonly string[]>({ max: MAX_ENTRIES });
  readonly #until = new LRUCache<string, number>({ max: MAX_ENTRIES });
  readonly #now: Clock;

  constructor(now: Clock) {
    this.#now = now;
  }

  /** @param names what the answer was chosen by; none: it is that to all. */
  add(key: string, names: readonly string[], headers: IncomingHttpHeaders): void {
    this.#names.set(key, names);
    this.#until.set(choiceOf(key, selectingOf(names, headers)), this.#now() + REMEMBERED_MS);
  }

  has(key: string, headers: IncomingHttpHeaders): boolean {
    const names = this.#names.size === 0 ? undefined : this.#names.get(key);
    if (names === undefined) return false;
    const until = this.#until.get(choiceOf(key, selectingOf(names, headers)));
    return until !== undefined && this.#now() < until;
  }

  /** One of this choice has been stored. */
  forget(key: string, selecting: Selecting): void {
    if (this.#names.size > 0) this.#until.delete(choiceOf(key, selecting));
  }
}

const choiceOf = (key: string, selecting: Selecting): string =>
  selecting.length === 0 ? key : withMore(key, JSON.stringify(selecting));
