import fc from 'fast-check';
import {
  membersOf,
  parseDirectives,
  type Qualified,
  type RequestDirectives,
  type ResponseDirectives,
  requestDirectives,
  responseDirectives,
} from '../dist/policy/cache-control';
import { readByGrammar, slowDirectives } from './slow-directives';

const ofResponse = (field: string) => responseDirectives(parseDirectives(field));
const ofRequest = (field: string, pragma?: string) => requestDirectives(field, pragma);

const NOTHING_SAID = ofResponse('');
const NOTHING_WANTED = ofRequest('');

describe('a response directive (RFC 9111, 5.2.2)', () => {
  it.each<[string, Partial<ResponseDirectives>]>([
    ['', {}],
    ['max-age=60', { maxAge: 60 }],
    ['must-revalidate', { mustRevalidate: true }],
    ['must-understand', { mustUnderstand: true }],
    ['no-cache', { noCache: true }],
    ['no-cache="set-cookie"', { noCache: ['set-cookie'] }],
    ['no-store', { noStore: true }],
    ['no-transform', {}],
    ['private', { private: true }],
    ['private="Set-Cookie, X-User"', { private: ['set-cookie', 'x-user'] }],
    ['proxy-revalidate', { proxyRevalidate: true }],
    ['public', { public: true }],
    ['s-maxage=60', { sMaxage: 60 }],
    ['stale-while-revalidate=60', { staleWhileRevalidate: 60 }],
    ['stale-if-error=60', { staleIfError: 60 }],
    ['immutable', { immutable: true }],
    ['only-if-cached, min-fresh=1, max-stale', {}],
  ])('%j says what it says, and no more', (field, said) => {
    expect(ofResponse(field)).toEqual({ ...NOTHING_SAID, ...said });
  });

  it('that is not there is off, or undefined', () => {
    expect(NOTHING_SAID).toEqual({
      noStore: false,
      noCache: undefined,
      private: undefined,
      public: false,
      mustRevalidate: false,
      proxyRevalidate: false,
      mustUnderstand: false,
      immutable: false,
      maxAge: undefined,
      sMaxage: undefined,
      staleWhileRevalidate: undefined,
      staleIfError: undefined,
    });
  });

  it.each<[string, Partial<ResponseDirectives>]>([
    ['NO-STORE,Max-Age=1', { noStore: true, maxAge: 1 }],
    [' ,\t, no-store ,, max-age=1 ,', { noStore: true, maxAge: 1 }],
    ['foo, max-age=1, bar=baz, qux="quux"', { maxAge: 1 }],
    ['max-age="60"', { maxAge: 60 }],
    ['max-age="6\\0"', { maxAge: 60 }],
    ['no-cache=set-cookie', { noCache: ['set-cookie'] }],
    ['private=" a ,,\tb, "', { private: ['a', 'b'] }],
    ['private="a\\,b"', { private: ['a', 'b'] }],
    ['foo="no-store"', {}],
    ['foo="bar, no-store, private, max-age=1"', {}],
    ['foo="\\", no-store", max-age=1', { maxAge: 1 }],
    ['foo="\\\\", no-store', { noStore: true }],
    ['foo="bar", no-store, qux="quux"', { noStore: true }],
    ['no-storage, max-agent=1, xpublic, public-x', {}],
  ])('is read in %j', (field, said) => {
    expect(ofResponse(field)).toEqual({ ...NOTHING_SAID, ...said });
  });
});

describe('a time (RFC 9111, 1.2.2)', () => {
  it.each([
    ['0', 0],
    ['00060', 60],
    ['2147483648', 2_147_483_648],
    ['2147483649', 2_147_483_648],
    [`${'9'.repeat(400)}`, 2_147_483_648],
  ])('of %s is read', (text, seconds) => {
    expect(ofResponse(`max-age=${text}`).maxAge).toBe(seconds);
  });

  it.each([
    '',
    '=',
    '=""',
    '=-1',
    '=+1',
    '=1.5',
    '=1e3',
    '=0x10',
    '=1 2',
    '= 60',
    '=60=60',
    '=6"0"',
    '="60',
    '=60"',
    "='60'",
    '=" 60"',
    '="60"0',
    '=60; public',
    '=sixty',
  ])('that is malformed, as in max-age%s, has passed', (argument) => {
    for (const [name, key] of [
      ['max-age', 'maxAge'],
      ['s-maxage', 'sMaxage'],
      ['stale-while-revalidate', 'staleWhileRevalidate'],
      ['stale-if-error', 'staleIfError'],
    ] as const)
      expect(ofResponse(`${name}${argument}`)[key]).toBe(0);
  });
});

