import { FakeClock } from '@spillway/core/testing';
import { type AlgorithmName, MemoryStore, type Quota } from '@spillway/rate-limit';
import fc from 'fast-check';
import { ALGORITHMS, referenceOf } from './reference';

/** One key in a store, by a clock that starts anywhere. */
class Key {
  readonly clock: FakeClock;
  readonly store: MemoryStore;

  constructor(start = 0) {
    this.clock = new FakeClock(start);
    this.store = new MemoryStore({ now: this.clock.now });
  }

  consume(quota: Quota, cost: number) {
    return this.store.consume([quota], ['key'], cost)[0]!;
  }

  adjust(quota: Quota, delta: number, at: number): void {
    this.store.adjust([quota], ['key'], delta, at);
  }
}

const milliseconds = (max: number) => fc.integer({ min: 0, max: 4 * max }).map((quarters) => quarters / 4);

const step = (windowMs: number) =>
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ advanceMs: milliseconds(windowMs + 2) }) },
    { weight: 1, arbitrary: fc.record({ advanceMs: milliseconds(5 * windowMs) }) },
    { weight: 1, arbitrary: fc.record({ advanceMs: milliseconds(windowMs).map((ms) => -ms) }) },
    { weight: 8, arbitrary: fc.record({ cost: fc.nat(6) }) },
    { weight: 2, arbitrary: fc.record({ delta: fc.integer({ min: -5, max: 5 }), charge: fc.nat(5) }) },
    { weight: 1, arbitrary: fc.record({ limit: fc.nat(8) }) },
  );

const scenario = fc.integer({ min: 1, max: 20 }).chain((windowMs) =>
  fc.record({
    windowMs: fc.constant(windowMs),
    limit: fc.integer({ min: 1, max: 8 }),
    burst: fc.integer({ min: 1, max: 8 }),
    start: fc.oneof(fc.nat(50), fc.nat(1e9), fc.constant(Date.UTC(2030, 0))),
    steps: fc.array(step(windowMs), { minLength: 1, maxLength: 60 }),
  }),
);

