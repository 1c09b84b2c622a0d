import { seeded } from '@spillway/core/testing';
import fc from 'fast-check';
import { retryAfterSeconds } from '../dist/retry-after';

it('is a whole number of seconds from 1 to 60, whatever the drain takes', () => {
  const drain = fc.oneof(
    fc.double({ min: 0, noNaN: true }),
    fc.double({ min: 0, max: 100, noNaN: true }),
    fc.constant(Infinity),
  );
  fc.assert(
    fc.property(drain, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (seconds, random) => {
      const afterS = retryAfterSeconds(seconds, random);
      expect(Number.isInteger(afterS) && afterS >= 1 && afterS <= 60).toBe(true);
    }),
  );
});

it.each([
  [0, 1, 2],
  [1, 1, 2],
  [1.01, 1, 3],
  [10, 1, 11],
  [59, 1, 60],
  [1_000, 1, 60],
])('a drain of %d s spreads over %d to %d', (seconds, least, most) => {
  expect([retryAfterSeconds(seconds, 0), retryAfterSeconds(seconds, 1 - 1e-9)]).toEqual([least, most]);
});

it('sends about as many back in each second', () => {
  const random = seeded(7);
  const counts = new Map<number, number>();
  for (let i = 0; i < 11_000; i++) {
    const afterS = retryAfterSeconds(10, random());
    counts.set(afterS, (counts.get(afterS) ?? 0) + 1);
  }
  expect(counts.size).toBe(11);
  for (const count of counts.values()) {
    expect(count).toBeGreaterThan(800);
    expect(count).toBeLessThan(1_200);
  }
});
