import fc from 'fast-check';
import { formatHttpDate, parseHttpDate } from '../dist/policy/http-date';

const NOW = Date.UTC(2026, 10, 25, 12);
const SECOND_MS = 1000;
const EXAMPLE = Date.UTC(1994, 10, 6, 8, 49, 37);

const DAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The grammar of RFC 9110, 5.6.7, written down as it stands there. */
const DAY_NAME = DAYS.map((day) => day.slice(0, 3)).join('|');
const MONTH = `(?<month>${MONTHS.join('|')})`;
const TIME = '(?<hour>[01][0-9]|2[0-3]):(?<minute>[0-5][0-9]):(?<second>[0-5][0-9]|60)';
const FORMS = [
  `(?:${DAY_NAME}), (?<day>[0-9]{2}) ${MONTH} (?<year>[0-9]{4}) ${TIME} GMT`,
  `(?:${DAYS.join('|')}), (?<day>[0-9]{2})-${MONTH}-(?<year>[0-9]{2}) ${TIME} GMT`,
  `(?:${DAY_NAME}) ${MONTH} (?<day>[0-9]{2}| [0-9]) ${TIME} (?<year>[0-9]{4})`,
].map((form) => new RegExp(`^${form}$`, 'i'));

const two = (value: number) => String(value).padStart(2, '0');

function daysIn(year: number, month: number): number {
  if (month !== 2) return [4, 6, 9, 11].includes(month) ? 30 : 31;
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
}

function slowParse(text: string, nowMs: number): number | undefined {
  const found = FORMS.map((form) => form.exec(text)?.groups).find((groups) => groups !== undefined);
  if (!found) return undefined;
  const month = MONTHS.findIndex((name) => name.toLowerCase() === found.month!.toLowerCase()) + 1;
  const [day, second] = [Number(found.day), Number(found.second)];
  const at = (year: number): number | undefined => {
    if (day < 1 || day > daysIn(year, month)) return undefined;
    const date = `${String(year).padStart(4, '0')}-${two(month)}-${two(day)}`;
    return Date.parse(`${date}T${found.hour}:${found.minute}:00Z`) + second * SECOND_MS;
  };
  if (found.year!.length === 4) return at(Number(found.year));
  const latestMs = new Date(nowMs).setUTCFullYear(new Date(nowMs).getUTCFullYear() + 50);
  for (let year = new Date(latestMs).getUTCFullYear(); year >= 0; year--) {
    const ms = year % 100 === Number(found.year) ? at(year) : undefined;
    if (ms !== undefined && ms <= latestMs) return ms;
  }
  return undefined;
}

const write: Record<string, (date: Date) => string> = {
  'IMF-fixdate': (date) => {
    const year = String(date.getUTCFullYear()).padStart(4, '0');
    return `${shortDay(date)}, ${two(date.getUTCDate())} ${monthOf(date)} ${year} ${timeOf(date)} GMT`;
  },
  'RFC 850': (date) => {
    const year = two(date.getUTCFullYear() % 100);
    return `${DAYS[date.getUTCDay()]}, ${two(date.getUTCDate())}-${monthOf(date)}-${year} ${timeOf(date)} GMT`;
  },
  asctime: (date) => {
    const year = String(date.getUTCFullYear()).padStart(4, '0');
    return `${shortDay(date)} ${monthOf(date)} ${String(date.getUTCDate()).padStart(2)} ${timeOf(date)} ${year}`;
  },
};
const shortDay = (date: Date) => DAYS[date.getUTCDay()]!.slice(0, 3);
const monthOf = (date: Date) => MONTHS[date.getUTCMonth()]!;
const timeOf = (date: Date) => date.toISOString().slice(11, 19);

const secondsBetween = (from: string, to: string) =>
  fc
    .integer({ min: Date.parse(from) / SECOND_MS, max: Date.parse(to) / SECOND_MS })
    .map((seconds) => seconds * SECOND_MS);
const anyTime = secondsBetween('0000-01-01T00:00:00Z', '9999-12-31T23:59:59Z');
const ourTime = secondsBetween('1970-01-01T00:00:00Z', '2150-12-31T23:59:59Z');

