import { createHash } from 'node:crypto';
import type { Clock } from '@spillway/core';
import { GuardedStore, type OnStoreError } from './guarded-store';
import { MemoryStore } from './memory-store';
import { checkLimiterOptions, toQuotas } from './quotas';
import type { AlgorithmName, Decision, Quota, RateLimitStore } from './store';

/** One of several limits that are decided at once. */
export interface PolicyOptions {
  /** Its name in the fields; printable ASCII, one of a kind. */
  readonly name: string;
  /** Units admitted in a window, 0 to 4,294,967,295. */
  readonly limit: number;
  /** Length of a window in milliseconds, at least 1. */
  readonly windowMs: number;
  /** @default 'sliding-window' */
  readonly algorithm?: AlgorithmName | undefined;
  /** Units that a token bucket holds, at least 1. @default the limit */
  readonly burst?: number | undefined;
}

export interface LimiterOptions<Store extends RateLimitStore = MemoryStore> {
  /** Units admitted in a window, 0 to 4,294,967,295. @default 60 */
  readonly limit?: number | undefined;
  /** Length of a window in milliseconds, at least 1. @default 60_000 */
  readonly windowMs?: number | undefined;
  /** @default 'sliding-window' */
  readonly algorithm?: AlgorithmName | undefined;
  /** Units that a token bucket holds, at least 1. @default the limit */
  readonly burst?: number | undefined;
  /** The policy's name in the fields; printable ASCII. @default 'default' */
  readonly identifier?: string | undefined;
  /** Several limits in place of one: a request that one refuses is charged to none. */
  readonly policies?: readonly PolicyOptions[] | undefined;
  /** Where counts live. @default the memory of this process */
  readonly store?: Store | undefined;
  /** Keys that memory holds for each policy, 1 to 8,388,608. @default 100_000 */
  readonly maxKeys?: number | undefined;
  /**
   * What counts while the store fails: the memory of this process with the same limits, nothing at all, or nobody passes.
   * @default 'local'
   */
  readonly onStoreError?: OnStoreError | undefined;
  /** Milliseconds that a store may take for one call, at least 1. @default 250 */
  readonly storeTimeoutMs?: number | undefined;
  /** Milliseconds of a clock that only grows; of memory alone. */
  readonly now?: Clock | undefined;
}

/** A verdict at once from a store that answers at once, else a promise of one. */
export type Answer<Store extends RateLimitStore> =
  ReturnType<Store['consume']> extends readonly Decision[] ? Verdict : Verdict | Promise<Verdict>;

type Done<Store extends RateLimitStore> =
  ReturnType<Store['consume']> extends readonly Decision[] ? void : void | Promise<void>;

/** What all quotas together say of one request. */
export class Verdict {
  /** The decision that binds: of a refused request the one to wait for longest, else the one with the least left. */
  readonly tightest: Decision;

  constructor(readonly decisions: readonly Decision[]) {
    this.tightest = decisions.length === 1 ? decisions[0]! : decisions.reduce(tighter);
  }

  get allowed(): boolean {
    return this.tightest.allowed;
  }
  get limit(): number {
    return this.tightest.quota.limit;
  }
  get remaining(): number {
    return this.tightest.remaining;
  }
  get resetMs(): number {
    return this.tightest.resetMs;
  }
  /** Milliseconds until the request would be admitted; 0 where it is, Infinity where it never will be. */
  get retryAfterMs(): number {
    return this.tightest.retryAfterMs;
  }
}

function tighter(a: Decision, b: Decision): Decision {
  if (a.retryAfterMs !== b.retryAfterMs) return b.retryAfterMs > a.retryAfterMs ? b : a;
  if (a.allowed !== b.allowed) return a.allowed ? b : a;
  return b.remaining < a.remaining ? b : a;
}

/** Keys longer than this are kept as their hash, so that no client chooses how much a key costs. */
const MAX_KEY_LENGTH = 256;

/** A rate limiter without HTTP: for messages, jobs, or to be mounted by `rateLimit({ limiter })`. */
export class RateLimiter<Store extends RateLimitStore = MemoryStore> {
  readonly quotas: readonly Quota[];
  readonly #store: RateLimitStore;

