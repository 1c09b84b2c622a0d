/** How requests of one key are counted. */
export type AlgorithmName = 'sliding-window' | 'fixed-window' | 'sliding-log' | 'token-bucket';

/** One named limit, as it stands for one request. */
export interface Quota {
  readonly name: string;
  readonly algorithm: AlgorithmName;
  /** Units admitted in a window. */
  readonly limit: number;
  readonly windowMs: number;
  /** Units that a token bucket holds; other algorithms don't look at it. */
  readonly burst: number;
}

/** What one quota says of one request. */
export interface Decision {
  readonly quota: Quota;
  readonly allowed: boolean;
  /** Units left after this decision, 0 to the limit (a token bucket: to its burst). */
  readonly remaining: number;
  /** Milliseconds until all units are back, if nothing more is asked; where refused, until this request would be admitted. */
  readonly resetMs: number;
  /** Milliseconds until this request would be admitted, if nothing more is asked; 0 where it is, Infinity where it never will be. */
  readonly retryAfterMs: number;
  /** When it was charged, by the store's clock: what a refund refers to. */
  readonly at: number;
}

/**
 * Where counts live. One call is one decision, whatever the number of quotas: all are charged or none, so a request that one
 * refuses costs nothing with the others. `quotas` and `keys` run in parallel.
 */
export interface RateLimitStore {
  /** Charges `cost` units to every quota, where all admit them; 0 asks what one unit would meet, and charges nothing. */
  consume(
    quotas: readonly Quota[],
    keys: readonly string[],
    cost: number,
  ): readonly Decision[] | Promise<readonly Decision[]>;
  /**
   * Corrects what was charged at `at`: a negative `delta` gives units back, as far as they still count; a positive one charges
   * more, whatever the limit.
   */
  adjust(quotas: readonly Quota[], keys: readonly string[], delta: number, at: number): void | Promise<void>;
  /** Forgets the keys' counts, and refuses the keys for `blockMs` from now (0: not at all). */
  reset(quotas: readonly Quota[], keys: readonly string[], blockMs: number): void | Promise<void>;
}
