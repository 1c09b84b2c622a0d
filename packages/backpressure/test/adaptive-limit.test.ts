import { AdaptiveLimit } from '@spillway/backpressure';
import { OptionError } from '@spillway/core';
import fc from 'fast-check';
import { intervals } from './intervals';
import { exponential } from './random';
import { type Downstream, Simulation } from './simulation';

const SEEDS = [1, 2, 3, 4, 5].map((seed) => seed * 7_919);

interface Case {
  readonly name: string;
  readonly slots: number;
  readonly meanMs: number;
  readonly serviceMs: Downstream['serviceMs'];
  /** Milliseconds that 99 of 100 take at most, in a queue of our own making too. */
  readonly p99Ms: number;
}

const constant = (ms: number) => () => ms;

const CASES: readonly Case[] = [
  { name: '20 slots of 50 ms', slots: 20, meanMs: 50, serviceMs: constant(50), p99Ms: 150 },
  { name: '200 slots of 50 ms', slots: 200, meanMs: 50, serviceMs: constant(50), p99Ms: 150 },
  { name: '4 slots of 50 ms', slots: 4, meanMs: 50, serviceMs: constant(50), p99Ms: 250 },
  {
    name: '20 slots of 50 ms, exponential',
    slots: 20,
    meanMs: 50,
    serviceMs: (random) => exponential(50, random),
    p99Ms: 400,
  },
  {
    name: '20 slots of 5 ms, one in ten of 200 ms',
    slots: 20,
    meanMs: 24.5,
    serviceMs: (random) => (random() < 0.1 ? 200 : 5),
    p99Ms: 450,
  },
];

/** What is seen of a case at a part of its capacity, for each seed. */
function spansOf({ slots, meanMs, serviceMs }: Case, part: number) {
  const capacity = (1_000 * slots) / meanMs;
  return SEEDS.map((seed) => {
    const simulation = new Simulation(new AdaptiveLimit(), { slots, serviceMs }, { seed });
    const early = simulation.run({ perSecond: part * capacity, seconds: 2 });
    const span = simulation.run({ perSecond: part * capacity, seconds: 3 });
    return { early, span, goodShare: span.inTimePerSecond / capacity };
  });
}

describe.each(CASES)('an adaptive limit before $name', (given) => {
  it.each([2, 5, 10])('at %d times what it can do keeps it busy, and answers in time', (times) => {
    for (const { span, goodShare } of spansOf(given, times)) {
      expect(goodShare).toBeGreaterThan(0.82);
      expect(span.quantile(0.99)).toBeLessThan(given.p99Ms);
    }
  });

  it('at half of it refuses nothing', () => {
    expect(spansOf(given, 0.5).map(({ span }) => span.refused)).toEqual(SEEDS.map(() => 0));
  });

  it('at nine tenths of it refuses next to nothing', () => {
    const shares = spansOf(given, 0.9).map(({ span }) => span.refusedShare);
    expect(Math.max(...shares)).toBeLessThan(0.12);
    expect(shares.reduce((sum, share) => sum + share) / shares.length).toBeLessThan(0.05);
  });
});

const TWENTY = { slots: 20, serviceMs: constant(50) };
const CAPACITY = 400;

const simulationOf = (downstream: Downstream, seed: number) =>
  new Simulation(new AdaptiveLimit(), { ...downstream }, { seed });

describe.each(SEEDS)('an adaptive limit, with seed %d', (seed) => {
  it('keeps the first 0.8 seconds of ten times the load in time', () => {
    const simulation = simulationOf(TWENTY, seed);
    simulation.run({ perSecond: CAPACITY / 2, seconds: 3 });
    const first = simulation.run({ perSecond: 10 * CAPACITY, seconds: 0.8 });
    expect(first.inTimePerSecond / CAPACITY).toBeGreaterThan(0.7);
  });

  it('refuses next to nothing a second after the load went back', () => {
    const simulation = simulationOf(TWENTY, seed);
    simulation.run({ perSecond: 10 * CAPACITY, seconds: 5 });
    simulation.run({ perSecond: CAPACITY / 2, seconds: 1 });
    expect(simulation.run({ perSecond: CAPACITY / 2, seconds: 5 }).refusedShare).toBeLessThan(0.02);
  });

  it('follows a downstream that loses half of its slots, and gets them back', () => {
    const downstream = { ...TWENTY };
    const simulation = new Simulation(new AdaptiveLimit(), downstream, { seed });
    const load = { perSecond: 2 * CAPACITY, seconds: 3 };
    simulation.run(load);
    downstream.slots = 10;
    simulation.run(load);
    const half = simulation.run(load);
    expect(half.inTimePerSecond / (CAPACITY / 2)).toBeGreaterThan(0.85);
    downstream.slots = 20;
    simulation.run(load);
    expect(simulation.run(load).inTimePerSecond / CAPACITY).toBeGreaterThan(0.85);
  });

  it('is not drawn down by a downstream that becomes ten times slower, and back', () => {
    const downstream = { ...TWENTY };
    const simulation = new Simulation(new AdaptiveLimit(), downstream, { seed, sloMs: 2_000 });
    const load = { perSecond: 2 * CAPACITY, seconds: 5 };
    simulation.run(load);
    downstream.serviceMs = constant(500);
    simulation.run(load);
    simulation.run(load);
    expect(simulation.run(load).inTimePerSecond / (CAPACITY / 10)).toBeGreaterThan(0.7);
    downstream.serviceMs = constant(50);
    simulation.run(load);
    expect(simulation.run(load).inTimePerSecond / CAPACITY).toBeGreaterThan(0.85);
  });

  it('does not strangle a slow service that could serve all', () => {
    const simulation = simulationOf({ slots: 1_000, serviceMs: constant(1_000) }, seed);
    simulation.run({ perSecond: 100, seconds: 15 });
    expect(simulation.run({ perSecond: 100, seconds: 5 }).refusedShare).toBeLessThan(0.02);
  });
});

describe('an adaptive limit', () => {
  it('begins with 20, and stays while demand is below it', () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 100; i++)
      limit.update({ durationMs: 100, completed: 10, latencyMs: 20, limited: false });
    expect(limit.value).toBe(20);
  });

  it('never leaves its bounds, whatever it sees', () => {
    fc.assert(
      fc.property(
        intervals,
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 0, max: 500 }),
        (seen, min, more) => {
          const limit = new AdaptiveLimit({ min, max: min + more });
          for (const interval of seen) {
            limit.update(interval);
            expect(limit.value).toBeGreaterThanOrEqual(min);
            expect(limit.value).toBeLessThanOrEqual(min + more);
            expect(limit.intervalMs).toBeGreaterThanOrEqual(100);
            expect(limit.intervalMs).toBeLessThanOrEqual(1_000);
          }
        },
      ),
    );
  });

  it.each([
    [{ min: 0 }, 'min'],
    [{ min: 5, max: 4 }, 'max'],
    [{ initial: 3 }, 'initial'],
    [{ max: 10, initial: 11 }, 'initial'],
    [{ target: 5 }, 'target'],
  ])('refuses %p', (options, option) => {
    expect(() => new AdaptiveLimit(options as never)).toThrow(OptionError);
    expect(() => new AdaptiveLimit(options as never)).toThrow(`AdaptiveLimit: ${option} `);
  });
});
