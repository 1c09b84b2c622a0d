import { checkOption, checkOptions, isInteger } from '@spillway/core';
import type { Interval, Limit } from './limit';

export interface AimdLimitOptions {
  /** Milliseconds of mean latency above which the limit goes down. */
  readonly latencyMs: number;
  /** Requests at once to begin with. @default 20 */
  readonly initial?: number | undefined;
  /** @default 1 */
  readonly min?: number | undefined;
  /** @default 1000 */
  readonly max?: number | undefined;
  /** What the limit is multiplied by while latency is too high, above 0 and below 1. @default 0.9 */
  readonly backoff?: number | undefined;
}

const INTERVAL_MS = 100;

/** Additive increase, multiplicative decrease (Chiu and Jain 1989), by a latency that you name. */
export class AimdLimit implements Limit {
  readonly intervalMs = INTERVAL_MS;
  readonly #latencyMs: number;
  readonly #min: number;
  readonly #max: number;
  readonly #backoff: number;
  #value: number;

  /** @throws {OptionError} naming the option that is wrong. */
  constructor(options: AimdLimitOptions) {
    const { latencyMs, min = 1, max = 1_000, backoff = 0.9 } = options;
    const { initial = Math.min(max, Math.max(20, min)) } = options;
    checkOptions(
      'AimdLimit',
      { ...options, min, max, initial },
      {
        latencyMs: isInteger(1),
        min: isInteger(1),
        max: isInteger(min),
        initial: isInteger(min, max),
        backoff: isShare,
      },
    );
    checkOption('AimdLimit', 'latencyMs', latencyMs, isInteger(1));
    this.#latencyMs = latencyMs;
    this.#min = min;
    this.#max = max;
    this.#backoff = backoff;
    this.#value = initial;
  }

  get value(): number {
    return this.#value;
  }

  update({ latencyMs, limited }: Interval): void {
    if (latencyMs > this.#latencyMs) this.#value = Math.max(this.#min, this.#value * this.#backoff);
    else if (limited) this.#value = Math.min(this.#max, this.#value + 1);
  }
}

const isShare = (value: unknown): string | undefined =>
  typeof value === 'number' && value > 0 && value < 1 ? undefined : 'must be a number above 0 and below 1';
