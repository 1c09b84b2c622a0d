import { OptionError } from '@spillway/core';
import { FakeClock } from '@spillway/core/testing';
import { MemoryStore, type MemoryStoreOptions, type Quota } from '@spillway/rate-limit';
import fc from 'fast-check';
import { ALGORITHMS } from './reference';

const quotaOf = (changes: Partial<Quota> = {}): Quota => {
  const quota = { name: 'test', algorithm: 'sliding-window' as const, limit: 5, windowMs: 1_000, ...changes };
  return { burst: quota.limit, ...quota };
};

function storeOf(options: MemoryStoreOptions = {}) {
  const clock = new FakeClock();
  const store = new MemoryStore({ now: clock.now, ...options });
  const consume = (key: string, quota: Quota, cost = 1) => store.consume([quota], [key], cost)[0]!;
  return { clock, store, consume };
}

describe('several quotas', () => {
  it('are charged all or none, and each says what it would say alone', () => {
    const limits = fc.tuple(...ALGORITHMS.map(() => fc.integer({ min: 1, max: 6 })));
    const requests = fc.array(
      fc.record({
        afterMs: fc.nat(400),
        cost: fc.nat(3),
        keys: fc.tuple(...ALGORITHMS.map(() => fc.constantFrom('a', 'b'))),
      }),
    );
    fc.assert(
      fc.property(limits, requests, (limits, requests) => {
        const { clock, store } = storeOf();
        const quotas = ALGORITHMS.map((algorithm, i) =>
          quotaOf({ name: algorithm, algorithm, limit: limits[i]! }),
        );
        const alone = quotas.map(() => new MemoryStore({ now: clock.now }));
        for (const { afterMs, cost, keys } of requests) {
          clock.advance(afterMs);
          const decisions = store.consume(quotas, keys, cost);
          const admitted = decisions.every(({ allowed }) => allowed);
          for (const [i, decision] of decisions.entries()) {
            const asked = decision.allowed && !admitted ? 0 : cost;
            expect(decision).toEqual(alone[i]!.consume([quotas[i]!], [keys[i]!], asked)[0]);
          }
        }
      }),
    );
  });

  it('of one name but two algorithms are two', () => {
    const { consume } = storeOf();
    consume('a', quotaOf({ limit: 1 }));
    expect(consume('a', quotaOf({ limit: 1, algorithm: 'fixed-window' })).allowed).toBe(true);
  });
});

