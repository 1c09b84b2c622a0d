import fc from 'fast-check';
import { parseDirectives, responseDirectives } from '../dist/policy/cache-control';
import { dateOf, explicitLifetime, heuristicLifetime, initialAgeMs } from '../dist/policy/freshness';
import { ageMsOf, bytesOf, freshForMs } from '../dist/policy/stored';
import { storedOf } from './stored';

const NOW = Date.UTC(2024, 0, 1);
const dateAt = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString();

describe('the lifetime that a response says (RFC 9111, 4.2.1)', () => {
  const secondsOf = (headers: Readonly<Record<string, string | string[]>>, targeted = false) => {
    const directives = responseDirectives(parseDirectives(String(headers['cache-control'] ?? '')));
    const ms = explicitLifetime(headers, directives, targeted, NOW);
    return ms === undefined ? undefined : ms / 1000;
  };

  it.each<[string, Readonly<Record<string, string | string[]>>, number | undefined]>([
    ['nothing', {}, undefined],
    ['max-age', { 'cache-control': 'max-age=60' }, 60],
    ['s-maxage', { 'cache-control': 's-maxage=60' }, 60],
    ['s-maxage before max-age', { 'cache-control': 'max-age=1, s-maxage=60' }, 60],
    ['a shorter s-maxage before max-age', { 'cache-control': 'max-age=60, s-maxage=0' }, 0],
    ['a malformed s-maxage before max-age', { 'cache-control': 'max-age=60, s-maxage=x' }, 0],
    ['max-age before Expires', { 'cache-control': 'max-age=60', expires: dateAt(5) }, 60],
    ['max-age of 0 before Expires', { 'cache-control': 'max-age=0', expires: dateAt(5) }, 0],
    ['Expires after now, without Date', { expires: dateAt(60) }, 60],
    ['Expires after Date', { expires: dateAt(60), date: dateAt(-10) }, 70],
    ['Expires after a Date to come', { expires: dateAt(60), date: dateAt(50) }, 10],
    ['Expires after a malformed Date', { expires: dateAt(60), date: 'today' }, 60],
    ['Expires at Date', { expires: dateAt(0), date: dateAt(0) }, 0],
    ['Expires before Date', { expires: dateAt(-60), date: dateAt(0) }, 0],
    ['Expires in another form', { expires: 'Mon Jan  1 00:01:00 2024' }, 60],
    ['Expires of 0', { expires: '0' }, 0],
    ['an empty Expires', { expires: '' }, 0],
    ['two Expires', { expires: [dateAt(60), dateAt(60)] }, 0],
    ['one Expires in a list', { expires: [dateAt(60)] }, 60],
    ['stale-while-revalidate alone', { 'cache-control': 'stale-while-revalidate=60' }, undefined],
  ])('is, of %s, the right one', (_what, headers, seconds) => {
    expect(secondsOf(headers)).toBe(seconds);
  });

  it('is not that of Expires where a targeted field is in force (RFC 9213, 2.2)', () => {
    expect(secondsOf({ expires: dateAt(60) }, true)).toBeUndefined();
    expect(secondsOf({ 'cache-control': 'max-age=5', expires: dateAt(60) }, true)).toBe(5);
  });
});

describe('the lifetime that is guessed (RFC 9111, 4.2.2)', () => {
  it.each<[string, Readonly<Record<string, string>>, number | undefined]>([
    ['nothing', {}, undefined],
    ['a change ten minutes before now', { 'last-modified': dateAt(-600) }, 60],
    ['a change ten minutes before Date', { 'last-modified': dateAt(-700), date: dateAt(-100) }, 60],
    ['a change now', { 'last-modified': dateAt(0) }, 0],
    ['a change to come', { 'last-modified': dateAt(600) }, 0],
    ['what is no date', { 'last-modified': 'yesterday' }, undefined],
  ])('is, of %s, a tenth of the time since then', (_what, headers, seconds) => {
    const ms = heuristicLifetime(headers, NOW);
    expect(ms === undefined ? undefined : ms / 1000).toBe(seconds);
  });
});

describe('the date of a response', () => {
  it.each([
    ['its Date', { date: dateAt(-5) }, -5],
    ['a Date to come', { date: dateAt(5) }, 5],
    ['now where it has none', {}, 0],
    ['now where its Date is malformed', { date: '2024-01-01' }, 0],
    ['now where it has two', { date: [dateAt(-5), dateAt(-5)] }, 0],
  ])('is %s', (_what, headers, seconds) => {
    expect(dateOf(headers as Record<string, string>, NOW)).toBe(NOW + seconds * 1000);
  });
});

