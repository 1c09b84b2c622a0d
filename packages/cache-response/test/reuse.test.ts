import fc from 'fast-check';
import { type RequestDirectives, requestDirectives } from '../dist/policy/cache-control';
import { isReusable, mayReplaceError, type Use, useOf } from '../dist/policy/reuse';
import { ageMsOf, freshForMs, type Stored } from '../dist/policy/stored';
import { storedOf } from './stored';

const wants = (field: string) => requestDirectives(field, undefined);
const allows = (use: Partial<Stored['use']>) => ({ use: { ...storedOf().use, ...use } });
const never = () => false;
const always = () => true;

/** What becomes of a response that is fresh for 60 s, some seconds after it arrived. */
const use = (seconds: number, field = '', changes: Partial<Stored> = {}, isOverloaded = never) =>
  useOf(storedOf(changes), wants(field), seconds * 1000, isOverloaded);

describe('a stored response (RFC 9111, 4.2)', () => {
  it('is sent while it is fresh, and validated from then on', () => {
    expect([0, 59.999, 60, 61].map((seconds) => use(seconds))).toEqual([
      'fresh',
      'fresh',
      'validate',
      'validate',
    ]);
  });

  it('counts the age that it came with, and its time with us', () => {
    const stored = { initialAgeMs: 50_000, receivedMs: 100_000 };
    expect([109, 110].map((seconds) => use(seconds, '', stored))).toEqual(['fresh', 'validate']);
  });

  it('of no-cache is never sent without validation (5.2.2.4)', () => {
    const stored = { ...allows({ mustValidate: true }), staleWhileRevalidateMs: 1e9, staleIfErrorMs: 1e9 };
    expect(use(0, '', stored)).toBe('validate');
    expect(use(70, 'max-stale', stored, always)).toBe('validate');
  });

  it('is not fresh any more once it was expired by hand', () => {
    expect(use(9, '', { expiredMs: 10_000 })).toBe('fresh');
    expect(use(10, '', { expiredMs: 10_000 })).toBe('validate');
    expect(use(15, '', { expiredMs: 10_000, staleWhileRevalidateMs: 6_000 })).toBe('revalidate');
    expect(use(16, '', { expiredMs: 10_000, staleWhileRevalidateMs: 6_000 })).toBe('validate');
  });
});

describe('a request (RFC 9111, 5.2.1)', () => {
  it.each<[string, number, Use]>([
    ['no-cache', 0, 'validate'],
    ['no-cache, max-stale', 70, 'validate'],
    ['no-store', 0, 'fresh'],
    ['only-if-cached', 0, 'fresh'],
    ['max-age=10', 10, 'fresh'],
    ['max-age=10', 10.001, 'validate'],
    ['max-age=0', 0.001, 'validate'],
    ['max-age=100', 61, 'validate'],
    ['max-age=100, max-stale=1', 61, 'max-stale'],
    ['max-age=60, max-stale', 61, 'validate'],
    ['min-fresh=10', 50, 'fresh'],
    ['min-fresh=10', 50.001, 'validate'],
    ['min-fresh=0', 59, 'fresh'],
    ['min-fresh=0, max-stale', 60, 'max-stale'],
    ['min-fresh=1, max-stale', 60, 'validate'],
    ['max-stale', 1e9, 'max-stale'],
    ['max-stale=10', 70, 'max-stale'],
    ['max-stale=10', 70.001, 'validate'],
    ['max-stale=0', 60, 'max-stale'],
    ['max-stale=10', 59, 'fresh'],
    ['max-stale=x', 61, 'validate'],
  ])('with %j after %d s: %s', (field, seconds, expected) => {
    expect(use(seconds, field)).toBe(expected);
  });

  it('that takes stale responses gets none that a directive forbids to send stale (4.2.4)', () => {
    expect(use(61, 'max-stale', allows({ stale: false }))).toBe('validate');
    expect(use(59, 'max-stale', allows({ stale: false }))).toBe('fresh');
  });

  it('gets what is immutable without validation while it is fresh (RFC 8246)', () => {
    const immutable = allows({ immutable: true });
    expect(use(30, 'max-age=0', immutable)).toBe('fresh');
    expect(use(60, 'max-age=0', immutable)).toBe('validate');
    expect(use(60, 'max-age=0, max-stale', immutable)).toBe('validate');
    expect(use(30, 'no-cache', immutable)).toBe('validate');
    expect(use(30, 'max-age=0, min-fresh=31', immutable)).toBe('validate');
  });
});

