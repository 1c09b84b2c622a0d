import { AimdLimit, FixedLimit } from '@spillway/backpressure';
import fc from 'fast-check';
import { intervals } from './intervals';
import { Simulation } from './simulation';

const seen = (latencyMs: number, limited: boolean) => ({
  durationMs: 100,
  completed: 50,
  latencyMs,
  limited,
});

describe('an AIMD limit', () => {
  it('grows by one where it is limited and latency is low enough, up to its maximum', () => {
    const limit = new AimdLimit({ latencyMs: 100, max: 22 });
    const values = [1, 2, 3].map(() => {
      limit.update(seen(100, true));
      return limit.value;
    });
    expect(values).toEqual([21, 22, 22]);
  });

  it('stays where demand is below it', () => {
    const limit = new AimdLimit({ latencyMs: 100 });
    limit.update(seen(100, false));
    expect(limit.value).toBe(20);
  });

  it.each([true, false])('goes down above its latency, limited %p, to its minimum', (limited) => {
    const limit = new AimdLimit({ latencyMs: 100, min: 9, backoff: 0.5 });
    const values = [1, 2, 3].map(() => {
      limit.update(seen(100.001, limited));
      return limit.value;
    });
    expect(values).toEqual([10, 9, 9]);
  });

  it('goes down by a tenth', () => {
    const limit = new AimdLimit({ latencyMs: 1, initial: 100 });
    limit.update(seen(2, true));
    expect(limit.value).toBeCloseTo(90);
  });

  it('begins within its bounds, whichever are given', () => {
    expect(new AimdLimit({ latencyMs: 1, max: 5 }).value).toBe(5);
    expect(new AimdLimit({ latencyMs: 1, min: 50 }).value).toBe(50);
  });

  it.each<[object, string]>([
    [{}, 'AimdLimit: latencyMs must be an integer of at least 1, got undefined'],
    [{ latencyMs: 0 }, 'AimdLimit: latencyMs must be an integer of at least 1, got 0'],
    [{ latencyMs: 1, min: 0 }, 'AimdLimit: min must be an integer of at least 1, got 0'],
    [{ latencyMs: 1, min: 10, max: 9 }, 'AimdLimit: max must be an integer of at least 10, got 9'],
    [{ latencyMs: 1, initial: 1_001 }, 'AimdLimit: initial must be an integer from 1 to 1000, got 1001'],
    [{ latencyMs: 1, backoff: 1 }, 'AimdLimit: backoff must be a number above 0 and below 1, got 1'],
    [{ latencyMs: 1, backoff: Number.NaN }, 'got NaN'],
    [{ latencyMs: 1, maximum: 5 }, 'AimdLimit: maximum is not an option'],
  ])('refuses %p', (options, message) => {
    expect(() => new AimdLimit(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it('is never beyond its bounds', () => {
    fc.assert(
      fc.property(intervals, (all) => {
        const limit = new AimdLimit({ latencyMs: 50, min: 3, max: 40 });
        for (const interval of all) {
          limit.update(interval);
          expect(limit.value >= 3 && limit.value <= 40).toBe(true);
        }
      }),
    );
  });

  it.each([2, 10])('keeps 20 slots of 50 ms busy at %d times what they can do', (times) => {
    for (const seed of [11, 12, 13, 14, 15]) {
      const limit = new AimdLimit({ latencyMs: 100 });
      const simulation = new Simulation(limit, { slots: 20, serviceMs: () => 50 }, { seed });
      const load = { perSecond: times * 400, seconds: 5 };
      simulation.run(load);
      const span = simulation.run(load);
      expect(span.inTimePerSecond).toBeGreaterThan(0.9 * 400);
      expect(span.quantile(0.99)).toBeLessThan(250);
    }
  });
});

describe('a fixed limit', () => {
  it('is what it was given', () => expect(new FixedLimit(7).value).toBe(7));

  it.each([0, -1, 1.5, Number.NaN, Infinity, '7', undefined, null])('refuses %p', (value) => {
    expect(() => new FixedLimit(value as number)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', owner: 'FixedLimit', option: 'value' }),
    );
  });

  it.each([2, 10])('that fits keeps its downstream busy at %d times what it can do', (times) => {
    for (const seed of [21, 22, 23]) {
      const simulation = new Simulation(new FixedLimit(20), { slots: 20, serviceMs: () => 50 }, { seed });
      const span = simulation.run({ perSecond: times * 400, seconds: 5 });
      expect(span.inTimePerSecond).toBeGreaterThan(0.9 * 400);
      expect(span.quantile(0.99)).toBeLessThan(160);
    }
  });
});
