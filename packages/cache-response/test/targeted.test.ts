import fc from 'fast-check';
import { directedTo } from '../dist/filter/lifetime';
import { parseDirectives, type ResponseDirectives, responseDirectives } from '../dist/policy/cache-control';
import { parseTargeted } from '../dist/policy/targeted';

const NOTHING_SAID = responseDirectives(parseDirectives(''));
const read = (field: string): ResponseDirectives | undefined => {
  const directives = parseTargeted(field);
  return directives && responseDirectives(directives);
};

describe('a targeted field (RFC 9213, 2.1)', () => {
  it.each<[string, Partial<ResponseDirectives>]>([
    ['max-age=60', { maxAge: 60 }],
    ['max-age=60, s-maxage=30', { maxAge: 60, sMaxage: 30 }],
    ['max-age=2147483649', { maxAge: 2_147_483_648 }],
    ['max-age=-1', { maxAge: 0 }],
    ['max-age=1, max-age=5', { maxAge: 5 }],
    ['stale-while-revalidate=1, stale-if-error=2', { staleWhileRevalidate: 1, staleIfError: 2 }],
    ['no-store', { noStore: true }],
    ['no-store=?1', { noStore: true }],
    ['no-store=?0, max-age=1', { maxAge: 1 }],
    ['no-cache, public, immutable', { noCache: true, public: true, immutable: true }],
    ['private, must-revalidate', { private: true, mustRevalidate: true }],
    ['no-cache="a, B"', { noCache: ['a', 'b'] }],
    ['private="set-cookie"', { private: ['set-cookie'] }],
    ['private=set-cookie', { private: ['set-cookie'] }],
    ['private=5', { private: ['5'] }],
    ['max-age=60;a=1, no-store;x="y"', { maxAge: 60, noStore: true }],
    ['no-store; private', { noStore: true }],
    ['foo, bar=1.5, baz=(1 2), max-age=60', { maxAge: 60 }],
    ['foo="max-age=1, no-store"', {}],
  ])('of %j says what it says, and no more', (field, said) => {
    expect(read(field)).toEqual({ ...NOTHING_SAID, ...said });
  });

  it.each(['("a" "b")', ':YWI=:', '"a b"', '""', '()'])('of private=%s is private', (names) => {
    expect(read(`private=${names}`)?.private).toBe(true);
    expect(read(`no-cache=${names}`)?.noCache).toBe(true);
  });

  it.each([
    '',
    '  ',
    ',',
    'max-age=60,',
    'max-age=60, &&&',
    'max-age =60',
    'max-age= 60',
    'max-age=',
    'Max-Age=60',
    'NO-STORE',
    'max-age=1.5',
    'max-age=1e3',
    'max-age="60"',
    'max-age=sixty',
    'max-age=?1',
    'max-age',
    'max-age=(60)',
    's-maxage="60", no-store',
    'stale-while-revalidate, max-age=60',
    'stale-if-error="1", max-age=60',
    'max-age=1000000000000000',
    'no-store "',
    'private="a',
    'no-store=?0',
  ])('of %j is as none', (field) => {
    expect(parseTargeted(field)).toBeUndefined();
  });

  it('never throws, whatever it is', () => {
    const unit = fc.constantFrom(
      'max-age',
      'private',
      '=',
      '(',
      ')',
      '"',
      '1',
      '.',
      ' ',
      ',',
      ';',
      '?1',
      ':',
      '-',
    );
    const field = fc.oneof(fc.string({ unit }), fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(field, (text) => {
        expect([undefined, true]).toContain(parseTargeted(text) && true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('a list of targets (RFC 9213, 2.2)', () => {
  const TARGETS = ['spillway-cache-control', 'cdn-cache-control'];
  const maxAgeOf = (fields: Readonly<Record<string, string | string[]>>) => {
    const { directives, targeted } = directedTo(TARGETS, fields);
    return [directives.maxAge, targeted];
  };

  it.each<[string, Readonly<Record<string, string | string[]>>, number | undefined, boolean]>([
    ['none is there', { 'cache-control': 'max-age=3' }, 3, false],
    ['nothing at all is there', {}, undefined, false],
    ['one is there', { 'cdn-cache-control': 'max-age=2', 'cache-control': 'max-age=3' }, 2, true],
    ['it says nothing of it', { 'cdn-cache-control': 'foo', 'cache-control': 'max-age=3' }, undefined, true],
    ['both are', { 'cdn-cache-control': 'max-age=2', 'spillway-cache-control': 'max-age=1' }, 1, true],
    ['the first is malformed', { 'cdn-cache-control': 'max-age=2', 'spillway-cache-control': '&' }, 2, true],
    ['the first is empty', { 'cdn-cache-control': 'max-age=2', 'spillway-cache-control': '' }, 2, true],
    ['all are malformed', { 'cdn-cache-control': '&', 'cache-control': 'max-age=3' }, 3, false],
    ['another is there', { 'surrogate-control': 'max-age=2', 'cache-control': 'max-age=3' }, 3, false],
    ['one has two lines', { 'cdn-cache-control': ['foo', 'max-age=2'] }, 2, true],
    ['Cache-Control has two lines', { 'cache-control': ['max-age=3', 'max-age=2'] }, 2, false],
  ])('where %s', (_where, fields, maxAge, targeted) => {
    expect(maxAgeOf(fields)).toEqual([maxAge, targeted]);
  });

  it('is of the chosen field alone: no directive of another counts beside it', () => {
    const { directives } = directedTo(TARGETS, {
      'spillway-cache-control': 'max-age=1',
      'cdn-cache-control': 'private',
      'cache-control': 'no-store, no-cache, must-revalidate, s-maxage=5',
    });
    expect(directives).toEqual({ ...NOTHING_SAID, maxAge: 1 });
  });
});