describe.each(ALGORITHMS)('%s', (algorithm) => {
  it('decides as its reference does', () => {
    fc.assert(
      fc.property(scenario, ({ windowMs, limit, burst, start, steps }) => {
        const key = new Key(start);
        const reference = referenceOf(algorithm);
        let quota: Quota = { name: 'test', algorithm, limit, windowMs, burst };
        let now = 0;
        const charged: number[] = [];
        for (const step of steps) {
          if ('advanceMs' in step) {
            key.clock.advance(step.advanceMs);
            continue;
          }
          if ('limit' in step) {
            // Of a bucket, what was charged at one rate drains at another then: the store's contract looks at that.
            if (algorithm !== 'token-bucket') quota = { ...quota, limit: step.limit };
            continue;
          }
          now = Math.max(now, Math.floor(key.clock.now()));
          if ('delta' in step) {
            const at = charged.at(-1 - step.charge) ?? Number.POSITIVE_INFINITY;
            key.adjust(quota, step.delta, at);
            if (step.delta > 0) reference.charge(quota, step.delta, now);
            if (step.delta < 0) reference.refund(quota, -step.delta, at, now);
          } else {
            const decision = key.consume(quota, step.cost);
            expect(decision).toEqual({ quota, at: now, ...reference.decide(quota, step.cost, now) });
            if (decision.allowed) charged.push(decision.at);
          }
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('admits after retryAfterMs what it refused, and not a millisecond earlier', () => {
    const large = fc.record({
      limit: fc.integer({ min: 1, max: 1_000_000 }),
      burst: fc.integer({ min: 1, max: 1_000_000 }),
      windowMs: fc.oneof(fc.integer({ min: 1, max: 60_000 }), fc.integer({ min: 1, max: 45 * DAY_MS })),
      steps: fc.array(
        fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }), waitShare: fc.nat(150) }),
        {
          minLength: 2,
          maxLength: 20,
        },
      ),
    });
    fc.assert(
      fc.property(large, ({ limit, burst, windowMs, steps }) => {
        const key = new Key(1_234.567);
        const quota = { name: 'test', algorithm, limit, windowMs, burst };
        const most = algorithm === 'token-bucket' ? burst : limit;
        for (const { share, waitShare } of steps) {
          const cost = Math.ceil(share * most);
          const { allowed, retryAfterMs } = key.consume(quota, cost);
          if (!allowed) {
            key.clock.advance(retryAfterMs - 1);
            expect(key.consume(quota, cost).retryAfterMs).toBe(1);
            key.clock.advance(1);
            expect(key.consume(quota, cost).allowed).toBe(true);
          }
          key.clock.advance(Math.floor((windowMs * waitShare) / 100));
        }
      }),
      { numRuns: 500 },
    );
  });

  it('gives nothing back of a window that has passed', () => {
    const key = new Key();
    const quota = { name: 'test', algorithm, limit: 10, windowMs: 1_000, burst: 10 };
    const { at } = key.consume(quota, 10);
    key.clock.advance(2_000);
    key.consume(quota, 7);
    key.adjust(quota, -10, at);
    expect(key.consume(quota, 0).remaining).toBe(3);
  });

  it('counts beyond its limit without ever starting over at 0', () => {
    const key = new Key();
    const quota = { name: 'test', algorithm, limit: 10, windowMs: 1_000, burst: 10 };
    for (let i = 0; i < 4; i++) key.adjust(quota, 2 ** 32 - 1, key.clock.now());
    expect(key.consume(quota, 1)).toMatchObject({ allowed: false, remaining: 0 });
  });

  it('takes a step back of the clock, or a time that is none, for no time passing', () => {
    let time = 5_000;
    const store = new MemoryStore({ now: () => time });
    const quota = { name: 'test', algorithm, limit: 2, windowMs: 1_000, burst: 2 };
    const ask = () => store.consume([quota], ['key'], 1)[0]!;
    ask();
    const expected = ask();
    const { retryAfterMs } = ask();
    expect(expected.allowed).toBe(true);
    for (time of [4_000, 0, -1e15, Number.NaN])
      expect(ask()).toMatchObject({ allowed: false, retryAfterMs, at: 5_000 });
    time = 5_000 + retryAfterMs;
    expect(ask().allowed).toBe(true);
  });
});

const DAY_MS = 24 * 60 * 60_000;

/** The most that any `windowMs` admitted, less what was given back. */
function mostInAWindow(windowMs: number, charges: readonly { at: number; units: number }[]): number {
  const from = ({ at }: { at: number }) =>
    charges
      .filter((other) => other.at >= at && other.at < at + windowMs)
      .reduce((sum, { units }) => sum + units, 0);
  return Math.max(0, ...charges.map(from));
}

/** What each engine says of itself, worked out for any limit and any window of at least 2 ms. */
const BOUNDS: Readonly<Record<AlgorithmName, (quota: Quota) => number>> = {
  'sliding-log': ({ limit }) => limit,
  'fixed-window': ({ limit }) => 2 * limit - 1,
  'sliding-window': ({ limit, windowMs }) => 2 * limit - 1 - Math.ceil((2 * (limit - 1)) / windowMs),
  'token-bucket': ({ limit, windowMs, burst }) => burst + limit - Math.ceil(limit / windowMs),
};

/** When to ask so as to get the most: for one unit first, then for all there is. */
const WORST: Readonly<Record<AlgorithmName, (windowMs: number) => readonly number[]>> = {
  'sliding-log': () => [0, 0],
  'fixed-window': (windowMs) => [0, windowMs - 1, windowMs],
  'sliding-window': (windowMs) => [0, 2 * windowMs - 1, 3 * windowMs - 2],
  'token-bucket': (windowMs) => [0, 0, ...Array.from({ length: windowMs - 1 }, (_, ms) => ms + 1)],
};

describe.each(ALGORITHMS)('the most that %s admits in any window', (algorithm) => {
  const quotas = fc
    .record({
      limit: fc.integer({ min: 1, max: 12 }),
      windowMs: fc.integer({ min: 2, max: 30 }),
      burst: fc.integer({ min: 6, max: 12 }),
    })
    .map((numbers): Quota => ({ name: 'test', algorithm, ...numbers }));

  it('is what its documentation says', () => {
    fc.assert(
      fc.property(quotas, (quota) => {
        const key = new Key();
        const charges = WORST[algorithm](quota.windowMs).map((at, i) => {
          key.clock.advance(at - key.clock.now());
          const units = i === 0 ? 1 : key.consume(quota, 0).remaining;
          if (units > 0) expect(key.consume(quota, units).allowed).toBe(true);
          return { at, units };
        });
        expect(mostInAWindow(quota.windowMs, charges)).toBe(BOUNDS[algorithm](quota));
      }),
    );
  });

  it('is never passed', () => {
    const asked = fc.array(fc.record({ afterMs: fc.nat(12), share: fc.constantFrom(0, 0.3, 0.9, 1) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(quotas, asked, (quota, steps) => {
        const key = new Key();
        const charges = steps.map(({ afterMs, share }) => {
          key.clock.advance(afterMs);
          const units = Math.ceil(key.consume(quota, 0).remaining * share);
          key.consume(quota, units);
          return { at: key.clock.now(), units };
        });
        expect(mostInAWindow(quota.windowMs, charges)).toBeLessThanOrEqual(BOUNDS[algorithm](quota));
      }),
      { numRuns: 1_000 },
    );
  });
});

it.each<[AlgorithmName, number, number]>([
  ['sliding-log', 10, 1],
  ['fixed-window', 20, 1],
  ['sliding-window', 19, 999],
])(
  'where the charge that began a window is given back, %s of 10 admits at most %i',
  (algorithm, most, laterMs) => {
    const key = new Key();
    const quota = { name: 'test', algorithm, limit: 10, windowMs: 1_000, burst: 10 };
    const { at } = key.consume(quota, 1);
    key.clock.advance(999);
    key.consume(quota, 9);
    key.adjust(quota, -1, at);
    expect(key.consume(quota, 1).remaining).toBe(0);
    key.clock.advance(laterMs);
    expect(10 + key.consume(quota, 0).remaining).toBe(most);
  },
);
