import type { Link } from '@spillway/core';
import type { Level } from './level';

/** Why one waited in vain: others came first, it took too long, or longer than it had time. */
export type Refusal = 'full' | 'timeout' | 'deadline';

/** A request at a gate: it waits, runs, runs on without its slot, or is over. */
export interface Visit extends Link<Visit> {
  readonly level: Level;
  /** When it came. */
  readonly sinceMs: number;
  /** When it is of no use any more; Infinity where always. */
  readonly untilMs: number;
  /** When it began to run. */
  startedMs: number;
  state: 'over' | 'waiting' | 'running' | 'idle';
  /** Told once to who has waited: why in vain, or nothing where it runs. */
  settle(refusal?: Refusal): void;
  /** Whether a running one needs its slot no more: what is left to do is its client's. */
  isDone(nowMs: number): boolean;
}
