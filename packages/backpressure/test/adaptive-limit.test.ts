import { AdaptiveLimit, type Interval } from '@spillway/backpressure';
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
