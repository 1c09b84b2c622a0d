import { CRITICAL, DEFAULT, GREEDY, type Level, SHEDDABLE } from '../dist/level';
import { TurnBudget } from '../dist/turn-budget';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const BUDGET_MS = 25;

/** Turns of the event loop, in each of which requests come at times since it began. */
function turns() {
  const budget = new TurnBudget(BUDGET_MS);
  let begunMs = 0;
  /** Whether each of them was late. */
  const turn = (timesMs: readonly number[], level: Level = DEFAULT) => {
    begunMs += 1_000;
    const late = timesMs.map((ms) => budget.isLate(begunMs + ms, level));
    jest.runAllTimers();
    return late;
  };
  /** The latest time, in whole milliseconds, at which a request is not late. */
  const allowedMs = (level: Level) => {
    begunMs += 1_000;
    budget.isLate(begunMs, level);
    let ms = 0;
    while (!budget.isLate(begunMs + ms + 1, level)) ms++;
    jest.runAllTimers();
    return ms;
  };
  /** Turns in which half of what comes is late, until that is what is usual. */
  const overload = () => {
    for (let i = 0; i < 40; i++) turn([0, 1, 150, 150]);
  };
  return { budget, turn, allowedMs, overload };
}

it('the first request of a turn is never late, whatever its level and whatever came before', () => {
  const { turn, overload } = turns();
  overload();
  for (const level of [CRITICAL, DEFAULT, GREEDY, SHEDDABLE]) expect(turn([0], level)).toEqual([false]);
});

it('a turn may take four budgets while nothing is shed, and one under overload', () => {
  const { allowedMs, overload } = turns();
  expect(allowedMs(DEFAULT)).toBe(4 * BUDGET_MS);
  overload();
  expect(allowedMs(DEFAULT)).toBe(BUDGET_MS);
});

it('what is less urgent may find less of it spent', () => {
  const { allowedMs, overload } = turns();
  overload();
  const allowed = [DEFAULT, GREEDY, SHEDDABLE, CRITICAL].map(allowedMs);
  expect(allowed).toEqual([BUDGET_MS, 12, 6, 8 * BUDGET_MS]);
});

it('four budgets are back once nothing has been late for a while', () => {
  const { turn, allowedMs, overload } = turns();
  overload();
  for (let i = 0; i < 40; i++) turn([0, 1]);
  expect(allowedMs(DEFAULT)).toBeGreaterThan(3.5 * BUDGET_MS);
});

it('ordinary requests make room where critical ones are late, and get it back', () => {
  const { turn, allowedMs } = turns();
  for (let i = 0; i < 4; i++) turn([0, 2 * BUDGET_MS + 1], CRITICAL);
  expect(allowedMs(DEFAULT)).toBeLessThan(BUDGET_MS);
  for (let i = 0; i < 40; i++) turn([0]);
  expect(allowedMs(DEFAULT)).toBeGreaterThan(3.5 * BUDGET_MS);
});

it('critical requests that are in time take nothing from others', () => {
  const { turn, allowedMs } = turns();
  for (let i = 0; i < 40; i++) turn([0, 2 * BUDGET_MS], CRITICAL);
  expect(allowedMs(DEFAULT)).toBe(4 * BUDGET_MS);
});

it('a thousand turns of late critical requests leave the first one of each turn in time', () => {
  const { turn } = turns();
  for (let i = 0; i < 2_000; i++) turn([0, 100], CRITICAL);
  expect(turn([0, 1])).toEqual([false, true]);
});

it('arms one setImmediate in a turn that has requests, and none in others', () => {
  const armed = jest.spyOn(globalThis, 'setImmediate');
  const { budget } = turns();
  expect(armed).toHaveBeenCalledTimes(0);
  for (let i = 0; i < 1_000; i++) budget.isLate(i, DEFAULT);
  expect(armed).toHaveBeenCalledTimes(1);
  jest.runAllTimers();
  expect(jest.getTimerCount()).toBe(0);
  budget.isLate(5_000, DEFAULT);
  budget.isLate(5_001, DEFAULT);
  expect(armed).toHaveBeenCalledTimes(2);
});

it('a turn whose clock jumps forward is late, back is not, and the next one knows nothing of it', () => {
  const { turn } = turns();
  expect(turn([0, 3_600_000])).toEqual([false, true]);
  expect(turn([0, -3_600_000, 1])).toEqual([false, false, false]);
});