describe('a malformed response directive', () => {
  it.each([
    '=',
    '=""',
    '=","',
    '="',
    '="a',
    '="a, b',
    '=a"',
    '="a b"',
    '="a, b c"',
    '="a;b"',
    '=a b',
    '="é"',
    '="a"b',
  ])('private%s means the whole response, as no-cache%s does', (argument) => {
    expect(ofResponse(`private${argument}`).private).toBe(true);
    expect(ofResponse(`no-cache${argument}`).noCache).toBe(true);
  });

  it.each([
    'no-store=',
    'no-store=0',
    'no-store="false"',
    'no-store =1',
    'no-store;',
    'no-store; x',
    'no-store x',
  ])('%j is no-store all the same', (field) => {
    expect(ofResponse(field).noStore).toBe(true);
  });

  it.each(['private; max-age=60', 'private max-age=60', 'private;'])('%j is private', (field) => {
    expect(ofResponse(field).private).toBe(true);
  });

  it.each(['must-revalidate;', 'must-revalidate=0', 'must-revalidate x'])('%j forbids stale use', (field) => {
    expect(ofResponse(field).mustRevalidate).toBe(true);
    expect(ofResponse(`proxy-${field.slice('must-'.length)}`).proxyRevalidate).toBe(true);
  });

  it.each(['=', '=1', '="x"', ';', ' x'])('allows nothing: public%s, must-understand, immutable', (rest) => {
    expect(ofResponse(`public${rest}`).public).toBe(false);
    expect(ofResponse(`must-understand${rest}`).mustUnderstand).toBe(false);
    expect(ofResponse(`immutable${rest}`).immutable).toBe(false);
  });

  it.each(['x="', 'x="a', 'x="a\\', 'x=a"b', 'x"', '"', 'x="a"b"', 'max-age=60"', '\\"'])(
    'hides none that comes after it: %s',
    (malformed) => {
      expect(ofResponse(`${malformed}, no-store`).noStore).toBe(true);
      expect(ofResponse(`${malformed}, private, y=z`).private).toBe(true);
      expect(ofResponse(`max-age=60, ${malformed}, max-age=1`).maxAge).toBeLessThanOrEqual(1);
    },
  );

  it('hides no-store behind it, whatever it is', () => {
    const unit = fc.constantFrom('"', '\\', ',', '=', ';', ' ', '\t', 'a', 'private', '1', 'é');
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        expect(ofResponse(`${text},no-store`).noStore).toBe(true);
        expect(ofResponse(`no-store,${text}`).noStore).toBe(true);
      }),
      { numRuns: 3_000 },
    );
  });
});

describe('a directive that is said twice', () => {
  it.each([
    ['max-age=10, max-age=5', 5],
    ['max-age=5, max-age=10', 5],
    ['max-age=9, max-age=10', 9],
    ['max-age=10, max-age', 0],
    ['max-age=10, max-age=x', 0],
    ['max-age=x, max-age=10', 0],
    ['max-age=x, max-age=y', 0],
    ['max-age=10, MAX-AGE=5, Max-Age=7', 5],
  ])('in %j counts with its shortest time', (field, seconds) => {
    expect(ofResponse(field).maxAge).toBe(seconds);
  });

  it.each<[string, Qualified]>([
    ['private, private="a"', true],
    ['private="a", private', true],
    ['private="a", private="b, c"', ['a', 'b', 'c']],
    ['private="0", private="set-cookie"', ['0', 'set-cookie']],
    ['private="set-cookie", private="5"', ['set-cookie', '5']],
    ['private=, private="a"', true],
    ['private="a", private=""', true],
    ['private="a", private="b c"', true],
    ['private="a", private="b", private=', true],
  ])('in %j is about all fields that it names', (field, expected) => {
    expect(ofResponse(field).private).toEqual(expected);
    expect(ofResponse(field.replaceAll('private', 'no-cache')).noCache).toEqual(expected);
  });
});

