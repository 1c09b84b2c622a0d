import { type Clock, checkOptions, isFunction, isInteger, monotonic } from '@spillway/core';
import type { Engine } from './engine';
import { FixedWindow } from './fixed-window';
import { SlidingLog } from './sliding-log';
import { SlidingWindow } from './sliding-window';
import type { AlgorithmName, Decision, Quota, RateLimitStore } from './store';
import { Table } from './table';
import { TokenBucket } from './token-bucket';

export interface MemoryStoreOptions {
  /** Keys held for each quota name, 1 to 8,388,608. @default 100_000 */
  readonly maxKeys?: number | undefined;
  /** Milliseconds that only grow, from 0 on; a step back counts as no time passing. @default performance.now */
  readonly now?: Clock | undefined;
}

const ENGINES: Readonly<Record<AlgorithmName, new () => Engine>> = {
  'sliding-window': SlidingWindow,
  'fixed-window': FixedWindow,
  'sliding-log': SlidingLog,
  'token-bucket': TokenBucket,
};

/** Counts in the memory of this process, and answers at once. Bounded, and without timers: `Slots` tells which keys go. */
export class MemoryStore implements RateLimitStore {
  readonly #maxKeys: number;
  readonly #now: Clock;
  readonly #tables: Readonly<Record<AlgorithmName, Map<string, Table>>> = {
    'sliding-window': new Map(),
    'fixed-window': new Map(),
    'sliding-log': new Map(),
    'token-bucket': new Map(),
  };
  #latest = 0;
  #lastQuota: Quota | undefined;
  #lastTable: Table | undefined;

  /** @throws {OptionError} for a wrong option. */
  constructor(options: MemoryStoreOptions = {}) {
    checkOptions('MemoryStore', options, { maxKeys: isInteger(1, 2 ** 23), now: isFunction });
    const { maxKeys = 100_000, now = monotonic } = options;
    this.#maxKeys = maxKeys;
    this.#now = now;
  }

  /** Keys held, of all quotas together. */
  get size(): number {
    const tables = Object.values(this.#tables).flatMap((byName) => [...byName.values()]);
    return tables.reduce((sum, { size }) => sum + size, 0);
  }

  /** A cost of 0 asks what one unit would meet. */
  consume(quotas: readonly Quota[], keys: readonly string[], cost: number): readonly Decision[] {
    const now = this.#time();
    const asked = cost === 0 ? 1 : cost;
    if (quotas.length === 1) return [this.#table(quotas[0]!).decide(quotas[0]!, keys[0]!, asked, cost, now)];
    const admitted = quotas.every((quota, i) => this.#table(quota).admits(quota, keys[i]!, asked, now));
    const charge = admitted ? cost : 0;
    return quotas.map((quota, i) => this.#table(quota).decide(quota, keys[i]!, asked, charge, now));
  }

  adjust(quotas: readonly Quota[], keys: readonly string[], delta: number, at: number): void {
    const now = this.#time();
    quotas.forEach((quota, i) => {
      if (delta > 0) this.#table(quota).charge(quota, keys[i]!, delta, now);
      if (delta < 0) this.#table(quota).refund(quota, keys[i]!, -delta, at, now);
    });
  }

  reset(quotas: readonly Quota[], keys: readonly string[], blockMs: number): void {
    const now = this.#time();
    quotas.forEach((quota, i) => {
      this.#table(quota).reset(quota, keys[i]!, blockMs, now);
    });
  }

  #time(): number {
    const now = Math.floor(this.#now());
    if (now > this.#latest) this.#latest = now;
    return this.#latest;
  }

  /** Most stores are asked for one quota, always the same: its table is at hand. */
  #table(quota: Quota): Table {
    if (quota !== this.#lastQuota) {
      this.#lastQuota = quota;
      this.#lastTable = this.#findTable(quota);
    }
    return this.#lastTable!;
  }

  #findTable({ name, algorithm }: Quota): Table {
    const tables = this.#tables[algorithm];
    const found = tables.get(name);
    if (found) return found;
    const table = new Table(new ENGINES[algorithm](), this.#maxKeys);
    tables.set(name, table);
    return table;
  }
}