describe('the age of a response that arrives (RFC 9111, 4.2.3)', () => {
  const seconds = (headers: Readonly<Record<string, string | number | string[]>>, delayMs = 0) =>
    initialAgeMs(headers, delayMs, NOW) / 1000;

  it.each<[string, Readonly<Record<string, string | number | string[]>>, number]>([
    ['nothing', {}, 0],
    ['Age', { age: '5' }, 5],
    ['Age as a number', { age: 5 }, 5],
    ['Date', { date: dateAt(-5) }, 5],
    ['a Date to come', { date: dateAt(5) }, 0],
    ['Age and an earlier Date', { age: '5', date: dateAt(-7) }, 7],
    ['Age and a later Date', { age: '7', date: dateAt(-5) }, 7],
    ['two Ages', { age: '5, 9' }, 5],
    ['an Age with spaces', { age: ' 5\t, 9' }, 5],
    ['Age on two lines', { age: ['5', '9'] }, 5],
    ['a malformed Age before another', { age: 'x, 9' }, 0],
    ['an empty Age before another', { age: ', 9' }, 0],
    ['a negative Age', { age: '-5' }, 0],
    ['an Age with a fraction', { age: '5.5' }, 0],
    ['an Age with a sign', { age: '+5' }, 0],
    ['an Age in quotes', { age: '"5"' }, 0],
    ['an Age with more after it', { age: '5;x=1' }, 0],
    ['an empty Age', { age: '' }, 0],
    ['the longest Age', { age: '2147483648' }, 2_147_483_648],
    ['a longer Age (1.2.2)', { age: '2147483649' }, 2_147_483_648],
    ['an Age that no number holds', { age: '9'.repeat(400) }, 2_147_483_648],
  ])('is, of %s, the right one', (_what, headers, age) => {
    expect(seconds(headers)).toBe(age);
  });

  it('has the time in it that the answer took', () => {
    expect(seconds({}, 2500)).toBe(2.5);
    expect(seconds({ age: '5' }, 2500)).toBe(7.5);
    expect(seconds({ age: '1', date: dateAt(-5) }, 2500)).toBe(5);
  });

  it('and after it has lain there is what the standard computes', () => {
    const past = fc.integer({ min: -1_000, max: 1_000 });
    const arrival = fc.record({
      date: fc.option(past, { nil: undefined }),
      age: fc.option(fc.nat(2_000), { nil: undefined }),
      delayMs: fc.nat(10_000),
      residentMs: fc.nat(1_000_000),
      receivedMs: fc.nat(),
    });
    fc.assert(
      fc.property(arrival, ({ date, age, delayMs, residentMs, receivedMs }) => {
        const headers = {
          ...(date !== undefined && { date: dateAt(date) }),
          ...(age !== undefined && { age: String(age) }),
        };
        // The names are those of the standard; what is not there is now, and 0.
        const responseTime = NOW;
        const dateValue = NOW + (date ?? 0) * 1000;
        const ageValue = (age ?? 0) * 1000;
        const apparentAge = Math.max(0, responseTime - dateValue);
        const correctedAgeValue = ageValue + delayMs;
        const correctedInitialAge = Math.max(apparentAge, correctedAgeValue);
        const currentAge = correctedInitialAge + residentMs;

        const initialAge = initialAgeMs(headers, delayMs, NOW);
        expect(initialAge).toBe(correctedInitialAge);
        const stored = storedOf({ receivedMs, initialAgeMs: initialAge });
        expect(ageMsOf(stored, receivedMs + residentMs)).toBe(currentAge);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('the freshness that is left', () => {
  it('is lifetime less age, and counts down to stale', () => {
    const stored = storedOf({ receivedMs: 1_000, initialAgeMs: 20_000, lifetimeMs: 60_000 });
    expect([1_000, 41_000, 41_001, 101_000].map((ms) => freshForMs(stored, ms))).toEqual([
      40_000, 0, -1, -60_000,
    ]);
  });

  it('ends where a response was expired by hand, and no later than it would have', () => {
    const stored = storedOf({ lifetimeMs: 60_000, expiredMs: 10_000 });
    expect(freshForMs(stored, 10_000)).toBe(0);
    expect(freshForMs(stored, 15_000)).toBe(-5_000);
    expect(freshForMs(storedOf({ lifetimeMs: 5_000, expiredMs: 10_000 }), 15_000)).toBe(-10_000);
    expect(freshForMs(storedOf({ lifetimeMs: 60_000, expiredMs: 0 }), 0)).toBe(0);
  });
});

describe('the bytes of a response', () => {
  it('are those of its body, and more for each field and each tag', () => {
    const empty = bytesOf(storedOf());
    expect(empty).toBeGreaterThan(0);
    expect(bytesOf(storedOf({ body: Buffer.alloc(1_000) }))).toBe(empty + 1_000);
    const of = (changes: Parameters<typeof storedOf>[0]) => bytesOf(storedOf(changes)) - empty;
    const text = 'x'.repeat(100);
    for (const longer of [
      of({ headers: { etag: text } }),
      of({ headers: { [text]: '' } }),
      of({ headers: { 'set-cookie': [text.slice(50), text.slice(50)] } }),
      of({ selecting: [['accept', text]] }),
      of({ selecting: [[text, '']] }),
      of({ tags: [text] }),
    ])
      expect(longer).toBeGreaterThan(100);
    expect(of({ tags: ['a', 'b'] })).toBe(2 * of({ tags: ['a'] }));
    expect(of({ headers: { a: '1', b: '1' } })).toBe(2 * of({ headers: { a: '1' } }));
    expect(
      of({
        selecting: [
          ['a', '1'],
          ['b', '1'],
        ],
      }),
    ).toBe(2 * of({ selecting: [['a', '1']] }));
  });
});