describe('a request directive (RFC 9111, 5.2.1)', () => {
  it.each<[string, Partial<RequestDirectives>]>([
    ['', {}],
    ['max-age=60', { maxAge: 60 }],
    ['max-age', { maxAge: 0 }],
    ['max-age=x', { maxAge: 0 }],
    ['max-stale', { maxStale: Number.POSITIVE_INFINITY }],
    ['max-stale=60', { maxStale: 60 }],
    ['max-stale=x', { maxStale: 0 }],
    ['max-stale=', { maxStale: 0 }],
    ['min-fresh=60', { minFresh: 60 }],
    ['no-cache', { noCache: true }],
    ['no-cache="a"', { noCache: true }],
    ['no-store', { noStore: true }],
    ['no-transform', {}],
    ['only-if-cached', { onlyIfCached: true }],
    ['stale-if-error=60', { staleIfError: 60 }],
    ['stale-if-error=x', { staleIfError: 0 }],
    ['private, public, s-maxage=1, must-revalidate, immutable', {}],
    ['max-age=1, max-stale=2, min-fresh=3', { maxAge: 1, maxStale: 2, minFresh: 3 }],
  ])('%j says what it says, and no more', (field, wanted) => {
    expect(ofRequest(field)).toEqual({ ...NOTHING_WANTED, ...wanted });
  });

  it('that is not there is off, or undefined', () => {
    const nothing = {
      noStore: false,
      noCache: false,
      onlyIfCached: false,
      maxAge: undefined,
      minFresh: undefined,
      maxStale: undefined,
      staleIfError: undefined,
    };
    expect(NOTHING_WANTED).toEqual(nothing);
    expect(requestDirectives(undefined, undefined)).toEqual(nothing);
  });

  it.each<[string, Partial<RequestDirectives>]>([
    ['max-age=10, max-age=5', { maxAge: 5 }],
    ['min-fresh=10, min-fresh=60', { minFresh: 60 }],
    ['min-fresh=60, min-fresh=10', { minFresh: 60 }],
    ['max-stale=60, max-stale=10', { maxStale: 10 }],
    ['max-stale, max-stale=10', { maxStale: 10 }],
    ['max-stale=10, max-stale', { maxStale: 10 }],
    ['max-stale, max-stale', { maxStale: Number.POSITIVE_INFINITY }],
  ])('that is said twice, as in %j, means what asks for more', (field, wanted) => {
    expect(ofRequest(field)).toEqual({ ...NOTHING_WANTED, ...wanted });
  });
});

describe('Pragma (RFC 9111, 5.4)', () => {
  it.each(['no-cache', 'No-Cache', 'x, no-cache', 'no-cache=x'])('of %j is no-cache', (pragma) => {
    expect(requestDirectives(undefined, pragma)).toEqual({ ...NOTHING_WANTED, noCache: true });
  });

  it.each(['', 'x', 'x="no-cache"', 'no-store', 'max-age=0'])('of %j is nothing', (pragma) => {
    expect(requestDirectives(undefined, pragma)).toEqual(NOTHING_WANTED);
  });

  it('counts where there is no Cache-Control, not even an empty one', () => {
    expect(ofRequest('max-age=60', 'no-cache')).toEqual({ ...NOTHING_WANTED, maxAge: 60 });
    expect(ofRequest('', 'no-cache')).toEqual(NOTHING_WANTED);
  });
});

