import { FakeClock } from '@spillway/core/testing';
import { Gate, type GateSettings } from '../dist/gate';
import type { Level } from '../dist/level';
import type { Limit } from '../dist/limit';
import type { Visit } from '../dist/visit';
import { CODEL } from '../dist/waiting-queue';

/** What can't serve more than so many at once; who comes then waits there, without end. */
export interface Downstream {
  slots: number;
  /** Milliseconds that one takes. */
  serviceMs: (random: () => number) => number;
}

export interface Window {
  readonly served: number;
  readonly inTime: number;
  readonly refused: number;
  readonly latencies: readonly number[];
  readonly limit: number;
}

export interface Load {
  readonly perSecond: number;
  readonly seconds: number;
}

/** Numbers from 0 to 1 that are the same in each run (Marsaglia's xorshift32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A gate before a downstream, with Poisson arrivals, in time that is not real. */
export class Simulation {
  readonly clock = new FakeClock();
  readonly gate: Gate;
  readonly #random: () => number;
  readonly #events: { readonly atMs: number; readonly run: () => void }[] = [];
  readonly #backlog: (() => void)[] = [];
  #busy = 0;
  #latencies: number[] = [];
  #served = 0;
  #refused = 0;
  #inTime = 0;

  constructor(
    readonly limit: Limit,
    readonly downstream: Downstream,
    { seed = 1, sloMs = 250, ...settings }: Partial<GateSettings> & { seed?: number; sloMs?: number } = {},
  ) {
    this.#random = seeded(seed);
    this.sloMs = sloMs;
    this.gate = new Gate({ limit, patience: CODEL, reserved: 0.1, now: this.clock.now, ...settings });
  }
  readonly sloMs: number;

  /** Lets load come, and tells what became of it while it came. */
  run({ perSecond, seconds }: Load, level: Level = 1): Window {
    this.#latencies = [];
    this.#served = this.#refused = this.#inTime = 0;
    const endMs = this.clock.now() + 1000 * seconds;
    const arrive = () => {
      this.#arrive(level);
      this.#at(this.#gapMs(perSecond), arrive);
    };
    this.#at(this.#gapMs(perSecond), arrive);
    while (this.#events.length > 0 && this.#events[0]!.atMs <= endMs) {
      const { atMs, run } = this.#events.shift()!;
      this.clock.advance(atMs - this.clock.now());
      run();
    }
    this.#events.splice(
      this.#events.findIndex(({ run }) => run === arrive),
      1,
    );
    this.clock.advance(endMs - this.clock.now());
    const latencies = this.#latencies.sort((a, b) => a - b);
    return {
      served: this.#served,
      inTime: this.#inTime,
      refused: this.#refused,
      latencies,
      limit: this.limit.value,
    };
  }

  #gapMs(perSecond: number): number {
    return (-Math.log(1 - this.#random()) * 1000) / perSecond;
  }

  #arrive(level: Level): void {
    const { gate, clock } = this;
    const sinceMs = clock.now();
    const visit: Visit = {
      level,
      sinceMs,
      startedMs: 0,
      state: 'over',
      older: undefined,
      newer: undefined,
      settle: (refusal) => {
        if (refusal === undefined) this.#call(visit);
        else this.#refused++;
      },
      isDone: () => false,
    };
    if (gate.enter(visit, sinceMs)) this.#call(visit);
    else if (!gate.wait(visit, sinceMs)) this.#refused++;
  }

  #call(visit: Visit): void {
    this.#backlog.push(() => {
      this.#busy++;
      this.#at(this.downstream.serviceMs(this.#random), () => {
        this.#busy--;
        const nowMs = this.clock.now();
        const latencyMs = nowMs - visit.sinceMs;
        this.#served++;
        this.#latencies.push(latencyMs);
        if (latencyMs <= this.sloMs) this.#inTime++;
        this.gate.leave(visit, nowMs);
        this.#work();
      });
    });
    this.#work();
  }

  #work(): void {
    while (this.#busy < this.downstream.slots) {
      const next = this.#backlog.shift();
      if (!next) return;
      next();
    }
  }

  #at(afterMs: number, run: () => void): void {
    const event = { atMs: this.clock.now() + afterMs, run };
    let i = this.#events.length;
    while (i > 0 && this.#events[i - 1]!.atMs > event.atMs) i--;
    this.#events.splice(i, 0, event);
  }
}

export const quantile = (sorted: readonly number[], q: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? 0;
