import type { Clock } from '@spillway/core';
import type { Gate } from './gate';
import { CRITICAL, DEFAULT, type Level, SHEDDABLE } from './level';
import type { Refusal, Visit } from './visit';

/** How urgent a request is. */
export type Priority = 'critical' | 'default' | 'sheddable';

/**
 * Why a request was refused: dispatched too late in a `turn` of the event loop; no slot and the queue `full`; waited too long (`timeout`); less
 * time left than it would wait (`deadline`); or it is sheddable, and something else that reports `load` is saturated.
 */
export type ShedReason = Refusal | 'turn' | 'load';

const LEVELS: Readonly<Record<Priority, Level>> = {
  critical: CRITICAL,
  default: DEFAULT,
  sheddable: SHEDDABLE,
};

/** Whether a request needs its slot no more, after so many milliseconds. */
export type IsDone = (ranMs: number, running: Admission) => boolean;

/** Whoever lets requests in. */
export interface Owner {
  readonly now: Clock;
  /** Told of one that has waited, what became of it. */
  settled(admission: Admission, refusal: Refusal | undefined): void;
  /** Told where one that ran is over. */
  left(): void;
}

/** One request and its slot: waits for it, has it, and gives it back exactly once. */
export class Admission implements Visit {
  older: Visit | undefined = undefined;
  newer: Visit | undefined = undefined;
  startedMs = 0;
  state: Visit['state'] = 'over';
  level: Level;
  client: string | undefined = undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  readonly priority: Priority;
  readonly key: string | undefined;
  readonly #owner: Owner;
  readonly #gate: Gate;
  readonly #isDone: IsDone | undefined;
  #tell: ((refusal: Refusal | undefined) => void) | undefined;

  constructor(
    owner: Owner,
    gate: Gate,
    priority: Priority,
    key: string | undefined,
    sinceMs: number,
    untilMs: number,
    isDone: IsDone | undefined,
  ) {
    this.#owner = owner;
    this.#gate = gate;
    this.level = LEVELS[priority];
    this.priority = priority;
    this.key = key;
    this.sinceMs = sinceMs;
    this.untilMs = untilMs;
    this.#isDone = isDone;
  }

  /** Why one that waits was refused, undefined where it runs; to be asked before anything else happens. */
  whenSettled(): Promise<Refusal | undefined> {
    return new Promise((resolve) => {
      this.#tell = resolve;
    });
  }

  settle(refusal?: Refusal): void {
    this.#owner.settled(this, refusal);
    this.#tell?.(refusal);
  }

  isDone(nowMs: number): boolean {
    return this.#isDone?.(nowMs - this.startedMs, this) ?? false;
  }

  /** It is over, or waits no more. */
  leave(): void {
    const { state } = this;
    if (state === 'over') return;
    this.#gate.leave(this, this.#owner.now());
    if (state !== 'waiting') this.#owner.left();
  }

  /** It needs a slot again, within the limit or beyond. */
  retake(): void {
    this.#gate.retake(this, this.#owner.now());
  }
}
