import { FixedLimit } from '@spillway/backpressure';
import { Gate, type GateSettings } from '../dist/gate';
import { DEFAULT, type Level } from '../dist/level';
import type { Refusal, Visit } from '../dist/visit';
import { CODEL } from '../dist/waiting-queue';

/** A request that keeps what it was told. */
export class TestVisit implements Visit {
  older: Visit | undefined = undefined;
  newer: Visit | undefined = undefined;
  untilMs = Number.POSITIVE_INFINITY;
  startedMs = 0;
  state: Visit['state'] = 'over';
  /** Whether it needs no slot any more. */
  done = false;
  readonly told: (Refusal | 'runs')[] = [];

  constructor(
    readonly level: Level,
    readonly sinceMs: number,
  ) {}

  settle(refusal?: Refusal): void {
    this.told.push(refusal ?? 'runs');
  }

  isDone(): boolean {
    return this.done;
  }
}

/** By the time that jest's fake timers tell, so that the gate's timer and its clock are one. */
export const now = (): number => Date.now();

/** A gate of so many slots, and who comes to it. */
export function gateOf(slots: number, settings: Partial<GateSettings> = {}) {
  const gate = new Gate({ limit: new FixedLimit(slots), patience: CODEL, reserved: 0, now, ...settings });
  const come = (level: Level = DEFAULT): TestVisit => {
    const visit = new TestVisit(level, now());
    if (!gate.enter(visit, now())) gate.wait(visit, now());
    return visit;
  };
  return {
    gate,
    come,
    comeAll: (count: number, level?: Level) => Array.from({ length: count }, () => come(level)),
    leave: (visit: Visit) => gate.leave(visit, now()),
    pass: (ms: number) => jest.advanceTimersByTime(ms),
  };
}
