/** What a gate has seen over an interval, for a limit to learn from. */
export interface Interval {
  /** Milliseconds. */
  readonly durationMs: number;
  /** Requests that have ended. */
  readonly completed: number;
  /** Mean milliseconds that a request ran; those that still run count too. Infinity where none has ended. */
  readonly latencyMs: number;
  /** Whether most of those who came found no slot: only then the limit, and not the demand, decided how many ran. */
  readonly limited: boolean;
}

/** How many requests may run at once. */
export interface Limit {
  /** At least 1; it need not be whole. */
  readonly value: number;
  /** Milliseconds that the next interval should last at least. */
  readonly intervalMs: number;
  /** Learns from an interval that has ended. */
  update(interval: Interval): void;
}
