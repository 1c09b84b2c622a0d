import type { IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { parseVary, selectingOf, selects } from '../dist/policy/vary';

/** Whether a request with one value of a field selects what was chosen by another. */
const isOne = (name: string, stored: string | undefined, asked: string | undefined, language?: string) =>
  selects(asked === undefined ? {} : { [name]: asked }, selectingOf([name], { [name]: stored }), language);

describe('Vary (RFC 9111, 4.1)', () => {
  it.each<[string | undefined, readonly string[], readonly string[] | undefined]>([
    [undefined, [], []],
    [undefined, ['a', 'b'], ['a', 'b']],
    ['', [], []],
    ['', ['a'], ['a']],
    ['Accept', [], ['accept']],
    ['b, A', [], ['a', 'b']],
    ['b,a,\tB ,, A', [], ['a', 'b']],
    ['b', ['a', 'c'], ['a', 'b', 'c']],
    ['A', ['a'], ['a']],
    ['*', [], undefined],
    ['*', ['a'], undefined],
    [' * ', [], undefined],
    ['accept, *', [], undefined],
    ['*, accept', [], undefined],
    ['**', [], ['**']],
    ['a b', [], undefined],
    ['accept, "cookie"', [], undefined],
    ['accept; cookie', [], undefined],
    ["!#$%&'*+.^_`|~9, a", [], ["!#$%&'*+.^_`|~9", 'a']],
  ])('of %j, with %j, names %j', (field, more, names) => {
    expect(parseVary(field, more)).toEqual(names);
  });

  it('names the same in any order and any case', () => {
    const list = fc.array(fc.constantFrom('accept', 'Accept', 'COOKIE', 'cookie', 'x-user', '', 'b'));
    const both = list.chain((names) =>
      fc.tuple(fc.constant(names), fc.shuffledSubarray(names, { minLength: names.length })),
    );
    fc.assert(
      fc.property(both, ([names, others]) => {
        expect(parseVary(names.join(' , '))).toEqual(parseVary(others.join(',').toUpperCase()));
      }),
    );
  });
});

describe('a request selects a response', () => {
  it.each<[string, string | undefined, string | undefined]>([
    ['x-user', 'a', 'a'],
    ['x-user', undefined, undefined],
    ['x-user', '', ''],
    ['x-user', ' a\t', 'a'],
    ['x-user', 'a, b', 'a,b'],
    ['x-user', 'a ,\tb', 'a,b'],
    ['x-user', ' , a', ',a'],
    ['x-user', '"a" ,\t"b\\""', '"a","b\\""'],
    ['x-user', 'A b\t', 'A b'],
    ['accept', 'A/b;c="D" , e/f', 'e/F,a/b;c="D"'],
    ['accept', 'a/b ; q=0.5;\tc', 'a/b;q=0.5;c'],
    ['x-user', '', ' '],
    ['accept', 'text/html; q=0.5', 'text/html;q=0.5'],
    ['accept', 'text/html, text/plain', 'text/plain ,text/html'],
    ['accept-charset', 'UTF-8', 'utf-8'],
    ['accept-encoding', 'gzip, br', 'BR,GZIP'],
    ['accept-encoding', 'gzip;q=0.5, br', 'br, gzip ;\tq=0.5'],
    ['accept-language', 'en', 'EN'],
    ['accept-language', 'en, de;q=0.5', 'de; q=0.5,en'],
  ])('by %s of %j with %j', (name, one, other) => {
    expect([isOne(name, one, other), isOne(name, other, one)]).toEqual([true, true]);
  });

  it.each<[string, string | undefined, string | undefined]>([
    ['x-user', 'a', 'b'],
    ['x-user', 'a', 'A'],
    ['x-user', 'a', undefined],
    ['x-user', '', undefined],
    ['x-user', 'a', 'a, a'],
    ['x-user', 'a b', 'a  b'],
    ['x-user', 'a, b', 'b, a'],
    ['x-user', 'a,b', 'a,,b'],
    ['x-user', '{"name":"a, b"}', '{"name":"a,b"}'],
    ['x-user', '"a ,b", c', '"a,b", c'],
    ['authorization', 'Digest username="a, b", uri="/"', 'Digest username="a,b", uri="/"'],
    ['cookie', 'a=1', 'A=1'],
    ['cookie', 'a=1, 2', 'a=1,2'],
    ['user-agent', 'a (b, c)', 'a (b,c)'],
    ['accept', 'a/b;c="D"', 'a/b;c="d"'],
    ['accept', 'a/b;c="\\", D"', 'a/b;c="\\", d"'],
    ['x-user', 'a; b', 'a;b'],
    ['x-user', '"a\\", b"', '"a\\",b"'],
    ['x-user', '"a , b', '"a, b'],
    ['accept', 'text/html', 'text/plain'],
    ['accept', '', undefined],
    ['accept', 'text/html;q=0.5', 'text/html;q=0.6'],
    [
      'accept',
      'application/json;profile="https://a.example/X"',
      'application/json;profile="https://a.example/x"',
    ],
    ['accept', 'a/b;c="1, 2"', 'a/b;c="1,2"'],
    ['accept', 'a/b;c="1;2"', 'a/b;c="1; 2"'],
    ['accept-encoding', 'gzip', 'gzip, br'],
    ['accept-encoding', 'gzip', 'gzip, gzip'],
    ['accept-encoding', '', 'identity'],
    ['accept-language', 'en', 'de'],
    ['accept-language', 'en', 'en-US'],
  ])('not by %s of %j with %j', (name, one, other) => {
    expect([isOne(name, one, other), isOne(name, other, one)]).toEqual([false, false]);
  });

  it('where all fields that it was chosen by are the same, and no others', () => {
    const request = { accept: 'a/b', cookie: 'c=1', 'x-user': 'u' };
    const selecting = selectingOf(['accept', 'x-user'], request);
    expect(selecting.map(([name]) => name)).toEqual(['accept', 'x-user']);
    expect(selects(request, selecting, undefined)).toBe(true);
    expect(selects({ ...request, cookie: 'c=2' }, selecting, undefined)).toBe(true);
    expect(selects({ ...request, accept: 'a/c' }, selecting, undefined)).toBe(false);
    expect(selects({ ...request, 'x-user': 'v' }, selecting, undefined)).toBe(false);
    expect(selects({}, [], undefined)).toBe(true);
  });

  it('by a field on several lines as by one of their list', () => {
    const lines = { 'x-user': ['a', 'b'] } as unknown as IncomingHttpHeaders;
    expect(selects({ 'x-user': 'a, b' }, selectingOf(['x-user'], lines), undefined)).toBe(true);
    expect(selects(lines, selectingOf(['x-user'], { 'x-user': 'a,b' }), undefined)).toBe(true);
  });

  it('by a name that every object has, where the request has none', () => {
    for (const name of ['constructor', 'tostring', 'valueof', '__proto__', 'hasownproperty', 'toString'])
      expect(selects({}, selectingOf([name], {}), undefined)).toBe(true);
  });

  it('alike whichever of the two came first, and however their whitespace, case and order are', () => {
    const name = fc.constantFrom('accept', 'accept-encoding', 'accept-language', 'accept-charset', 'x-list');
    const space = fc.constantFrom('', ' ', '\t', '  ');
    const member = fc.record({
      value: fc.constantFrom('a', 'b', 'a/b', 'en-us', '*'),
      weight: fc.constantFrom('', ';q=0.5', ';q=0'),
    });
    const spaces = fc.array(fc.tuple(space, space, space), { minLength: 4, maxLength: 4 });
    const spelling = fc.record({ spaces, upper: fc.boolean() });
    const members = fc.array(member, { minLength: 1, maxLength: 4 });
    const lists = members.chain((list) =>
      fc.tuple(
        fc.constant(list),
        fc.oneof(members, fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
      ),
    );
    type Spelling = typeof spelling extends fc.Arbitrary<infer T> ? T : never;
    type Member = typeof member extends fc.Arbitrary<infer T> ? T : never;
    const write = (list: readonly Member[], isList: boolean, { spaces, upper }: Spelling) =>
      list
        .map(({ value, weight }, i) => {
          const [before, after, within] = spaces[i]!;
          const text = upper && !isList ? value.toUpperCase() : value;
          return `${before}${text}${isList ? weight : weight.replace(';', `${within};${within}`)}${after}`;
        })
        .join(',');
    const meaning = (list: readonly Member[], isList: boolean) => {
      const texts = list.map(({ value, weight }) => value + weight);
      return JSON.stringify(isList ? texts : texts.sort());
    };
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(name, lists, spelling, spelling, (name, [one, other], how, otherwise) => {
        const isList = name === 'x-list';
        const [first, second] = [write(one, isList, how), write(other, isList, otherwise)];
        const expected = meaning(one, isList) === meaning(other, isList);
        seen[`${expected}`]++;
        expect(isOne(name, first, second)).toBe(expected);
        expect(isOne(name, second, first)).toBe(expected);
      }),
      { numRuns: 4_000 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(500);
  });
});

describe('a response in the language that a request likes best', () => {
  it.each([
    ['de', 'en', 'en'],
    ['de', 'EN', 'en'],
    ['de', 'en, de;q=0.5', 'en'],
    ['de', 'de;q=0.5, en', 'en'],
    ['de', 'de;q=0.5, en;q=0.7, *;q=0.1', 'en'],
    ['de', 'de;q=0, en;q=0.001', 'en'],
    ['de', 'fr;q=0.3, de;q=0.3, en;q=0.5', 'en'],
    ['de', 'fr;q=2, en', 'en'],
    ['de', 'fr;q=-1, en', 'en'],
    ['de', 'fr;q=x, en;q=0.1', 'en'],
    ['de', 'fr;q=, en;q=0.1', 'en'],
    ['de', 'en;level=1;q=0.9, fr;q=0.8', 'en'],
    [undefined, 'en', 'en'],
  ])('chosen by %s is what %j selects', (stored, asked, language) => {
    expect(isOne('accept-language', stored, asked, language)).toBe(true);
  });

  it.each([
    ['de', 'fr', 'en'],
    ['de', 'en, fr', 'en'],
    ['de', 'fr, en', 'en'],
    ['de', 'en, de;q=0.5, fr', 'en'],
    ['de', 'fr, en;q=0.9', 'en'],
    ['de', 'en;q=0', 'en'],
    ['de', 'en;q=2', 'en'],
    ['de', 'en-us', 'en'],
    ['de', 'en', 'en-us'],
    ['de', 'en', undefined],
    ['de', '*', 'en'],
    ['de', '', 'en'],
    ['de', undefined, 'en'],
    ['de', 'en;q=0.5;q=1, fr;q=0.6', 'en'],
  ])('chosen by %s is not what %j selects, where it is another', (stored, asked, language) => {
    expect(isOne('accept-language', stored, asked, language)).toBe(false);
  });

  it('is told by that field alone, and the others have to be the same', () => {
    expect(isOne('accept', 'de', 'en', 'en')).toBe(false);
    const selecting = selectingOf(['accept-language', 'x-user'], { 'accept-language': 'de', 'x-user': 'a' });
    expect(selects({ 'accept-language': 'en', 'x-user': 'a' }, selecting, 'en')).toBe(true);
    expect(selects({ 'accept-language': 'en', 'x-user': 'b' }, selecting, 'en')).toBe(false);
  });
});
