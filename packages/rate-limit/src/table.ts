import type { Engine } from './engine';
import { FixedWindow } from './fixed-window';
import { Slots } from './slots';
import type { Decision, Quota } from './store';

/** What is counted of all keys under one name, by one algorithm. */
export class Table {
  readonly #engine: Engine;
  readonly #slots: Slots;
  /** A block is a window of its length. Its milliseconds are its units, so that the longest are the last to be pushed out. */
  readonly #blocks = new FixedWindow();
  readonly #blocked: Slots;
  /** The quota with the longest window that was ever charged. */
  #longest: Quota | undefined;

  constructor(engine: Engine, maxKeys: number) {
    this.#engine = engine;
    this.#slots = new Slots(engine, maxKeys);
    this.#blocked = new Slots(this.#blocks, maxKeys);
  }

  get size(): number {
    return this.#slots.size + this.#blocked.size;
  }

  /** Whether `cost` units are admitted. */
  admits(quota: Quota, key: string, cost: number, now: number): boolean {
    if (this.#blockedMs(quota, key, now) > 0) return false;
    return this.#engine.waitMs(this.#find(quota, key, now), quota, cost, now) === 0;
  }

  /** Decides on `cost` units, and charges `units` where they are admitted. */
  decide(quota: Quota, key: string, cost: number, units: number, now: number): Decision {
    let slot = this.#find(quota, key, now);
    const blockedMs = this.#blockedMs(quota, key, now);
    const waitMs = Math.max(blockedMs, this.#engine.waitMs(slot, quota, cost, now));
    const allowed = waitMs === 0;
    if (allowed && units > 0) slot = this.#charge(slot, quota, key, units, now);
    const capacity = quota.algorithm === 'token-bucket' ? quota.burst : quota.limit;
    const left = blockedMs > 0 ? 0 : capacity - this.#engine.used(slot, quota, now);
    return {
      quota,
      allowed,
      remaining: Math.max(0, left),
      resetMs: allowed ? this.#engine.resetMs(slot, quota, now) : waitMs,
      retryAfterMs: waitMs,
      at: now,
    };
  }

  charge(quota: Quota, key: string, units: number, now: number): void {
    this.#charge(this.#find(quota, key, now), quota, key, units, now);
  }

  refund(quota: Quota, key: string, units: number, at: number, now: number): void {
    const slot = this.#find(quota, key, now);
    if (slot !== 0) this.#engine.refund(slot, quota, units, at, now);
  }

  /** Forgets a key, and refuses it for `blockMs`. */
  reset(quota: Quota, key: string, blockMs: number, now: number): void {
    this.#slots.delete(key);
    this.#blocked.delete(key);
    if (blockMs === 0) return;
    const block = { ...quota, windowMs: blockMs };
    this.#blocks.charge(this.#blocked.insert(key, block, now), block, blockMs, now);
  }

  /** The key's slot as it stands by now; slot 0 where it is not kept. */
  #find(quota: Quota, key: string, now: number): number {
    const slot = this.#slots.find(key);
    this.#engine.advance(slot, quota, now);
    return slot;
  }

  #charge(found: number, quota: Quota, key: string, units: number, now: number): number {
    if (this.#longest === undefined || quota.windowMs > this.#longest.windowMs) this.#longest = quota;
    const slot = found || this.#slots.insert(key, this.#longest, now);
    this.#engine.charge(slot, quota, units, now);
    return slot;
  }

  #blockedMs(quota: Quota, key: string, now: number): number {
    if (this.#blocked.size === 0) return 0;
    const slot = this.#blocked.find(key);
    this.#blocks.advance(slot, quota, now);
    return this.#blocks.resetMs(slot, quota, now);
  }
}
