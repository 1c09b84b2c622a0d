import type { Interval } from '@spillway/backpressure';
import fc from 'fast-check';

const ms = (min: number) =>
  fc.oneof(
    fc.double({ min, max: 1_000, noNaN: true }),
    fc.double({ min, max: 1e12, noNaN: true }),
    fc.constantFrom(min, 1, 100),
  );

/** Whatever a gate could see, the impossible too. */
const interval: fc.Arbitrary<Interval> = fc
  .record({
    durationMs: ms(1e-3),
    completed: fc.oneof(fc.constant(0), fc.nat(100), fc.nat(), fc.constant(Number.MAX_SAFE_INTEGER)),
    latencyMs: ms(0),
    limited: fc.boolean(),
  })
  .map((seen) => (seen.completed === 0 ? { ...seen, latencyMs: Number.POSITIVE_INFINITY } : seen));

export const intervals = fc.array(interval, { maxLength: 200 });

/** One of as much as the limit allows. */
export const limitedBy = (value: number, latencyMs: number, durationMs = 1_000): Interval => ({
  durationMs,
  completed: Math.round((value * durationMs) / latencyMs),
  latencyMs,
  limited: true,
});
