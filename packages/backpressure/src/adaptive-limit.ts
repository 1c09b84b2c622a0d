import { checkOptions, isInteger } from '@spillway/core';
import type { Interval, Limit } from './limit';

export interface AdaptiveLimitOptions {
  /** Requests at once to begin with. @default 20 */
  readonly initial?: number | undefined;
  /** @default 4 */
  readonly min?: number | undefined;
  /** @default 10_000 */
  readonly max?: number | undefined;
}

/**
 * What the estimate is multiplied by, interval by interval: more once, to see whether more gets done; less once, so that a queue of our own
 * making drains and latency is seen without it (ProbeBW of BBR: Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM
 * Queue 14.5, 2016).
 */
const GAINS = [1.25, 0.8, 1, 1, 1, 1, 1, 1] as const;
const PROBE = 0;
const DRAIN = 1;

/** Where a probe has paid, and where demand is below the limit: as many again. */
const DOUBLE = 2;

/** Intervals that count. There is always one that drained among them. */
const KEPT = GAINS.length + 2;

/** Where a fifth less at once gets so much of the rate done, most of the fifth was queued only. */
const DRAINED = 0.88;
const MAX_DRAINS = 3;

/** Intervals of demand below the limit until there may be twice as many. */
const RESTED = 4;

const MIN_INTERVAL_MS = 100;
const MAX_INTERVAL_MS = 2_000;
const LATENCIES = 2;

/**
 * The default: as many requests at once as the rate at which they end, where it was highest, times their latency, where it was lowest (Little's
 * law). With fewer the rate would fall, with more only latency would grow. Only intervals that the limit has cut short are judged: in others
 * the demand decided what got done, and to follow it downwards would shed what can be served.
 */
export class AdaptiveLimit implements Limit {
  readonly #min: number;
  readonly #max: number;
  readonly #kept: { readonly perMs: number; readonly latencyMs: number }[] = [];
  #highestPerMs = 0;
  #lowestLatencyMs = 0;
  #estimate: number;
  #gain = 1;
  #phase = PROBE;
  /** The rate that a probe has to exceed. */
  #before = 0;
  #drains = 0;
  #rested = 0;

  /** @throws {OptionError} naming the option that is wrong. */
  constructor(options: AdaptiveLimitOptions = {}) {
    const { min = 4, max = 10_000, initial = Math.min(max, Math.max(20, min)) } = options;
    checkOptions(
      'AdaptiveLimit',
      { ...options, min, max, initial },
      { min: isInteger(1), max: isInteger(min), initial: isInteger(min, max) },
    );
    this.#min = min;
    this.#max = max;
    this.#estimate = initial;
  }

  get value(): number {
    return Math.min(this.#max, Math.max(this.#min, this.#estimate * this.#gain));
  }

  get intervalMs(): number {
    return Math.min(MAX_INTERVAL_MS, Math.max(MIN_INTERVAL_MS, LATENCIES * this.#lowestLatencyMs));
  }

  update({ limited, completed, durationMs, latencyMs }: Interval): void {
    if (!limited) return this.#rest();
    this.#rested = 0;
    if (completed === 0) return;
    const perMs = completed / durationMs;
    this.#kept.push({ perMs, latencyMs });
    if (this.#kept.length > KEPT) this.#kept.shift();
    this.#look();
    if (this.#phase === PROBE && perMs > this.#before * Math.sqrt(this.#gain)) return this.#grow(perMs);
    const wasQueue = this.#phase === DRAIN && perMs > this.#before * DRAINED;
    this.#enter(wasQueue ? DRAIN : (this.#phase + 1) % GAINS.length);
  }

  #grow(perMs: number): void {
    this.#estimate = this.value;
    this.#before = perMs;
    this.#gain = DOUBLE;
  }

  #enter(phase: number): void {
    this.#drains = phase === DRAIN ? Math.min(MAX_DRAINS, this.#drains + 1) : 0;
    this.#phase = phase;
    this.#gain = phase === DRAIN ? GAINS[DRAIN] ** this.#drains : GAINS[phase]!;
    this.#before = this.#highestPerMs;
    this.#estimate = this.#before * this.#lowestLatencyMs;
  }

  /** What is known gets old; and there is room to find out whether demand above the limit could be served. */
  #rest(): void {
    if (++this.#rested < RESTED || this.#kept.length === 0) return;
    if (this.#kept.length > 1) this.#kept.shift();
    this.#look();
    this.#gain = DOUBLE;
    this.#phase = PROBE;
    this.#before = this.#highestPerMs;
  }

  /** Once an interval: the length of the next one is asked for with each request. */
  #look(): void {
    this.#highestPerMs = Math.max(...this.#kept.map(({ perMs }) => perMs));
    this.#lowestLatencyMs = Math.min(...this.#kept.map(({ latencyMs }) => latencyMs));
  }
}