describe('a stale response', () => {
  const stored = { staleWhileRevalidateMs: 10_000, staleIfErrorMs: 30_000 };

  it.each<[string, number, string, Partial<Stored>, Use]>([
    ['is sent while it is refreshed (RFC 5861, 3)', 60, '', {}, 'revalidate'],
    ['up to the end of its window', 69.999, '', {}, 'revalidate'],
    ['and no longer', 70, '', {}, 'validate'],
    ['not where a directive forbids it', 61, '', allows({ stale: false }), 'validate'],
    ['not to who wants a fresh one', 61, 'min-fresh=0', {}, 'validate'],
    ['not to who sets a bound to its age (RFC 9111, 5.2.1.1)', 61, 'max-age=100', {}, 'validate'],
    ['to who takes it stale as well', 61, 'max-age=100, max-stale=5', {}, 'max-stale'],
    ['not staler than the client takes it (RFC 9111, 5.2.1.2)', 68, 'max-stale=5', {}, 'validate'],
    ['but as stale as that', 65, 'max-stale=5', {}, 'max-stale'],
    ['beyond its window too', 1e6, 'max-stale', {}, 'max-stale'],
  ])('%s: after %d s, asked with %j', (_claim, seconds, field, changes, expected) => {
    expect(use(seconds, field, { ...stored, ...changes })).toBe(expected);
  });

  it('is sent to an overloaded process as long as in place of an error', () => {
    expect(use(70, '', stored, always)).toBe('overload');
    expect(use(89.999, '', stored, always)).toBe('overload');
    expect(use(90, '', stored, always)).toBe('validate');
    expect(use(70, '', stored, never)).toBe('validate');
    expect(use(70, '', { ...stored, ...allows({ stale: false }) }, always)).toBe('validate');
    expect(use(70, 'max-age=1000', stored, always)).toBe('validate');
    expect(use(70, 'max-stale=5', stored, always)).toBe('validate');
  });

  it('does not ask for the load where it makes no difference', () => {
    const asked = () => {
      throw new Error('asked');
    };
    for (const seconds of [0, 61, 100]) use(seconds, '', stored, asked);
    use(70, '', { ...stored, ...allows({ stale: false }) }, asked);
    expect(() => use(70, '', stored, asked)).toThrow('asked');
  });
});

describe('an error of the application (RFC 5861, 4)', () => {
  const replaces = (seconds: number, field = '', changes: Partial<Stored> = {}) =>
    mayReplaceError(storedOf({ staleIfErrorMs: 10_000, ...changes }), wants(field), seconds * 1000);

  it.each<[string, number, string, Partial<Stored>, boolean]>([
    ['a response that is fresh', 30, '', {}, true],
    ['one that is fresh, without a window', 30, '', { staleIfErrorMs: 0 }, true],
    ['one that has gone stale', 69.999, '', {}, true],
    ['one beyond its window', 70, '', {}, false],
    ['one that has just gone stale, without a window', 60, '', { staleIfErrorMs: 0 }, false],
    ['one in the window of the request', 79.999, 'stale-if-error=20', {}, true],
    ['one beyond the window of the request', 80, 'stale-if-error=20', {}, false],
    ['one in its own window, beyond that of the request', 65, 'stale-if-error=5', {}, false],
    ['a stale one, where the request has no window', 60, 'stale-if-error=x', {}, false],
    ['one that must be validated', 30, '', allows({ mustValidate: true }), false],
    ['one that must not be sent stale', 61, 'stale-if-error=60', allows({ stale: false }), false],
    ['a 404', 61, '', { status: 404 }, true],
    ['a 499', 61, '', { status: 499 }, true],
    ['an error itself', 30, '', { status: 500 }, false],
    ['another error', 30, '', { status: 503 }, false],
    ['one expired by hand', 15, '', { expiredMs: 10_000 }, true],
    ['one expired by hand too long ago', 20, '', { expiredMs: 10_000 }, false],
  ])('has %s in its place after %d s, asked with %j', (_what, seconds, field, changes, expected) => {
    expect(replaces(seconds, field, changes)).toBe(expected);
  });
});

