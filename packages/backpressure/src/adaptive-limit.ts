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
const CRUISE = GAINS.length - 2;

/** At most, where probes have paid, and where demand is below the limit: as many again. */
const DOUBLE = 2;

/** Intervals that count: a round of them, so that one that drained is among them. More would keep what was so by chance. */
const KEPT = GAINS.length;

/** Where a fifth less at once gets so much of the rate done, most of the fifth was queued only. */
const DRAINED = 0.88;
const MAX_DRAINS = 3;

/** Standard errors of a count (1 over its root, of Poisson's distribution) that a probe has to pay more. */
const CHANCE = 0.25;

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
  #gain = DOUBLE;
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
    // As if a probe had begun: the first interval pays, whatever gets done in it.
    this.#estimate = initial / DOUBLE;
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
    if (this.#phase === PROBE && this.#hasPaid(perMs, completed))
      return this.#grow(Math.max(perMs, this.value / latencyMs));
    const wasQueue = this.#phase === DRAIN && perMs > this.#highestPerMs * DRAINED;
    this.#enter(wasQueue ? DRAIN : (this.#phase + 1) % GAINS.length);
  }

  /**
   * A downstream with a queue gets as much done as before. One without gets more done in proportion to the limit, once a latency has passed:
   * half of the interval. Their geometric mean tells them apart; it is a little more where few have ended, as that may be chance.
   */
  #hasPaid(perMs: number, completed: number): boolean {
    return perMs > this.#before * (Math.sqrt((1 + this.#gain) / 2) + CHANCE / Math.sqrt(completed));
  }

  /**
   * The next probe goes twice as far.
   * @param perMs what this limit gets done. Little's law knows it where not all slots were taken from the start.
   */
  #grow(perMs: number): void {
    this.#estimate = this.value;
    this.#before = perMs;
    this.#gain = Math.min(DOUBLE, 2 * this.#gain - 1);
  }

  #enter(phase: number): void {
    this.#drains = phase === DRAIN ? Math.min(MAX_DRAINS, this.#drains + 1) : 0;
    this.#phase = phase;
    this.#gain = phase === DRAIN ? GAINS[DRAIN] ** this.#drains : GAINS[phase]!;
    this.#before = this.#meanPerMs(CRUISE);
    this.#estimate = this.#highestPerMs * this.#lowestLatencyMs;
  }

  /** What is known gets old; and there is room to find out whether demand above the limit could be served. */
  #rest(): void {
    if (++this.#rested < RESTED || this.#kept.length === 0) return;
    if (this.#kept.length > 1) this.#kept.shift();
    this.#look();
    this.#gain = DOUBLE;
    this.#phase = PROBE;
    this.#before = this.#meanPerMs(1);
  }

  /** Of the last so many: the highest rate of all is so by chance where times vary, and hides that a probe has paid. */
  #meanPerMs(count: number): number {
    const last = this.#kept.slice(-count);
    return last.reduce((sum, { perMs }) => sum + perMs, 0) / last.length;
  }

  /** Once an interval: the length of the next one is asked for with each request. */
  #look(): void {
    this.#highestPerMs = Math.max(...this.#kept.map(({ perMs }) => perMs));
    this.#lowestLatencyMs = Math.min(...this.#kept.map(({ latencyMs }) => latencyMs));
  }
}