  /** @throws {OptionError} for a wrong option. */
  constructor(options: LimiterOptions<Store> = {}) {
    checkLimiterOptions('RateLimiter', options);
    const { store, maxKeys, now, onStoreError = 'local', storeTimeoutMs = 250 } = options;
    const memory = new MemoryStore({ ...(maxKeys && { maxKeys }), ...(now && { now }) });
    this.quotas = toQuotas(options);
    this.#store = store ? new GuardedStore(store, memory, onStoreError, storeTimeoutMs) : memory;
  }

  /**
   * Charges `cost` units to a key, or to a key a policy, if every policy admits it.
   * @param cost a non-negative integer. @default 1
   * @throws {TypeError} for an empty key. @throws {RangeError} for a wrong cost. @throws {StoreError} where the store fails
   * and `onStoreError` is `closed`.
   */
  consume(key: string | readonly string[], cost = 1): Answer<Store> {
    return this.decide(this.quotas, this.#keys(key), cost) as Answer<Store>;
  }

  /** What `consume` would say of one unit; nothing is charged. */
  peek(key: string | readonly string[]): Answer<Store> {
    return this.decide(this.quotas, this.#keys(key), 0) as Answer<Store>;
  }

  /**
   * Gives units back, as far as they still count.
   * @param at the `at` of the decision that charged them. @default now
   */
  refund(key: string | readonly string[], cost = 1, at = Number.POSITIVE_INFINITY): Done<Store> {
    return this.adjust(this.quotas, this.#keys(key), -checkCost(cost), at) as Done<Store>;
  }

  /** Forgets what was counted for a key, and a block. */
  reset(key: string | readonly string[]): Done<Store> {
    return this.#store.reset(this.quotas, bounded(this.#keys(key)), 0) as Done<Store>;
  }

  /**
   * Refuses a key for a while, whatever it has left; then it starts anew.
   * @param durationMs at least 1.
   */
  block(key: string | readonly string[], durationMs: number): Done<Store> {
    if (!(durationMs >= 1))
      throw new RangeError(`durationMs must be a number of at least 1, got ${durationMs}`);
    return this.#store.reset(this.quotas, bounded(this.#keys(key)), durationMs) as Done<Store>;
  }

  /** `consume` with quotas as they stand for one request: plans, limits that depend on the time of day. */
  decide(quotas: readonly Quota[], keys: readonly string[], cost: number): Verdict | Promise<Verdict> {
    const decisions = this.#store.consume(quotas, bounded(keys), checkCost(cost));
    return 'length' in decisions ? new Verdict(decisions) : decisions.then((settled) => new Verdict(settled));
  }

  /** Corrects what `decide` charged at `at`, by a negative or positive number of units. */
  adjust(quotas: readonly Quota[], keys: readonly string[], delta: number, at: number): void | Promise<void> {
    return this.#store.adjust(quotas, bounded(keys), delta, at);
  }

  #keys(key: string | readonly string[]): readonly string[] {
    if (typeof key !== 'string') return key;
    return this.quotas.length === 1 ? [key] : this.quotas.map(() => key);
  }
}

/** @throws {TypeError} for a key that is no text: all such clients would share one bucket. */
export function checkKey(key: string): string {
  if (typeof key === 'string' && key !== '') return key;
  throw new TypeError(`a key must be a non-empty string, got ${JSON.stringify(key) ?? String(key)}`);
}

function bounded(keys: readonly string[]): readonly string[] {
  for (const key of keys) if (checkKey(key).length > MAX_KEY_LENGTH) return keys.map(shortened);
  return keys;
}

const shortened = (key: string): string =>
  checkKey(key).length > MAX_KEY_LENGTH
    ? `sha256:${createHash('sha256').update(key).digest('base64url')}`
    : key;

function checkCost(cost: number): number {
  if (Number.isSafeInteger(cost) && cost >= 0) return cost;
  throw new RangeError(`cost must be a non-negative integer, got ${cost}`);
}
