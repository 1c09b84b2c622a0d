import type { IncomingHttpHeaders } from 'node:http';
import { type Clock, checkOptions, isFunction, isInteger, monotonic } from '@spillway/core';
import { LRUCache } from 'lru-cache';
import { isAt, isUnder, pathOf, targetOf } from '../policy/key';
import { bytesOf, type Stored } from '../policy/stored';
import { type Selecting, selects } from '../policy/vary';
import { KeyIndex } from './key-index';
import type { InvalidateBy, Invalidation, ResponseStore } from './store';

export interface MemoryStoreOptions {
  /** Bytes that all responses take together; the least recently used go first. At least 65,536. @default 64 MiB */
  readonly maxBytes?: number | undefined;
  /** Responses kept for one key, chosen by different request fields; the oldest goes first. 1 to 1024. @default 32 */
  readonly maxVariants?: number | undefined;
  /** @default a monotonic clock */
  readonly now?: Clock | undefined;
}

/** The responses under one key, the newest first; most have one, and that one takes no list. */
type Variants = Stored | readonly Stored[];

/** None where there are no variants. */
const listOf = (variants: Variants | undefined): readonly Stored[] =>
  variants === undefined ? [] : 'length' in variants ? variants : [variants];

const MEBIBYTE = 1024 * 1024;

/** Responses in the memory of the process: the live objects, neither copied nor serialized. */
export class MemoryStore implements ResponseStore {
  readonly #variants: LRUCache<string, Variants>;
  readonly #tags = new KeyIndex();
  readonly #paths = new KeyIndex();
  readonly #maxVariants: number;
  readonly #now: Clock;

  /** @throws {OptionError} naming the option that is wrong. */
  constructor(options: MemoryStoreOptions = {}) {
    checkOptions('MemoryStore', options, {
      maxBytes: isInteger(65_536),
      maxVariants: isInteger(1, 1024),
      now: isFunction,
    });
    const { maxBytes = 64 * MEBIBYTE, maxVariants = 32, now = monotonic } = options;
    this.#maxVariants = maxVariants;
    this.#now = now;
    this.#variants = new LRUCache({
      maxSize: maxBytes,
      sizeCalculation: sizeOf,
      dispose: (variants, key) => this.#unlist(key, variants),
    });
  }

  /** Keys that have a response. */
  get size(): number {
    return this.#variants.size;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#variants.calculatedSize;
  }

  get(key: string, headers: IncomingHttpHeaders): Stored | undefined {
    const variants = this.#variants.get(key);
    if (variants === undefined) return undefined;
    if (!('length' in variants)) return isSelected(variants, headers) ? variants : undefined;
    return variants.find((stored) => isSelected(stored, headers));
  }

  set(key: string, response: Stored): void {
    const others = listOf(this.#variants.peek(key)).filter(
      ({ selecting }) => !isSame(selecting, response.selecting),
    );
    this.#replace(key, this.#fitting(key, [response, ...others.slice(0, this.#maxVariants - 1)]));
  }

  invalidate(what: Invalidation, by: InvalidateBy): void {
    for (const [key, isMeant] of this.#meantBy(what)) {
      const variants = listOf(this.#variants.peek(key));
      if (by === 'purge') this.#keepOnly(key, variants, (stored) => !isMeant(stored));
      else for (const stored of variants) if (isMeant(stored)) this.#expire(stored);
    }
  }

  #expire(stored: Stored): void {
    stored.expiredMs ??= this.#now();
    // It says for how long it is fresh.
    delete stored.made;
  }

  #keepOnly(key: string, variants: readonly Stored[], isKept: (stored: Stored) => boolean): void {
    const kept = variants.filter(isKept);
    if (kept.length === 0) this.#variants.delete(key);
    else if (kept.length < variants.length) this.#replace(key, kept);
  }

  /** As many as there is room for, the newest first. */
  #fitting(key: string, variants: readonly Stored[]): readonly Stored[] {
    if (variants.length === 1) return variants;
    let bytes = key.length;
    const fit = variants.findIndex((stored) => {
      bytes += bytesOf(stored);
      return bytes > this.#variants.maxSize;
    });
    return fit < 0 ? variants : variants.slice(0, Math.max(1, fit));
  }

  /** Keys, and which of a key's responses. */
  #meantBy({ tags = [], urls = [], prefixes = [], everything = false }: Invalidation) {
    const meant = new Map<string, (stored: Stored) => boolean>();
    for (const tag of tags) {
      for (const key of this.#tags.keys(tag))
        meant.set(key, (stored) => tags.some((each) => stored.tags.includes(each)));
    }
    for (const target of urls.map(targetOf)) {
      for (const key of this.#paths.keys(pathOf(`${target.path} `)))
        if (isAt(key, target)) meant.set(key, all);
    }
    const under = prefixes.map(targetOf);
    if (everything || under.length > 0) {
      for (const key of this.#variants.keys())
        if (everything || under.some((target) => isUnder(key, target))) meant.set(key, all);
    }
    return meant;
  }

  #replace(key: string, list: readonly Stored[]): void {
    const variants = list.length === 1 ? list[0]! : list;
    this.#variants.set(key, variants);
    // What is larger than the whole budget was not taken.
    if (this.#variants.peek(key) !== variants) return;
    this.#paths.add(pathOf(key), key);
    for (const { tags } of list) for (const tag of tags) this.#tags.add(tag, key);
  }

  #unlist(key: string, variants: Variants): void {
    this.#paths.remove(pathOf(key), key);
    for (const { tags } of listOf(variants)) for (const tag of tags) this.#tags.remove(tag, key);
  }
}

const all = (): boolean => true;

const sizeOf = (variants: Variants, key: string): number =>
  listOf(variants).reduce((bytes, stored) => bytes + bytesOf(stored), key.length);

function isSelected({ selecting, headers }: Stored, request: IncomingHttpHeaders): boolean {
  return selecting.length === 0 || selects(request, selecting, languageOf(headers['content-language']));
}

const languageOf = (field: unknown): string | undefined =>
  typeof field === 'string' ? field.trim().toLowerCase() : undefined;

const isSame = (one: Selecting, other: Selecting): boolean =>
  one.length === other.length &&
  one.every(([name, value], i) => name === other[i]![0] && value === other[i]![1]);
