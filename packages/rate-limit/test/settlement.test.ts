import { setImmediate as turn } from 'node:timers/promises';
import type { Closed, Hooks, Outcome, Wait } from '@spillway/core';
import { createRateLimit, RateLimiter, type RateLimitOptions } from '@spillway/rate-limit';

const request = {
  method: 'POST',
  originalUrl: '/login',
  protocol: 'http',
  host: 'localhost',
  headers: {},
  ip: '203.0.113.7',
};
const ended = (status: number, aborted = false): Closed => ({ status, aborted, durationMs: 1 });

const waits = (outcome: Outcome | Wait): outcome is Wait => outcome !== undefined && 'wait' in outcome;
const isRefused = (outcome: Outcome | Wait): boolean => (outcome as { status?: number }).status === 429;

/** Requests that all arrive before any of them ends. */
function arriveAtOnce(count: number, options: RateLimitOptions<object>) {
  const filter = createRateLimit<object>(options);
  return Array.from({ length: count }, () => filter(request, {}) as Outcome | Wait);
}

/** Each admitted request ends with the status; the number admitted in all. */
async function runAll(outcomes: readonly (Outcome | Wait)[], status: number): Promise<number> {
  let admitted = 0;
  const run = async (outcome: Outcome | Wait): Promise<void> => {
    const settled = waits(outcome) ? await outcome.wait : outcome;
    if (isRefused(settled)) return;
    admitted++;
    await turn();
    (settled as Hooks).onClose!(ended(status));
  };
  await Promise.all(outcomes.map(run));
  return admitted;
}

describe('skipSuccessfulRequests', () => {
  const options = { limit: 10, skipSuccessfulRequests: true };

  it('forty good requests at once all pass', async () => {
    expect(await runAll(arriveAtOnce(40, options), 200)).toBe(40);
  });

  it('of forty bad requests at once only the limit passes', async () => {
    expect(await runAll(arriveAtOnce(40, options), 401)).toBe(10);
  });

  it('an aborted request stays charged', () => {
    const limiter = new RateLimiter({ limit: 10 });
    const filter = createRateLimit<object>({ limiter, key: () => 'k', skipSuccessfulRequests: true });
    (filter(request, {}) as Hooks).onClose!(ended(200, true));
    expect(limiter.peek('k').remaining).toBe(9);
    (filter(request, {}) as Hooks).onClose!(ended(200));
    expect(limiter.peek('k').remaining).toBe(9);
  });

  it('a client that leaves while it waits is charged nothing and wakes nobody', async () => {
    const limiter = new RateLimiter({ limit: 1 });
    const filter = createRateLimit<object>({ limiter, key: () => 'k', skipSuccessfulRequests: true });
    const first = filter(request, {}) as Hooks;
    const second = filter(request, {}) as Wait;
    second.onAbort!();
    expect(await second.wait).toBeUndefined();
    first.onClose!(ended(200));
    expect(limiter.peek('k').remaining).toBe(1);
  });

  it('waits no longer than a second for requests that do not end', async () => {
    jest.useFakeTimers({ doNotFake: ['performance', 'setImmediate', 'nextTick'] });
    try {
      const [, second] = arriveAtOnce(2, { limit: 1, skipSuccessfulRequests: true });
      jest.advanceTimersByTime(1_000);
      expect(isRefused(await (second as Wait).wait)).toBe(true);
    } finally {
      jest.useRealTimers();
    }
  });
});

describe('skipFailedRequests', () => {
  it('gives a failed request back, keeps a good and an aborted one charged', () => {
    const limiter = new RateLimiter({ limit: 10 });
    const filter = createRateLimit<object>({ limiter, key: () => 'k', skipFailedRequests: true });
    (filter(request, {}) as Hooks).onClose!(ended(500));
    expect(limiter.peek('k').remaining).toBe(10);
    (filter(request, {}) as Hooks).onClose!(ended(200));
    (filter(request, {}) as Hooks).onClose!(ended(500, true));
    expect(limiter.peek('k').remaining).toBe(8);
  });

  it('asks requestWasSuccessful', () => {
    const limiter = new RateLimiter({ limit: 10 });
    const requestWasSuccessful = (_context: object, { status }: Closed) => status !== 404;
    const filter = createRateLimit<object>({
      limiter,
      key: () => 'k',
      skipFailedRequests: true,
      requestWasSuccessful,
    });
    (filter(request, {}) as Hooks).onClose!(ended(404));
    (filter(request, {}) as Hooks).onClose!(ended(500));
    expect(limiter.peek('k').remaining).toBe(9);
  });
});

describe('settleCost', () => {
  it.each([
    [3, 7],
    [1, 9],
    [0, 10],
    [12, 0],
  ])('of %d units leaves %d of 10, though it may exceed the limit', (settled, remaining) => {
    const limiter = new RateLimiter({ limit: 10 });
    const filter = createRateLimit<object>({
      limiter,
      key: () => 'k',
      cost: () => 2,
      settleCost: () => settled,
    });
    (filter(request, {}) as Hooks).onClose!(ended(200));
    expect(limiter.peek('k').remaining).toBe(remaining);
  });

  it.each([Number.NaN, -1, 0.5])('of %p is an error, and the charge stays', (settled) => {
    const limiter = new RateLimiter({ limit: 10 });
    const filter = createRateLimit<object>({ limiter, key: () => 'k', settleCost: () => settled });
    const { onClose } = filter(request, {}) as Hooks;
    expect(() => onClose!(ended(200))).toThrow('settleCost must give a non-negative integer');
    expect(limiter.peek('k').remaining).toBe(9);
  });
});
