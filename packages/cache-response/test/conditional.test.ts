import fc from 'fast-check';
import { ifRangeHolds, isNotModified, type Validators } from '../dist/policy/conditional';

const [MODIFIED, LATER, DATE, FUTURE] = [
  'Sun, 06 Nov 1994 08:49:37 GMT',
  'Sun, 06 Nov 1994 08:49:38 GMT',
  'Mon, 07 Nov 1994 00:00:00 GMT',
  'Mon, 07 Nov 1994 00:00:11 GMT',
];
const DATE_MS = Date.UTC(1994, 10, 7);
const NOW = DATE_MS + 10_000;
const STORED: Validators = { etag: '"a"', lastModified: MODIFIED, dateMs: DATE_MS };

const matches = (field: string, etag: string | undefined) =>
  isNotModified({ 'if-none-match': field }, { ...STORED, etag }, NOW);
const unmodifiedSince = (field: string, stored: Partial<Validators> = {}) =>
  isNotModified({ 'if-modified-since': field }, { ...STORED, ...stored }, NOW);
const rangeHolds = (field: string | undefined, stored: Partial<Validators> = {}) =>
  ifRangeHolds(field, { ...STORED, ...stored }, NOW);

describe('a comparison of entity tags (RFC 9110, 8.8.3.2)', () => {
  it.each([
    ['W/"1"', 'W/"1"', false, true],
    ['W/"1"', 'W/"2"', false, false],
    ['W/"1"', '"1"', false, true],
    ['"1"', '"1"', true, true],
    ['"1"', 'W/"1"', false, true],
    ['"1"', '"2"', false, false],
    ['"A"', '"a"', false, false],
  ])('of %s and %s is strong %p, weak %p', (one, other, strong, weak) => {
    expect(rangeHolds(one, { etag: other })).toBe(strong);
    expect(matches(one, other)).toBe(weak);
  });
});

describe('If-None-Match (RFC 9110, 13.1.2)', () => {
  it.each([
    ['"x"', '"x"'],
    ['"x", "y", "z"', '"y"'],
    ['"x","y"', '"y"'],
    ['W/"x" ,\tW/"y"', '"y"'],
    [', ,"x",,', '"x"'],
    ['"a,b"', '"a,b"'],
    ['"x", "a,b", "y"', '"y"'],
    ['"x,", ",y"', '",y"'],
    ['""', '""'],
    ['"a\\"', '"a\\"'],
    ['"\xff\x80!#~"', '"\xff\x80!#~"'],
    ['*', '"x"'],
    ['*', 'W/"x"'],
    ['*', undefined],
    [' * ', undefined],
  ])('of %j matches the tag %s', (field, etag) => {
    expect(matches(field, etag)).toBe(true);
  });

  it.each([
    ['', '"x"'],
    ['"x"', undefined],
    ['"a,b"', '"a"'],
    ['"a,b"', '"b"'],
    ['"x", ",y"', '"y"'],
    ['"x y"', '"x y"'],
    ['"\x7f"', '"\x7f"'],
    ['"Ā"', '"Ā"'],
    ['w/"x"', '"x"'],
    ['W"x"', '"x"'],
    ['W/ "x"', '"x"'],
    ['W/x', 'x'],
    ['x', 'x'],
    ['x', '"x"'],
    ['"x"', 'x'],
    ["'x'", "'x'"],
    ['"x', '"x'],
    ['x"', 'x"'],
    ['"x" "y"', '"y"'],
    ['"x"y', '"x"'],
    ['**', undefined],
    ['*, "y"', '"x"'],
    ['"*"', '"x"'],
  ])('of %j does not match %s', (field, etag) => {
    expect(matches(field, etag)).toBe(false);
  });

  it.each(['x', 'w/"q"', '"x y"', '"a, b"', '"q"q', 'q"q,q"', "'q'", '""q', '\u00a0"q"'])(
    'passes over the malformed %j',
    (member) => {
      expect(matches(member, '"q"')).toBe(false);
      expect(matches(`${member}, "q"`, '"q"')).toBe(true);
      expect(matches(`"q" ,${member}`, '"q"')).toBe(true);
    },
  );

  it('matches where a tag of the list is the same, weak or not', () => {
    const opaque = fc.string({ unit: fc.constantFrom('a', 'b', ',', '*', '\\', "'", '\xe9'), maxLength: 3 });
    const tag = fc.tuple(fc.constantFrom('', 'W/'), opaque);
    const member = fc.oneof(
      { arbitrary: tag.map(([weak, text]) => ({ field: `${weak}"${text}"`, opaque: text })), weight: 4 },
      { arbitrary: opaque.map((text) => ({ field: `"${text} "`, opaque: undefined })), weight: 1 },
      {
        arbitrary: fc.constantFrom('', 'a', '*', 'w/"a"').map((field) => ({ field, opaque: undefined })),
        weight: 1,
      },
    );
    const separator = fc.constantFrom(',', ', ', '\t,', ' ,, ');
    fc.assert(
      fc.property(fc.array(fc.tuple(member, separator)), tag, (members, [weak, sought]) => {
        const field = members.map(([{ field }, separator]) => field + separator).join('');
        const expected = members.some(([{ opaque }]) => opaque === sought);
        fc.pre(field.trim() !== '*');
        expect(matches(field, `${weak}"${sought}"`)).toBe(expected);
      }),
      { numRuns: 2_000 },
    );
  });

  it('puts If-Modified-Since out of force', () => {
    const request = { 'if-none-match': '"other"', 'if-modified-since': DATE };
    expect(isNotModified(request, STORED, NOW)).toBe(false);
    expect(isNotModified({ ...request, 'if-none-match': '' }, STORED, NOW)).toBe(false);
    expect(isNotModified({ 'if-none-match': '"a"', 'if-modified-since': 'never' }, STORED, NOW)).toBe(true);
  });

  it('of a megabyte is read, and each part of it once', () => {
    for (const part of [',', ' ', '\t', '""', '" "', 'W/', '"b",', ' "', '", ', 'W/"', '*,']) {
      const junk = part.repeat(2 * Math.floor(500_000 / part.length));
      expect(matches(`${junk}, "a"`, '"a"')).toBe(true);
      expect(matches(`"${junk}`, '"a"')).toBe(false);
      expect(rangeHolds(`"${junk}`)).toBe(false);
    }
  });
});

