import type { AlgorithmName, Quota } from '@spillway/rate-limit';

/** What a decision says, but for the quota and the time. */
interface Expected {
  readonly allowed: boolean;
  readonly remaining: number;
  readonly resetMs: number;
  readonly retryAfterMs: number;
}

/** Rate limiting as one would explain it: each question counts everything again, and tries one millisecond after the other. */
abstract class Reference {
  /** What counts at a time from the last charge on, in windowMs-ths of a unit. */
  abstract counted(quota: Quota, now: number): bigint;
  abstract charge(quota: Quota, units: number, now: number): void;
  abstract refund(quota: Quota, units: number, at: number, now: number): void;

  capacity({ limit }: Quota): number {
    return limit;
  }

  decide(quota: Quota, cost: number, now: number): Expected {
    const asked = Math.max(cost, 1);
    const admits = (units: number, counted: bigint) =>
      counted + BigInt(units * quota.windowMs) <= BigInt(this.capacity(quota) * quota.windowMs);
    const retryAfterMs = admits(asked, 0n)
      ? firstMs((ms) => admits(asked, this.counted(quota, now + ms)))
      : Number.POSITIVE_INFINITY;
    const allowed = retryAfterMs === 0;
    if (allowed && cost > 0) this.charge(quota, cost, now);
    let remaining = 0;
    while (admits(remaining + 1, this.counted(quota, now))) remaining++;
    const resetMs = allowed ? firstMs((ms) => this.counted(quota, now + ms) === 0n) : retryAfterMs;
    return { allowed, remaining, resetMs, retryAfterMs };
  }
}

interface Charge {
  readonly at: number;
  units: number;
}

/** Keeps every charge. */
abstract class Log extends Reference {
  charges: Charge[] = [];

  abstract isRefundable(charge: Charge, quota: Quota, at: number, now: number): boolean;

  charge(quota: Quota, units: number, now: number): void {
    if (this.counted(quota, now) === 0n) this.begin(quota, now);
    this.charges.push({ at: now, units });
  }

  begin(_quota: Quota, _now: number): void {
    this.charges = [];
  }

  refund(quota: Quota, units: number, at: number, now: number): void {
    let left = units;
    for (const charge of this.charges.toReversed()) {
      if (!this.isRefundable(charge, quota, at, now)) continue;
      const given = Math.min(left, charge.units);
      charge.units -= given;
      left -= given;
    }
  }
}

class SlidingLog extends Log {
  counted({ windowMs }: Quota, now: number): bigint {
    return BigInt(sum(this.charges.filter(({ at }) => now - at < windowMs)) * windowMs);
  }

  isRefundable(charge: Charge, { windowMs }: Quota, at: number, now: number): boolean {
    return now - charge.at < windowMs && charge.at <= at;
  }
}

class FixedWindow extends Log {
  start = 0;
  end = 0;

  override begin(quota: Quota, now: number): void {
    super.begin(quota, now);
    this.start = now;
    this.end = now + quota.windowMs;
  }

  counted({ windowMs }: Quota, now: number): bigint {
    return now < this.end ? BigInt(sum(this.charges) * windowMs) : 0n;
  }

  isRefundable(_charge: Charge, _quota: Quota, at: number, now: number): boolean {
    return now < this.end && at >= this.start;
  }
}

class SlidingWindow extends Log {
  start = 0;

  override begin(quota: Quota, now: number): void {
    super.begin(quota, now);
    this.start = now;
  }

  counted({ windowMs }: Quota, now: number): bigint {
    const window = this.windowOf(windowMs, now);
    const countOf = (wanted: number) =>
      sum(this.charges.filter(({ at }) => this.windowOf(windowMs, at) === wanted));
    const elapsedMs = now - this.start - window * windowMs;
    return BigInt(countOf(window) * windowMs) + BigInt(countOf(window - 1) * (windowMs - elapsedMs));
  }

  isRefundable(charge: Charge, { windowMs }: Quota, at: number, now: number): boolean {
    const window = this.windowOf(windowMs, charge.at);
    return window >= this.windowOf(windowMs, now) - 1 && window <= this.windowOf(windowMs, at);
  }

  windowOf(windowMs: number, time: number): number {
    return Math.floor((time - this.start) / windowMs);
  }
}

/** A leaky bucket: each millisecond takes `limit` windowMs-ths of a unit out, the oldest first. */
class TokenBucket extends Reference {
  level = 0n;
  time = 0;

  override capacity({ burst }: Quota): number {
    return burst;
  }

  counted({ limit }: Quota, now: number): bigint {
    let level = this.level;
    for (let time = this.time; time < now && level > 0n; time++) level -= BigInt(limit);
    return level > 0n ? level : 0n;
  }

  charge(quota: Quota, units: number, now: number): void {
    this.level = this.counted(quota, now) + BigInt(units * quota.windowMs);
    this.time = now;
  }

  refund(quota: Quota, units: number, at: number, now: number): void {
    // What was charged at `at` filled the bucket at most, so this much of it can't have leaked.
    const left = Math.max(0, quota.burst * quota.windowMs - Math.max(0, now - at) * quota.limit);
    const given = BigInt(Math.min(units * quota.windowMs, left));
    const level = this.counted(quota, now);
    this.level = level > given ? level - given : 0n;
    this.time = now;
  }
}

const REFERENCES: Readonly<Record<AlgorithmName, new () => Reference>> = {
  'sliding-window': SlidingWindow,
  'fixed-window': FixedWindow,
  'sliding-log': SlidingLog,
  'token-bucket': TokenBucket,
};

export const ALGORITHMS = Object.keys(REFERENCES) as readonly AlgorithmName[];

export const referenceOf = (algorithm: AlgorithmName): Reference => new REFERENCES[algorithm]();

const sum = (charges: readonly Charge[]): number => charges.reduce((total, { units }) => total + units, 0);

function firstMs(holds: (ms: number) => boolean): number {
  let ms = 0;
  while (!holds(ms)) ms++;
  return ms;
}
