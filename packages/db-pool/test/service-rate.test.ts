import { ServiceRate } from '../dist/service-rate';

/** One that has been looked at every 25 ms: how many were served by then, and whether somebody still waits. */
function after(...looks: readonly (readonly [served: number, isCrowded: boolean])[]): ServiceRate {
  const rate = new ServiceRate();
  looks.forEach(([served, isCrowded], i) => {
    for (let n = 0; n < served; n++) rate.serve();
    rate.look(25 * i, isCrowded);
  });
  return rate;
}

const CROWD = [5, true] as const;
const STANDSTILL = Array.from({ length: 80 }, () => [0, true] as const);
const QUIET = Array.from({ length: 41 }, () => [0, false] as const);

it('is that of those who wait, while somebody does', () => {
  expect(after([0, true], ...Array(100).fill(CROWD)).waitMs(10)).toBeCloseTo(50, 6);
});

const CROWDED = [[0, true], CROWD, CROWD, CROWD, CROWD] as const;

it('is not known before anybody is served for 100 ms, nor when that is long ago', () => {
  expect(after([0, true], ...STANDSTILL).waitMs(10)).toBeUndefined();
  expect(after(...CROWDED.slice(0, -1)).waitMs(10)).toBeUndefined();
  expect(after(...CROWDED).waitMs(10)).toBeCloseTo(50, 6);
  expect(after(...CROWDED, ...QUIET).waitMs(10)).toBeUndefined();
});

it('goes down while nobody is served', () => {
  expect(after(...CROWDED, ...STANDSTILL).waitMs(10)).toBeGreaterThan(2_000);
});

it('is at least what was served since, when all who waited have been', () => {
  expect(after(...CROWDED, ...STANDSTILL, [50, false]).waitMs(10)).toBeCloseTo(5, 6);
});

it('is not what few have asked for, while nobody waited', () => {
  expect(after(...CROWDED, [1, false], [1, false]).waitMs(10)).toBeCloseTo(50, 6);
});
