import { Tally } from '../dist/tally';

it('a mean latency counts those who still run, and is none where nobody has ended', () => {
  const tally = new Tally(0);
  tally.come(true);
  tally.see(100, 4);
  expect(tally.take(100)).toEqual({ durationMs: 100, completed: 0, latencyMs: Infinity, limited: false });
  tally.see(200, 4);
  tally.complete(150);
  tally.complete(150);
  expect(tally.take(200)).toEqual({ durationMs: 100, completed: 2, latencyMs: 200, limited: false });
});

it('an interval in which nobody ran and nobody has ended knows no latency', () => {
  expect(new Tally(0).take(100).latencyMs).toBe(Infinity);
});

it('those who ended tell where fewer run than did', () => {
  const tally = new Tally(0);
  tally.see(10, 1);
  tally.complete(500);
  expect(tally.take(10).latencyMs).toBe(500);
});

it('is limited where more found no slot than found one', () => {
  const tally = new Tally(0);
  for (const isFree of [true, false]) tally.come(isFree);
  expect(tally.take(1).limited).toBe(false);
  for (const isFree of [true, false, false]) tally.come(isFree);
  expect(tally.take(2).limited).toBe(true);
  expect(tally.take(3).limited).toBe(false);
});

it('a clock that goes back makes no time, and the interval goes back with it', () => {
  const tally = new Tally(1_000);
  tally.see(1_050, 2);
  tally.see(50, 2);
  expect(tally.ageMs(50)).toBe(50);
  tally.see(100, 2);
  tally.complete(1);
  expect(tally.take(100)).toMatchObject({ durationMs: 100, latencyMs: 200 });
});