describe('an HTTP-date (RFC 9110, 5.6.7)', () => {
  it.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    'Sun Nov 06 08:49:37 1994',
    'sun, 06 nOV 1994 08:49:37 gmt',
    'SUNDAY, 06-NOV-94 08:49:37 GMT',
    'SUN NOV  6 08:49:37 1994',
    'Fri, 06 Nov 1994 08:49:37 GMT',
  ])('is read as %s', (text) => {
    expect(parseHttpDate(text, NOW)).toBe(EXAMPLE);
  });

  it.each([
    '',
    '0',
    'now',
    '784111777',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37',
    'Sun, 06 Nov 1994 08:49:37 UTC',
    'Sun, 06 Nov 1994 08:49:37 +0000',
    'Sun, 06 Nov 1994 08:49:37 PST',
    'Sun, 06 Nov 1994 08:49:37  GMT',
    ' Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT ',
    'Sun, 6 Nov 1994 08:49:37 GMT',
    'Sun,  6 Nov 1994 08:49:37 GMT',
    'Sun,06 Nov 1994 08:49:37 GMT',
    'Sun 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 94 08:49:37 GMT',
    'Sun, 06-Nov-1994 08:49:37 GMT',
    'Sun, 06-Nov-94 08:49:37 GMT',
    'Sunday, 06 Nov 1994 08:49:37 GMT',
    'Sunday Nov  6 08:49:37 1994',
    'Sun Nov  6 08:49:37 1994 GMT',
    'Sun Nov 6 08:49:37 1994',
    'Sun Nov +6 08:49:37 1994',
    'Sun, 06 November 1994 08:49:37 GMT',
    'Sun, 06 anf 1994 08:49:37 GMT',
    'Son, 06 Nov 1994 08:49:37 GMT',
    'Sund, 06 Nov 1994 08:49:37 GMT',
    ', 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 8:49:37 GMT',
    'Sun, 06 Nov 1994 08.49.37 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Thu, 31 Nov 1994 08:49:37 GMT',
    'Tue, 29 Feb 1994 08:49:37 GMT',
    'Thu, 29 Feb 1900 08:49:37 GMT',
    'Sun, 99 Dec 1994 08:49:37 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
    'Sun, 06 Nov 19４4 08:49:37 GMT',
    'ſun, 06 Nov 1994 08:49:37 GMT',
  ])('is not %j', (text) => {
    expect(parseHttpDate(text, NOW)).toBeUndefined();
  });

  it.each([
    ['Thu, 29 Feb 2024 00:00:00 GMT', '2024-02-29T00:00:00Z'],
    ['Tue, 29 Feb 2000 00:00:00 GMT', '2000-02-29T00:00:00Z'],
    ['Sat, 31 Dec 2016 23:59:60 GMT', '2017-01-01T00:00:00Z'],
    ['Tue, 19 Jan 2038 03:14:08 GMT', '2038-01-19T03:14:08Z'],
    ['Fri, 31 Dec 9999 23:59:59 GMT', '9999-12-31T23:59:59Z'],
    ['Wed, 31 Dec 1969 23:59:59 GMT', '1969-12-31T23:59:59Z'],
    ['Sun, 06 Nov 0094 08:49:37 GMT', '0094-11-06T08:49:37Z'],
    ['Sat, 01 Jan 0000 00:00:00 GMT', '0000-01-01T00:00:00Z'],
  ])('%s is %s', (text, iso) => {
    expect(parseHttpDate(text, NOW)).toBe(Date.parse(iso));
  });

  it.each([
    ['2026-11-25T12:00:00Z', '25-Nov-26 12:00:00', 2026],
    ['2026-11-25T12:00:00Z', '26-Nov-27 12:00:00', 2027],
    ['2026-11-25T12:00:00Z', '25-Nov-76 12:00:00', 2076],
    ['2026-11-25T12:00:00Z', '25-Nov-76 12:00:01', 1976],
    ['2026-11-25T12:00:00Z', '01-Jan-99 00:00:00', 1999],
    ['1999-12-31T23:59:59Z', '01-Jan-00 00:00:00', 2000],
    ['1999-12-31T23:59:59Z', '01-Jan-50 00:00:00', 1950],
    ['2099-06-01T00:00:00Z', '01-Jan-98 00:00:00', 2098],
    ['2099-06-01T00:00:00Z', '01-Jan-05 00:00:00', 2105],
    ['2050-01-15T00:00:00Z', '29-Feb-00 00:00:00', 2000],
    ['2060-01-15T00:00:00Z', '29-Feb-00 00:00:00', 2000],
  ])('at %s two digits of a year, as in %s, mean %d', (now, date, year) => {
    const ms = parseHttpDate(`Sunday, ${date} GMT`, Date.parse(now));
    expect(new Date(ms!).getUTCFullYear()).toBe(year);
  });

  it('is written as the form to be sent, without milliseconds', () => {
    expect(formatHttpDate(EXAMPLE + 999)).toBe('Sun, 06 Nov 1994 08:49:37 GMT');
    expect(formatHttpDate(Date.parse('0094-01-06T00:00:00Z'))).toBe('Wed, 06 Jan 0094 00:00:00 GMT');
  });

  it('is read as it was written, whatever the second', () => {
    fc.assert(
      fc.property(anyTime, anyTime, (ms, nowMs) => {
        expect(parseHttpDate(formatHttpDate(ms), nowMs)).toBe(ms);
        expect(formatHttpDate(ms)).toBe(write['IMF-fixdate']!(new Date(ms)));
      }),
    );
  });

  it('is the same in each form within fifty years', () => {
    fc.assert(
      fc.property(ourTime, ourTime, (ms, nowMs) => {
        const [date, now] = [new Date(ms), new Date(nowMs)];
        fc.pre(Math.abs(date.getUTCFullYear() - now.getUTCFullYear()) < 50);
        for (const form of Object.values(write)) expect(parseHttpDate(form(date), nowMs)).toBe(ms);
      }),
    );
  });

  it('is read by its grammar alone, whatever is changed in it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...'0123456789 ,-:_+\t\u00a0xsnGe４ſİ',
        '',
        '00',
        '29',
        '30',
        '60',
        'Feb',
        'Mon',
        'monday',
      ),
      fc.string({ maxLength: 3 }),
    );
    const change = fc.record({ at: fc.nat(34), drop: fc.nat(3), piece });
    const shape = fc.constantFrom(
      (text: string) => text,
      (text: string) => text.toLowerCase(),
      (text: string) => text.toUpperCase(),
    );
    const form = fc.constantFrom(...Object.values(write));
    fc.assert(
      fc.property(ourTime, ourTime, form, shape, fc.array(change, { maxLength: 3 }), (ms, nowMs, ...rest) => {
        const [written, shaped, changes] = rest;
        const text = changes.reduce(
          (so, { at, drop, piece }) => so.slice(0, at) + piece + so.slice(at + drop),
          shaped(written(new Date(ms))),
        );
        expect(parseHttpDate(text, nowMs)).toBe(slowParse(text, nowMs));
      }),
      { numRuns: 20_000 },
    );
  });
});
