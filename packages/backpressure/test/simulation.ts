import { seeded } from '@spillway/core/testing';
import { Gate, type GateSettings } from '../dist/gate';
import { DEFAULT, type Level } from '../dist/level';
import type { Limit } from '../dist/limit';
import type { Visit } from '../dist/visit';
import { CODEL } from '../dist/waiting-queue';
import { exponential } from './random';
import { Timeline } from './timeline';

/** What can't serve more than so many at once; who comes then waits there, without end. */
export interface Downstream {
  slots: number;
  /** Milliseconds that one takes. */
  serviceMs: (random: () => number) => number;
}

export interface SimulationOptions extends Partial<GateSettings> {
  readonly seed?: number;
  /** Milliseconds within which an answer is of use. */
  readonly sloMs?: number;
}

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

/** What became of the load that came in a while. */
export class Span {
  served = 0;
  inTime = 0;
  refused = 0;
  /** Milliseconds, of all who were served. */
  readonly latencies: number[] = [];

  constructor(readonly seconds: number) {}

  get refusedShare(): number {
    return this.refused / (this.refused + this.served);
  }

  get inTimePerSecond(): number {
    return this.inTime / this.seconds;
  }

  /** Milliseconds that a share of all who were served took at most. */
  quantile(share: number): number {
    const sorted = this.latencies.toSorted((a, b) => a - b);
    return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  }
}

/**
 * A gate before a downstream, with Poisson arrivals, in time that is not real. The gate's own timer doesn't run in it: who waits
 * too long is found when the next one comes or leaves.
 */
export class Simulation {
  readonly gate: Gate;
  readonly #timeline = new Timeline();
  readonly #downstream: Downstream;
  readonly #random: () => number;
  readonly #sloMs: number;
  readonly #backlog: (() => void)[] = [];
  #busy = 0;
  #span = new Span(0);

  constructor(
    limit: Limit,
    downstream: Downstream,
    { seed = 1, sloMs = 250, ...settings }: SimulationOptions = {},
  ) {
    this.#downstream = downstream;
    this.#random = seeded(seed);
    this.#sloMs = sloMs;
    this.gate = new Gate({ limit, patience: CODEL, reserved: 0.1, now: this.#timeline.now, ...settings });
  }

  /** Lets load come, and tells what became of it meanwhile. */
  run({ perSecond, seconds }: Load, level: Level = DEFAULT): Span {
    this.#span = new Span(seconds);
    const endMs = this.#timeline.now() + 1_000 * seconds;
    this.#awaitNext(1_000 / perSecond, endMs, level);
    this.#timeline.runUntil(endMs);
    return this.#span;
  }

  #awaitNext(meanMs: number, endMs: number, level: Level): void {
    const afterMs = exponential(meanMs, this.#random);
    if (this.#timeline.now() + afterMs > endMs) return;
    this.#timeline.at(afterMs, () => {
      this.#arrive(level);
      this.#awaitNext(meanMs, endMs, level);
    });
  }

  #arrive(level: Level): void {
    const nowMs = this.#timeline.now();
    const visit: Visit = {
      level,
      sinceMs: nowMs,
      untilMs: Number.POSITIVE_INFINITY,
      startedMs: 0,
      state: 'over',
      older: undefined,
      newer: undefined,
      settle: (refusal) => {
        if (refusal === undefined) this.#call(visit);
        else this.#span.refused++;
      },
      isDone: () => false,
    };
    if (this.gate.enter(visit, nowMs)) this.#call(visit);
    else if (!this.gate.wait(visit, nowMs)) this.#span.refused++;
  }

  #call(visit: Visit): void {
    this.#backlog.push(() => {
      this.#busy++;
      this.#timeline.at(this.#downstream.serviceMs(this.#random), () => this.#answer(visit));
    });
    this.#work();
  }

  #answer(visit: Visit): void {
    this.#busy--;
    const nowMs = this.#timeline.now();
    const latencyMs = nowMs - visit.sinceMs;
    this.#span.served++;
    this.#span.latencies.push(latencyMs);
    if (latencyMs <= this.#sloMs) this.#span.inTime++;
    this.gate.leave(visit, nowMs);
    this.#work();
  }

  #work(): void {
    while (this.#busy < this.#downstream.slots) {
      const next = this.#backlog.shift();
      if (!next) return;
      next();
    }
  }
}