describe('a well-formed field', () => {
  const NAMES = [
    ...'no-store no-cache No-Cache private Private public must-revalidate proxy-revalidate'.split(' '),
    ...'must-understand immutable max-age MAX-AGE s-maxage stale-while-revalidate stale-if-error'.split(' '),
    ...['x', "!#$%&'*+.^_`|~9"],
  ];
  const text = fc.oneof(
    fc.nat(100).map(String),
    fc.constantFrom('set-cookie', 'A', '2147483649', "'1'", '1.5', '-1'),
  );
  const names = fc.array(fc.constantFrom('a', 'Set-Cookie', '5', ' b', 'c ', ''), { maxLength: 3 });
  const quotable = fc.string({
    unit: fc.constantFrom('a', '1', ',', ' ', '\t', '"', '\\', '=', 'é', 'no-store', ', private'),
    maxLength: 6,
  });
  const quote = (value: string, escaped: readonly boolean[]): string => {
    const chars = [...value].map((char, i) => (/["\\]/.test(char) || escaped[i] ? `\\${char}` : char));
    return `"${chars.join('')}"`;
  };
  const quoted = fc
    .tuple(fc.oneof(text, quotable, names.map(String)), fc.array(fc.boolean()))
    .map(([value, escaped]) => quote(value, escaped));
  const argument = fc.oneof(
    fc.constant(''),
    text.map((value) => `=${value}`),
    quoted.map((value) => `=${value}`),
  );
  const member = fc.oneof(
    { arbitrary: fc.tuple(fc.constantFrom(...NAMES), argument).map((parts) => parts.join('')), weight: 6 },
    { arbitrary: fc.constant(''), weight: 1 },
  );
  const space = fc.constantFrom('', '', ' ', '\t', ' \t ');
  const field = fc
    .array(fc.tuple(space, member, space), { maxLength: 6 })
    .map((members) => members.map((parts) => parts.join('')).join(','));

  it('means what the grammar says', () => {
    fc.assert(
      fc.property(field, (text) => {
        expect(ofResponse(text)).toEqual(slowDirectives(readByGrammar(text)));
      }),
      { numRuns: 5_000 },
    );
  });

  it('means the same in any order', () => {
    const sorted = (said: ResponseDirectives) => {
      const sort = (names: Qualified | undefined) => (Array.isArray(names) ? names.toSorted() : names);
      return { ...said, noCache: sort(said.noCache), private: sort(said.private) };
    };
    const shuffled = fc
      .array(member, { maxLength: 6 })
      .chain((members) =>
        fc.tuple(
          fc.constant(members),
          fc.shuffledSubarray(members, { minLength: members.length, maxLength: members.length }),
        ),
      );
    fc.assert(
      fc.property(shuffled, ([members, others]) => {
        expect(sorted(ofResponse(members.join()))).toEqual(sorted(ofResponse(others.join())));
      }),
      { numRuns: 2_000 },
    );
  });

  it('never means more for a member more', () => {
    fc.assert(
      fc.property(field, member, (text, more) => {
        const [before, after] = [ofResponse(text), ofResponse(`${text},${more}`)];
        if (before.noStore) expect(after.noStore).toBe(true);
        if (before.private === true) expect(after.private).toBe(true);
        if (before.maxAge !== undefined) expect(after.maxAge).toBeLessThanOrEqual(before.maxAge);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a list', () => {
  it.each([
    ['', []],
    [' , ,\t', []],
    ['a', ['a']],
    [' a\t, b ,', ['a', 'b']],
    ['a b,c', ['a b', 'c']],
    ['a="b,c",d', ['a="b,c"', 'd']],
    ['a="b\\",c",d', ['a="b\\",c"', 'd']],
    ['a="b\\\\",c', ['a="b\\\\"', 'c']],
    ['a=\\,b', ['a=\\', 'b']],
  ])('of %j has its members', (field, members) => {
    expect(membersOf(field)).toEqual(members);
  });

  it('of any length is read once', () => {
    for (const part of [',', '"', '\\', '="', '\\"', 'a="",', 'private="a",', 'max-age=1,']) {
      const field = part.repeat(Math.floor(300_000 / part.length));
      expect(ofResponse(`${field},no-store`)).toBeDefined();
      expect(ofResponse(`private="${field}`).private).toBe(true);
    }
  });
});