describe('If-Modified-Since (RFC 9110, 13.1.3)', () => {
  it.each([
    ['the same date', MODIFIED],
    ['a later date', LATER],
    ['the same date in another form', 'Sunday, 06-Nov-94 08:49:37 GMT'],
    ['now', 'Mon, 07 Nov 1994 00:00:10 GMT'],
  ])('of %s holds', (_what, field) => {
    expect(unmodifiedSince(field)).toBe(true);
  });

  it.each([
    ['an earlier date', 'Sun, 06 Nov 1994 08:49:36 GMT'],
    ['a date to come', FUTURE],
    ['no date', 'yesterday'],
    ['nothing', ''],
    ['two dates', `${DATE}, ${DATE}`],
  ])('of %s does not', (_what, field) => {
    expect(unmodifiedSince(field)).toBe(false);
  });

  it.each([undefined, 'yesterday'])('is held against Date where Last-Modified is %s', (lastModified) => {
    expect(unmodifiedSince(DATE, { lastModified })).toBe(true);
    expect(unmodifiedSince(DATE, { lastModified, dateMs: DATE_MS + 999 })).toBe(true);
    expect(unmodifiedSince(DATE, { lastModified, dateMs: DATE_MS + 1000 })).toBe(false);
    expect(unmodifiedSince(LATER, { lastModified })).toBe(false);
  });

  it('and no condition at all are not the same', () => {
    expect(isNotModified({}, STORED, NOW)).toBe(false);
  });
});

describe('If-Range (RFC 9110, 13.1.5)', () => {
  it('that is not there holds', () => {
    expect(rangeHolds(undefined)).toBe(true);
  });

  it.each([
    ['its tag', '"a"', {}],
    ['its date', MODIFIED, {}],
    ['its date in another form', 'Sun Nov  6 08:49:37 1994', {}],
    ['its date of a second before Date', MODIFIED, { dateMs: Date.UTC(1994, 10, 6, 8, 49, 38) }],
  ])('of %s holds', (_what, field, stored) => {
    expect(rangeHolds(field, stored)).toBe(true);
  });

  it.each<[string, string, Partial<Validators>]>([
    ['another tag', '"b"', {}],
    ['a tag where there is none', '"a"', { etag: undefined }],
    ['a weak tag', 'W/"a"', { etag: 'W/"a"' }],
    ['a malformed tag', '"a b"', { etag: '"a b"' }],
    ['a tag without quotes', 'a', { etag: 'a' }],
    ['two tags', '"a", "b"', {}],
    ['any tag', '*', {}],
    ['an earlier date', 'Sun, 06 Nov 1994 08:49:36 GMT', {}],
    ['a later date', LATER, {}],
    ['its date of the same second as Date', MODIFIED, { dateMs: Date.UTC(1994, 10, 6, 8, 49, 37, 999) }],
    ['its Date', DATE, { lastModified: undefined }],
    ['what is no date', 'yesterday', { lastModified: 'yesterday' }],
    ['nothing', '', {}],
  ])('of %s does not', (_what, field, stored) => {
    expect(rangeHolds(field, stored)).toBe(false);
  });
});
