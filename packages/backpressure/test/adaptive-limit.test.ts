import { AdaptiveLimit } from '@spillway/backpressure';
import { OptionError } from '@spillway/core';
import fc from 'fast-check';
import { intervals, limitedBy } from './intervals';
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
  it('refuses next to nothing a second after the load went back', () => {
    const simulation = simulationOf(TWENTY, seed);
    simulation.run({ perSecond: 10 * CAPACITY, seconds: 5 });
    simulation.run({ perSecond: CAPACITY / 2, seconds: 1 });
    expect(simulation.run({ perSecond: CAPACITY / 2, seconds: 5 }).refusedShare).toBeLessThan(0.02);
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
            expect(limit.intervalMs).toBeLessThanOrEqual(2_000);
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

describe('an adaptive limit before 200 slots that take a second each, exponentially', () => {
  const EIGHT = [1, 2, 3, 4, 5, 6, 7, 8].map((seed) => seed * 7_919);
  const downstream = { slots: 200, serviceMs: (random: () => number) => exponential(1_000, random) };

  const warmSpans = (perSecond: number) =>
    EIGHT.map((seed) => {
      const simulation = new Simulation(new AdaptiveLimit(), downstream, { seed, sloMs: 5_000 });
      simulation.run({ perSecond, seconds: 20 });
      return simulation.run({ perSecond, seconds: 10 });
    });

  it.each([0.5, 0.9])('grows to what is asked, at %d times what it can do', (part) => {
    for (const { refusedShare } of warmSpans(part * 200)) expect(refusedShare).toBeLessThan(0.02);
  });

  it.each([2, 10])('keeps it busy at %d times what it can do, most times', (times) => {
    const shares = warmSpans(times * 200).map(({ inTimePerSecond }) => inTimePerSecond / 200);
    expect(shares.filter((share) => share > 0.82).length).toBeGreaterThanOrEqual(7);
    expect(shares.reduce((sum, share) => sum + share) / shares.length).toBeGreaterThan(0.85);
  });
});

describe('an adaptive limit before a healthy service of 200 slots that take a second', () => {
  const SLOW = { slots: 200, capacity: 200, sloMs: 5_000 };

  it.each([['a second each', () => 1_000]])('%s, grows to what is asked', (_name, serviceMs) => {
    for (const seed of SEEDS) {
      for (const part of [0.5, 0.9]) {
        const { slots, capacity, sloMs } = SLOW;
        const simulation = new Simulation(new AdaptiveLimit(), { slots, serviceMs }, { seed, sloMs });
        simulation.run({ perSecond: part * capacity, seconds: 20 });
        const { refusedShare } = simulation.run({ perSecond: part * capacity, seconds: 10 });
        expect([seed, part, refusedShare > 0.05]).toEqual([seed, part, false]);
      }
    }
  });

  it.each([2, 5, 10])('keeps it busy at %d times what it can do', (times) => {
    for (const seed of SEEDS) {
      const { slots, capacity, sloMs } = SLOW;
      const simulation = new Simulation(
        new AdaptiveLimit(),
        { slots, serviceMs: () => 1_000 },
        { seed, sloMs },
      );
      simulation.run({ perSecond: times * capacity, seconds: 20 });
      const span = simulation.run({ perSecond: times * capacity, seconds: 10 });
      expect([seed, span.inTimePerSecond > 0.7 * capacity]).toEqual([seed, true]);
    }
  });
});

/** One that is let in, and what it can do, which a test may change. */
function changing(seed: number, slots = 20, ms = 50) {
  const downstream = { slots, serviceMs: () => ms };
  const simulation = new Simulation(new AdaptiveLimit(), downstream, { seed });
  return { downstream, simulation };
}

describe('an adaptive limit', () => {
  it.each(SEEDS)('follows a downstream that has half its slots for a while (seed %d)', (seed) => {
    const { downstream, simulation } = changing(seed);
    const load = { perSecond: 800, seconds: 3 };
    simulation.run(load);
    downstream.slots = 10;
    simulation.run(load);
    const half = simulation.run(load);
    expect(half.inTimePerSecond).toBeGreaterThan(0.85 * 200);
    expect(half.quantile(0.99)).toBeLessThan(300);
    downstream.slots = 20;
    simulation.run(load);
    expect(simulation.run(load).inTimePerSecond).toBeGreaterThan(0.85 * 400);
  });

  it.each(SEEDS)('has no share in a tenfold latency, and recovers with it (seed %d)', (seed) => {
    const { downstream, simulation } = changing(seed);
    const load = { perSecond: 800, seconds: 4 };
    simulation.run(load);
    downstream.serviceMs = () => 500;
    simulation.run(load);
    const slow = simulation.run(load);
    // 20 slots of half a second.
    expect(slow.served / slow.seconds).toBeGreaterThan(0.8 * 40);
    expect(slow.quantile(0.7)).toBeLessThan(2_000);
    downstream.serviceMs = () => 50;
    simulation.run(load);
    const again = simulation.run(load);
    expect(again.inTimePerSecond).toBeGreaterThan(0.85 * 400);
    expect(again.quantile(0.99)).toBeLessThan(200);
  });

  it.each(SEEDS)('lets most through from the first 0.8 s of a sudden tenfold load on (seed %d)', (seed) => {
    const { simulation } = changing(seed);
    simulation.run({ perSecond: 200, seconds: 5 });
    const step = simulation.run({ perSecond: 4_000, seconds: 0.8 });
    expect(step.inTimePerSecond).toBeGreaterThan(0.7 * 400);
    expect(step.quantile(0.99)).toBeLessThan(250);
    const after = simulation.run({ perSecond: 4_000, seconds: 2 });
    expect(after.inTimePerSecond).toBeGreaterThan(0.82 * 400);
  });

  it('is back at half load in seconds after an overload, and refuses nothing', () => {
    for (const seed of SEEDS) {
      const { simulation } = changing(seed);
      simulation.run({ perSecond: 4_000, seconds: 5 });
      simulation.run({ perSecond: 200, seconds: 2 });
      expect(simulation.run({ perSecond: 200, seconds: 5 }).refused).toBe(0);
    }
  });
});

describe('the value of an adaptive limit', () => {
  it('begins at 20, or within its bounds', () => {
    const values = [{}, { max: 5 }, { min: 50 }, { initial: 7 }, { min: 1, max: 1 }].map(
      (options) => new AdaptiveLimit(options).value,
    );
    expect(values).toEqual([20, 5, 50, 7, 1]);
  });

  it('is never beyond its bounds, nor none, whatever is seen', () => {
    fc.assert(
      fc.property(intervals, (all) => {
        const limit = new AdaptiveLimit({ min: 3, max: 500 });
        for (const seen of all) {
          limit.update(seen);
          expect(limit.value >= 3 && limit.value <= 500).toBe(true);
          expect(limit.intervalMs >= 100 && limit.intervalMs <= 60_000).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('doubles as long as more gets done for it', () => {
    const limit = new AdaptiveLimit();
    const values = Array.from({ length: 5 }, () => {
      limit.update(limitedBy(limit.value, 50));
      return limit.value;
    });
    expect(values).toEqual([40, 80, 160, 320, 640]);
  });

  it('goes back to the rate times the latency where no more gets done', () => {
    const limit = new AdaptiveLimit();
    // 20 of 50 ms, 400 a second; with 40 at once no more, at twice the latency.
    limit.update(limitedBy(20, 50));
    limit.update(limitedBy(40, 100));
    expect(limit.value).toBeGreaterThanOrEqual(0.8 * 20);
    expect(limit.value).toBeLessThanOrEqual(20);
  });

  it('stays while demand is below it, and may be twice as much after four such intervals', () => {
    const limit = new AdaptiveLimit();
    limit.update(limitedBy(20, 50));
    const { value } = limit;
    const rest = { durationMs: 100, completed: 10, latencyMs: 50, limited: false };
    const values = [1, 2, 3, 4, 5, 6].map(() => {
      limit.update(rest);
      return limit.value;
    });
    expect(Math.min(...values)).toBeGreaterThanOrEqual(value);
    expect(new Set(values.slice(0, 3))).toEqual(new Set([value]));
    expect(values.at(-1)).toBeLessThanOrEqual(2 * value);
  });

  it('stays where nothing has ended, however often', () => {
    const limit = new AdaptiveLimit();
    for (let i = 0; i < 100; i++)
      limit.update({ durationMs: 1_000, completed: 0, latencyMs: Number.POSITIVE_INFINITY, limited: true });
    expect(limit.value).toBe(20);
  });

  it.each<[object, string]>([
    [{ min: 0 }, 'AdaptiveLimit: min must be an integer of at least 1, got 0'],
    [{ min: 5, max: 4 }, 'AdaptiveLimit: max must be an integer of at least 5, got 4'],
    [{ initial: 3 }, 'AdaptiveLimit: initial must be an integer from 4 to 10000, got 3'],
    [{ max: 1.5 }, 'got 1.5'],
    [{ max: '9' }, "got '9'"],
    [{ latencyMs: 9 }, 'AdaptiveLimit: latencyMs is not an option'],
  ])('refuses %p', (options, message) => {
    expect(() => new AdaptiveLimit(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
    expect(() => new AdaptiveLimit(options as never)).toThrow(OptionError);
  });
});
