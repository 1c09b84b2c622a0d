import { Rates } from '../dist/rates';

const HOUR = 3_600_000;

function ratesOf(served: number, refused: number, nowMs = 0) {
  const rates = new Rates(nowMs);
  for (let i = 0; i < served; i++) rates.serve(nowMs);
  for (let i = 0; i < refused; i++) rates.refuse(nowMs);
  return rates;
}

it('nothing is refused where nothing came', () => {
  const rates = new Rates(0);
  expect([rates.isShedding(0), rates.refusedShare(0), rates.drainSeconds(0, 0)]).toEqual([false, 0, 0]);
});

it('a share of all that came is refused', () => {
  expect(ratesOf(30, 10).refusedShare(1)).toBe(0.25);
  expect(ratesOf(0, 10).refusedShare(1)).toBe(1);
});

it('the second before counts, and no other', () => {
  const rates = ratesOf(10, 10);
  expect([999, 1_000, 1_999].map((ms) => rates.refusedShare(ms))).toEqual([0.5, 0.5, 0.5]);
  expect([rates.refusedShare(2_000), rates.isShedding(2_000)]).toEqual([0, false]);
});

it('seconds follow each other without a gap, however late one looks', () => {
  const rates = ratesOf(0, 1);
  rates.serve(1_900);
  // The second second ends at 2,000, not at 2,900.
  expect([rates.isShedding(1_999), rates.isShedding(2_000)]).toEqual([true, false]);
  expect(rates.drainSeconds(2_000, 0)).toBe(0);
});

it('who was refused is served in as many seconds as they are times the served', () => {
  expect(ratesOf(10, 40).drainSeconds(1, 0)).toBe(4);
  expect(ratesOf(10, 40).drainSeconds(1, 30)).toBe(1);
  expect(ratesOf(0, 40).drainSeconds(1, 0)).toBe(40);
});

it.each([HOUR, -HOUR])('a clock that jumps by %d ms forgets, and goes on', (ms) => {
  const rates = ratesOf(10, 10);
  expect(rates.isShedding(ms)).toBe(false);
  rates.refuse(ms);
  expect([rates.isShedding(ms + 1_999), rates.isShedding(ms + 2_000)]).toEqual([true, false]);
});
