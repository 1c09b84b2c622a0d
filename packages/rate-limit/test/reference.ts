import type { AlgorithmName, Quota } from '@spillway/rate-limit';

/** What a decision says, but for the quota and the time. */
export interface Expected {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number;
}

interface Charge {
  readonly at: number;
  units: number;
}

/** Rate limiting as one would explain it: every charge is kept, and each question counts them all again and tries each millisecond. */
export abstract class Reference {
  protected charges: Charge[] = [];

  /** What counts at a time from the last charge on, in windowMs-ths of a unit. */
  protected abstract counted(quota: Quota, now: number): bigint;

  /** Whether a charge still counts, and one made at `at` may be it or a later one. */
  protected abstract isRefundable(charge: Charge, quota: Quota, at: number, now: number): boolean;

  protected capacity({ limit }: Quota): number {
    return limit;
  }

  decide(quota: Quota, cost: number, now: number): Expected {
    const asked = Math.max(cost, 1);
    const retryAfterMs = this.admits(quota, asked, 0n)
      ? firstMs((ms) => this.admits(quota, asked, this.counted(quota, now + ms)))
      : Number.POSITIVE_INFINITY;
    const allowed = retryAfterMs === 0;
    if (allowed && cost > 0) this.charge(quota, cost, now);
    const resetMs = allowed ? firstMs((ms) => this.counted(quota, now + ms) === 0n) : retryAfterMs;
    return { allowed, remaining: this.remaining(quota, now), resetMs, retryAfterMs };
  }

  charge(quota: Quota, units: number, now: number): void {
    if (this.counted(quota, now) === 0n) this.charges = [];
    this.charges.push({ at: now, units });
  }

  refund(quota: Quota, units: number, at: number, now: number): void {
    let left = units;
    for (const charge of [...this.charges].reverse()) {
      if (!this.isRefundable(charge, quota, at, now)) continue;
      const given = Math.min(left, charge.units);
      charge.units -= given;
      left -= given;
    }
  }

  protected admits(quota: Quota, cost: number, counted: bigint): boolean {
    return counted + BigInt(cost * quota.windowMs) <= BigInt(this.capacity(quota) * quota.windowMs);
  }

  private remaining(quota: Quota, now: number): number {
    let units = 0;
    while (this.admits(quota, units + 1, this.counted(quota, now))) units++;
    return units;
  }
}

class FixedWindow extends Reference {
  #end = 0;

  override charge(quota: Quota, units: number, now: number): void {
    if (this.counted(quota, now) === 0n) this.#end = now + quota.windowMs;
    super.charge(quota, units, now);
  }

  protected counted({ windowMs }: Quota, now: number): bigint {
    return now < this.#end ? BigInt(sum(this.charges) * windowMs) : 0n;
  }

  protected isRefundable(_charge: Charge, { windowMs }: Quota, at: number, now: number): boolean {
    return now < this.#end && at >= this.#end - windowMs;
  }
}

class SlidingLog extends Reference {
  protected counted({ windowMs }: Quota, now: number): bigint {
    return BigInt(sum(this.charges.filter(({ at }) => now - at < windowMs)) * windowMs);
  }

  protected isRefundable(charge: Charge, { windowMs }: Quota, at: number, now: number): boolean {
    return now - charge.at < windowMs && charge.at <= at;
  }
}

class SlidingWindow extends Reference {
  #start = 0;

  override charge(quota: Quota, units: number, now: number): void {
    if (this.counted(quota, now) === 0n) this.#start = now;
    super.charge(quota, units, now);
  }

  protected counted({ windowMs }: Quota, now: number): bigint {
    const window = this.#windowOf(windowMs, now);
    const countOf = (wanted: number) =>
      sum(this.charges.filter(({ at }) => this.#windowOf(windowMs, at) === wanted));
    const elapsedMs = now - this.#start - window * windowMs;
    return BigInt(countOf(window) * windowMs) + BigInt(countOf(window - 1) * (windowMs - elapsedMs));
  }

  protected isRefundable(charge: Charge, { windowMs }: Quota, at: number, now: number): boolean {
    const window = this.#windowOf(windowMs, charge.at);
    return window >= this.#windowOf(windowMs, now) - 1 && window <= this.#windowOf(windowMs, at);
  }

  #windowOf(windowMs: number, time: number): number {
    return Math.floor((time - this.#start) / windowMs);
  }
}

/** Each millisecond takes `limit` windowMs-ths of a unit out, the oldest first, so the last unit in leaves as the last. */
class TokenBucket extends Reference {
  protected override capacity({ burst }: Quota): number {
    return burst;
  }

  protected counted({ limit, windowMs }: Quota, now: number): bigint {
    let level = 0n;
    let time = this.charges[0]?.at ?? now;
    const drain = (until: number) => {
      for (; time < until; time++) level = level > BigInt(limit) ? level - BigInt(limit) : 0n;
    };
    for (const { at, units } of this.charges) {
      drain(at);
      level += BigInt(units * windowMs);
      if (level < 0n) level = 0n;
    }
    drain(now);
    return level;
  }

  override refund({ limit, windowMs, burst }: Quota, units: number, at: number, now: number): void {
    // Of a bucket that was full then, this much is still in it: no charge of then can have more.
    const left = Math.max(0, burst * windowMs - Math.max(0, now - at) * limit);
    this.charges.push({ at: now, units: -Math.min(units, left / windowMs) });
  }

  protected isRefundable(): boolean {
    return true;
  }
}

const REFERENCES: Readonly<Record<AlgorithmName, new () => Reference>> = {
  'sliding-window': SlidingWindow,
  'fixed-window': FixedWindow,
  'sliding-log': SlidingLog,
  'token-bucket': TokenBucket,
};

export const referenceOf = (algorithm: AlgorithmName): Reference => new REFERENCES[algorithm]();

const sum = (charges: readonly Charge[]): number => charges.reduce((total, { units }) => total + units, 0);

function firstMs(holds: (ms: number) => boolean): number {
  let ms = 0;
  while (!holds(ms)) ms++;
  return ms;
}
