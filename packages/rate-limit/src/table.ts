import { type Engine, lengthened, type SlotState } from './engine';
import { Slots } from './slots';
import type { Decision, Quota } from './store';

/** What is counted of all keys under one name, by one algorithm. */
export class Table {
  readonly #engine: Engine;
  readonly #slots: Slots;
  readonly #blocks: Blocks;
  readonly #blocked: Slots;
  /** The quota with the longest window that was ever charged. */
  #longest: Quota | undefined;

  constructor(engine: Engine, maxKeys: number) {
    this.#engine = engine;
    this.#slots = new Slots(engine, maxKeys);
    this.#blocks = new Blocks();
    this.#blocked = new Slots(this.#blocks, maxKeys);
  }

  get size(): number {
    return this.#slots.size + this.#blocked.size;
  }

  /** Milliseconds until `cost` units are admitted: 0 for now, Infinity for never. */
  waitMs(quota: Quota, key: string, cost: number, now: number): number {
    return Math.max(this.#blockedMs(key, now), this.#engine.waitMs(this.#slots.find(key), quota, cost, now));
  }

  /** Decides on `cost` units, and charges `units` where they are admitted. */
  decide(quota: Quota, key: string, cost: number, units: number, now: number): Decision {
    let slot = this.#slots.find(key);
    const blockedMs = this.#blockedMs(key, now);
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
    this.#charge(this.#slots.find(key), quota, key, units, now);
  }

  refund(quota: Quota, key: string, units: number, at: number, now: number): void {
    const slot = this.#slots.find(key);
    if (slot !== 0) this.#engine.refund(slot, quota, units, at, now);
  }

  /** Forgets a key, and refuses it for `blockMs`. */
  reset(quota: Quota, key: string, blockMs: number, now: number): void {
    this.#slots.delete(key);
    this.#blocked.delete(key);
    if (blockMs > 0) this.#blocks.set(this.#blocked.insert(key, quota, now), now + blockMs);
  }

  #charge(slot: number, quota: Quota, key: string, units: number, now: number): number {
    if (this.#longest === undefined || quota.windowMs > this.#longest.windowMs) this.#longest = quota;
    const charged = slot === 0 ? this.#slots.insert(key, this.#longest, now) : slot;
    this.#engine.charge(charged, quota, units, now);
    return charged;
  }

  #blockedMs(key: string, now: number): number {
    return this.#blocked.size === 0 ? 0 : this.#blocks.leftMs(this.#blocked.find(key), now);
  }
}

/** Until when keys are refused, whatever they have left. */
class Blocks implements SlotState {
  #until = new Float64Array();

  grow(slots: number): void {
    this.#until = lengthened(this.#until, slots);
  }

  clear(slot: number): void {
    this.#until[slot] = 0;
  }

  used(slot: number, _quota: Quota, now: number): number {
    return this.leftMs(slot, now);
  }

  set(slot: number, until: number): void {
    this.#until[slot] = until;
  }

  leftMs(slot: number, now: number): number {
    return Math.max(0, this.#until[slot]! - now);
  }
}