describe.each(ALGORITHMS)('%s in memory', (algorithm) => {
  it('keeps no key that was only looked at, refused or given back', () => {
    const { store, consume } = storeOf();
    const quota = quotaOf({ algorithm });
    consume('looked at', quota, 0);
    consume('refused', quota, 6);
    store.adjust([quota], ['given back'], -1, 0);
    expect(store.size).toBe(0);
    expect(consume('looked at', quota, 0).remaining).toBe(5);
  });

  it('gives a key that is pushed out to nobody else', () => {
    const step = fc.record({
      key: fc.constantFrom(...'abcdefghijklmnop'),
      cost: fc.integer({ min: 1, max: 3 }),
      reset: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.array(step, { maxLength: 100 }), (maxKeys, steps) => {
        const { store, consume } = storeOf({ maxKeys });
        const quota = quotaOf({ algorithm, limit: 1_000 });
        const used = new Map<string, number>();
        for (const { key, cost, reset } of steps) {
          if (reset) {
            store.reset([quota], [key], 0);
            used.delete(key);
          }
          const left = 1_000 - consume(key, quota, cost).remaining;
          // What a key has used so far, or nothing once it was pushed out.
          expect([cost, (used.get(key) ?? 0) + cost]).toContain(left);
          expect(store.size).toBeLessThanOrEqual(maxKeys);
          used.set(key, left);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('keeps a refused key refused while twenty times maxKeys others come, each once', () => {
    const { clock, store, consume } = storeOf({ maxKeys: 1_000 });
    const quota = quotaOf({ algorithm, windowMs: 60_000 });
    consume('refused', quota, 5);
    for (let i = 0; i < 20_000; i++) {
      clock.advance(0.1);
      consume(`other ${i}`, quota);
      if (i % 97 === 0) expect(consume('refused', quota).allowed).toBe(false);
    }
    expect(store.size).toBe(1_000);
  });

  it('drops keys that have expired before any that has not', () => {
    const { clock, store, consume } = storeOf({ maxKeys: 100 });
    const quota = quotaOf({ algorithm });
    for (let i = 0; i < 50; i++) consume(`early ${i}`, quota, 5);
    clock.advance(2_000);
    for (let i = 0; i < 99; i++) consume(`late ${i}`, quota);
    for (let i = 0; i < 99; i++) expect(consume(`late ${i}`, quota, 0).remaining).toBe(4);
    expect(store.size).toBe(99);
  });

  it('shrinks again with use', () => {
    const { clock, store, consume } = storeOf();
    const quota = quotaOf({ algorithm });
    for (let i = 0; i < 10_000; i++) consume(`early ${i}`, quota);
    clock.advance(2_000);
    for (let i = 0; i < 10_100; i++) {
      clock.advance(2_000);
      consume(`late ${i}`, quota);
    }
    expect(store.size).toBeLessThan(10);
  });

  it('lets no plan with a short window expire the keys of a long one', () => {
    const { clock, consume } = storeOf({ maxKeys: 100 });
    const day = quotaOf({ algorithm, windowMs: 86_400_000 });
    const second = quotaOf({ algorithm, windowMs: 1_000 });
    consume('refused', second);
    clock.advance(1_000);
    consume('refused', day, 4);
    for (let i = 0; i < 2_000; i++) {
      clock.advance(100);
      consume(`other ${i}`, second);
    }
    expect(consume('refused', day, 5).allowed).toBe(false);
  });
});

it('finds each of many keys while others come and go', () => {
  const { store, consume } = storeOf();
  const quota = quotaOf({ limit: 1_000_000 });
  const used = new Map<string, number>();
  const step = fc.record({ key: fc.nat(400).map(String), reset: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { minLength: 1_000, maxLength: 1_000 }), (steps) => {
      for (const { key, reset } of steps) {
        if (reset) store.reset([quota], [key], 0);
        else consume(key, quota);
        used.set(key, reset ? 0 : (used.get(key) ?? 0) + 1);
      }
      for (const [key, units] of used) expect(consume(key, quota, 0).remaining).toBe(1_000_000 - units);
      expect(store.size).toBe([...used.values()].filter((units) => units > 0).length);
    }),
    { numRuns: 20 },
  );
});

it('a fixed window is as long as it was to be when it began', () => {
  const { clock, consume } = storeOf();
  const until = (end: number) =>
    quotaOf({ algorithm: 'fixed-window', limit: 2, windowMs: end - clock.now() });
  consume('a', until(5_000));
  clock.advance(2_000);
  consume('a', until(5_000));
  expect(consume('a', until(5_000)).retryAfterMs).toBe(3_000);
  clock.advance(2_999);
  expect(consume('a', until(9_000)).retryAfterMs).toBe(1);
  clock.advance(1);
  expect(consume('a', until(9_000))).toMatchObject({ allowed: true, resetMs: 4_000 });
});

it('a refund without a time takes the newest charges first, and older ones then', () => {
  for (const algorithm of ALGORITHMS) {
    const { clock, store, consume } = storeOf();
    const quota = quotaOf({ algorithm });
    consume('a', quota, 2);
    clock.advance(100);
    consume('a', quota, 2);
    store.adjust([quota], ['a'], -3, Number.POSITIVE_INFINITY);
    expect(consume('a', quota, 0).remaining).toBe(4);
  }
});

describe('a block', () => {
  it('refuses a key whatever it has left, for as long as it was said', () => {
    const { clock, store, consume } = storeOf();
    const quota = quotaOf();
    store.reset([quota], ['a'], 60_000);
    clock.advance(10_000);
    expect(consume('a', quota)).toMatchObject({
      allowed: false,
      remaining: 0,
      retryAfterMs: 50_000,
      resetMs: 50_000,
    });
    expect(consume('a', quota, 6).retryAfterMs).toBe(Number.POSITIVE_INFINITY);
    expect(consume('b', quota).allowed).toBe(true);
    clock.advance(50_000);
    expect(consume('a', quota)).toMatchObject({ allowed: true, remaining: 4 });
  });

  it('of one quota makes the others charge nothing', () => {
    const { store } = storeOf();
    const [user, address] = [quotaOf({ name: 'user' }), quotaOf({ name: 'address' })];
    store.reset([user], ['ann'], 60_000);
    const decisions = store.consume([user, address], ['ann', '203.0.113.7'], 1);
    expect(decisions.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [false, 0],
      [true, 5],
    ]);
  });

  it('counts among the keys held: the longest ones stay, expired ones go', () => {
    const { clock, store, consume } = storeOf({ maxKeys: 100 });
    const quota = quotaOf();
    store.reset([quota], ['long'], 60_000);
    for (let i = 0; i < 2_000; i++) store.reset([quota], [`short ${i}`], 1_000);
    expect(store.size).toBe(100);
    expect(consume('long', quota).allowed).toBe(false);
    clock.advance(60_000);
    for (let i = 0; i < 100; i++) store.reset([quota], ['last'], 1_000);
    expect(store.size).toBe(1);
  });
});

it('keys of lone surrogates, and parts of longer strings, are found again, each one apart', () => {
  const { consume } = storeOf();
  const quota = quotaOf({ limit: 1 });
  const forwarded = '198.51.100.123, 203.0.113.124, 2001:db8:85a3::8a2e:370:7334';
  const keys = ['\u{d800}', '\u{d801}', '\u{dc00}', '\u{fffd}', 'é', 'ÿ', 'Ā', '💧'].map(
    (end) => `a key that ends in ${end}`,
  );
  for (const key of [...keys, ...forwarded.split(', ')]) {
    expect([key, consume(key, quota).allowed]).toEqual([key, true]);
    expect([key, consume(key, quota).allowed]).toEqual([key, false]);
  }
});

it.each([{ maxKeys: 0 }, { maxKeys: 1.5 }, { maxKeys: 2 ** 24 }, { now: 5 }, { max: 1 }])(
  'refuses %p as options',
  (options) => {
    expect(() => new MemoryStore(options as MemoryStoreOptions)).toThrow(OptionError);
  },
);