describe('any stored response', () => {
  const ms = fc.nat(100);
  const stored = fc
    .record({
      receivedMs: ms,
      initialAgeMs: ms,
      lifetimeMs: ms,
      staleWhileRevalidateMs: ms,
      staleIfErrorMs: ms,
      expiredMs: fc.option(ms, { nil: undefined }),
      use: fc.record({
        mustValidate: fc.constantFrom(false, false, false, true),
        stale: fc.boolean(),
        authorized: fc.boolean(),
        public: fc.boolean(),
        immutable: fc.boolean(),
      }),
    })
    .map(storedOf);
  // A thousandth of a second is enough to tell times apart, and hits them often.
  const seconds = fc.option(
    ms.map((value) => value / 1000),
    { nil: undefined, freq: 1 },
  );
  const wanted: fc.Arbitrary<RequestDirectives> = fc.record({
    noStore: fc.boolean(),
    noCache: fc.constantFrom(false, false, false, true),
    onlyIfCached: fc.boolean(),
    maxAge: seconds,
    minFresh: seconds,
    maxStale: fc.oneof(seconds, seconds, fc.constant(Number.POSITIVE_INFINITY)),
    staleIfError: seconds,
  });
  const anything = [stored, wanted, ms, ms, fc.boolean()] as const;
  const runs = { numRuns: 3_000 };

  it('is never fresh again once it is not', () => {
    fc.assert(
      fc.property(stored, ms, ms, (response, atMs, laterMs) => {
        const nothing = wants('');
        const nowMs = response.receivedMs + atMs;
        fc.pre(response.expiredMs === undefined || nowMs >= response.expiredMs);
        if (useOf(response, nothing, nowMs, never) !== 'fresh')
          expect(useOf(response, nothing, nowMs + laterMs, never)).not.toBe('fresh');
      }),
      runs,
    );
  });

  it('is of use before it is validated where somebody who asks for nothing else gets it', () => {
    fc.assert(
      fc.property(stored, ms, (response, atMs) => {
        const nowMs = response.receivedMs + atMs;
        // What forbids stale use leaves no window for it.
        const staleWhileRevalidateMs = response.use.stale ? response.staleWhileRevalidateMs : 0;
        const kept = { ...response, staleWhileRevalidateMs };
        expect(isReusable(kept, nowMs)).toBe(useOf(kept, wants(''), nowMs, never) !== 'validate');
      }),
      runs,
    );
  });

  it('is of ever less use in time, whatever is asked for', () => {
    fc.assert(
      fc.property(...anything, (response, asked, atMs, laterMs, isOverloaded) => {
        const nowMs = response.receivedMs + atMs;
        const isUsed = (ms: number) => useOf(response, asked, ms, () => isOverloaded) !== 'validate';
        const replaces = (ms: number) => mayReplaceError(response, asked, ms);
        if (isUsed(nowMs + laterMs)) expect(isUsed(nowMs)).toBe(true);
        if (replaces(nowMs + laterMs)) expect(replaces(nowMs)).toBe(true);
      }),
      runs,
    );
  });

  it('is used as the standard allows, and nowhere else', () => {
    const seen = new Map<Use, number>();
    fc.assert(
      fc.property(...anything, (response, asked, atMs, _laterMs, isOverloaded) => {
        const nowMs = response.receivedMs + atMs;
        const found = useOf(response, asked, nowMs, () => isOverloaded);
        seen.set(found, (seen.get(found) ?? 0) + 1);
        const ageMs = ageMsOf(response, nowMs);
        const staleMs = -freshForMs(response, nowMs);
        const isFresh = staleMs < 0;
        const { maxAge, minFresh, maxStale } = asked;
        const { mustValidate, stale, immutable } = response.use;
        const fits =
          !mustValidate &&
          !asked.noCache &&
          (minFresh === undefined || -staleMs >= minFresh * 1000) &&
          (maxAge === undefined || ageMs <= maxAge * 1000 || (immutable && isFresh));
        const byClient = maxStale !== undefined && staleMs <= maxStale * 1000;
        // Who says how stale, or how old, takes nothing else.
        const byWindow = maxStale === undefined && maxAge === undefined;
        const expected: Record<Exclude<Use, 'validate'>, boolean> = {
          fresh: fits && isFresh,
          'max-stale': fits && !isFresh && stale && byClient,
          revalidate: fits && !isFresh && stale && byWindow && staleMs < response.staleWhileRevalidateMs,
          overload:
            fits &&
            !isFresh &&
            stale &&
            byWindow &&
            isOverloaded &&
            staleMs >= response.staleWhileRevalidateMs &&
            staleMs < response.staleIfErrorMs,
        };
        const allowed = Object.entries(expected).find(([, holds]) => holds)?.[0] ?? 'validate';
        expect(found).toBe(allowed);
      }),
      { numRuns: 8_000 },
    );
    expect(Math.min(...[...seen.values()])).toBeGreaterThan(50);
    expect(seen.size).toBe(5);
  });

  it('is used less where more is asked for', () => {
    const isUsed = (response: Stored, asked: RequestDirectives, nowMs: number) =>
      useOf(response, asked, nowMs, never) !== 'validate';
    fc.assert(
      fc.property(...anything, (response, asked, atMs, byMs, _isOverloaded) => {
        const nowMs = response.receivedMs + atMs;
        const by = byMs / 1000;
        const { maxAge, minFresh, maxStale } = asked;
        const less: Partial<RequestDirectives>[] = [
          { noCache: true },
          { minFresh: (minFresh ?? 0) + by },
          maxAge === undefined ? { maxAge: by } : { maxAge: Math.max(0, maxAge - by) },
          maxStale === undefined ? {} : { maxStale: Math.max(0, maxStale - by) },
        ];
        for (const more of less)
          if (isUsed(response, { ...asked, ...more }, nowMs))
            expect(isUsed(response, asked, nowMs)).toBe(true);
      }),
      runs,
    );
  });
});
