import fc from 'fast-check';
import { parseNoVarySearch, type SearchVariance, searchKey } from '../dist/policy/no-vary-search';

type Pair = readonly [name: string, value: string];

const utf8 = new TextDecoder('utf-8', { ignoreBOM: true });

/** The parser of forms of the URL standard (5.1), byte by byte. */
function slowDecode(text: string): string {
  const bytes = [...new TextEncoder().encode(text)];
  const decoded: number[] = [];
  for (let i = 0; i < bytes.length; i++) {
    const digits = String.fromCharCode(...bytes.slice(i + 1, i + 3));
    const isEscape = bytes[i] === 0x25 && /^[0-9A-Fa-f]{2}$/.test(digits);
    decoded.push(isEscape ? Number(`0x${digits}`) : bytes[i] === 0x2b ? 0x20 : bytes[i]!);
    if (isEscape) i += 2;
  }
  return utf8.decode(Uint8Array.from(decoded));
}

function slowPairs(search: string): Pair[] {
  const parameters = search.split('&').filter((parameter) => parameter.length > 0);
  return parameters.map((parameter) => {
    const [name, ...value] = parameter.split('=');
    return [slowDecode(name!), slowDecode(value.join('='))];
  });
}

/** Section 6 of the draft, as it stands there. */
function slowEquivalent(one: string, other: string, variance: SearchVariance | undefined): boolean {
  if (variance === undefined) return one === other;
  const names = [...variance.names];
  const counting = (search: string) => {
    const pairs = slowPairs(search).filter(([name]) =>
      variance.named === 'counts' ? names.includes(name) : !names.includes(name),
    );
    if (variance.byKeyOrder) return pairs;
    const sorted: Pair[] = [];
    for (const pair of pairs) {
      const after = sorted.findIndex(([name]) => pair[0] < name);
      sorted.splice(after === -1 ? sorted.length : after, 0, pair);
    }
    return sorted;
  };
  return JSON.stringify(counting(one)) === JSON.stringify(counting(other));
}

const variance = (byKeyOrder: boolean, named: SearchVariance['named'], ...names: string[]) => ({
  byKeyOrder,
  named,
  names: new Set(names),
});

describe('a No-Vary-Search field', () => {
  it.each([
    ['key-order', variance(false, 'ignored')],
    ['key-order=?1', variance(false, 'ignored')],
    ['params=("a")', variance(true, 'ignored', 'a')],
    ['params=("a" "b" "a")', variance(true, 'ignored', 'a', 'b')],
    ['except=("x")', variance(true, 'counts', 'x')],
    ['except=()', variance(true, 'counts')],
    ['except=("x"), key-order', variance(false, 'counts', 'x')],
    ['key-order, params=()', variance(false, 'ignored')],
    ['params=("a");x, key-order;y=1', variance(false, 'ignored', 'a')],
    ['params=("a";x=1)', variance(true, 'ignored', 'a')],
    ['params=("a"), params=("b")', variance(true, 'ignored', 'b')],
    ['params=("a"), unknown=("b"), other;x', variance(true, 'ignored', 'a')],
    ['params=("a"),\tkey-order', variance(false, 'ignored', 'a')],
  ])('of %j says what counts', (field, expected) => {
    expect(parseNoVarySearch(field)).toEqual(expected);
  });

  it.each([
    ['params', variance(true, 'counts')],
    ['params=?1', variance(true, 'counts')],
    ['params, except=("x")', variance(true, 'counts', 'x')],
    ['key-order, params, except=("x")', variance(false, 'counts', 'x')],
    ['params=?0, key-order', variance(false, 'ignored')],
  ])('of %j, as browsers have it, says what counts', (field, expected) => {
    expect(parseNoVarySearch(field)).toEqual(expected);
  });

  it.each([
    '',
    'unknown-key',
    'params=()',
    'params=?0',
    'key-order=?0',
    'key-order="not a boolean"',
    'key-order=1, params=("a")',
    'key-order=(), params=("a")',
    'params="not an inner list"',
    'params=1',
    'params=(not-a-string)',
    'params=("a" b)',
    'params=(1)',
    'params=(?1)',
    'params=(:YQ==:)',
    'params=("a"), except=("x")',
    'params=(), except=()',
    'params=?0, except=("x")',
    'params="a", except=("x")',
    'except="not an inner list"',
    'except=(not-a-string)',
    'except=?1',
    'except',
    'params, except=?1',
    'params, except="x"',
    'params=("a"',
    'params=("a),',
    'params=("é")',
    'params=("a"),',
    'params=("a"); ,',
    'Params=("a")',
    '("a")',
  ])('of %j leaves all to count', (field) => {
    expect(parseNoVarySearch(field)).toBeUndefined();
  });

  it('has its names coded as those of a form', () => {
    expect(parseNoVarySearch('params=("%C3%A9+%E6%B0%97")')).toEqual(variance(true, 'ignored', 'é 気'));
    expect(parseNoVarySearch('except=("a%26b=c" "%f6" "%zz" "\\"")')).toEqual(
      variance(true, 'counts', 'a&b=c', '\ufffd', '%zz', '"'),
    );
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), (names) => {
        const coded = names.map((name) => `"${encodeURIComponent(name)}"`).join(' ');
        expect(parseNoVarySearch(`except=(${coded})`)).toEqual(variance(true, 'counts', ...names));
      }),
    );
  });

  it('never throws, whatever it is', () => {
    const part = fc.constantFrom(
      'params',
      'except',
      'key-order',
      '=',
      '(',
      ')',
      '"',
      '"a"',
      ' ',
      ',',
      ';',
      '?1',
      ':',
    );
    const field = fc.oneof(
      fc.array(part).map((parts) => parts.join('')),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(field, (text) => {
        const found = parseNoVarySearch(text);
        expect(found === undefined || found.names instanceof Set).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('the key of a query', () => {
  const keysOf = (field: string, ...searches: string[]) =>
    searches.map((search) => searchKey(search, parseNoVarySearch(field)));

  it('is the query as it is where all counts', () => {
    for (const search of ['', '?', 'b=1&a=2', 'a=%78', '&&', 'é%ff+\ud800'])
      expect(searchKey(search, undefined)).toBe(search);
  });

  it.each([
    ['', '&'],
    ['a=x', '%61=%78'],
    ['a=é', 'a=%C3%A9'],
    ['a=%f6', 'a=%ef%bf%bd'],
    ['a=x&&&&', 'a=x'],
    ['a=', 'a'],
    ['a=%20', 'a= &'],
    ['a=+', 'a= &'],
    ['a=1=2', 'a=1%3d2'],
    ['=x', '&=x'],
    ['a=\ud800', 'a=\ufffd'],
  ])('is one for %j and %j', (one, other) => {
    const [first, second] = keysOf('key-order', one, other);
    expect(first).toBe(second);
  });

  it.each([
    ['', '='],
    ['a', 'a=b'],
    ['a', '?a'],
    ['a', 'A'],
    ['a=%C3%A9', 'a=e%CC%81'],
    ['a=1&a=2', 'a=2&a=1'],
    ['a=1', 'a=1&a=1'],
    ['a=é%ff', 'a=è%ff'],
    ['a=気%ff', 'a=%14%ff'],
    ['a=%zz', 'a=%yy'],
    ['a=x', 'a=%EF%BB%BFx'],
    ['a=%26b', 'a=&b'],
    ['a=%2B', 'a=+'],
    ['a%3d=b', 'a==b'],
  ])('is another for %j than for %j', (one, other) => {
    const [first, second] = keysOf('key-order', one, other);
    expect(first).not.toBe(second);
  });

  it.each([
    ['key-order', 'b=1&a=1&b=2', 'a=1&b=1&b=2'],
    ['key-order', '%F0%90%80%80&%EF%BC%A1&a', 'a&%EF%BC%A1&%F0%90%80%80'],
    ['params=("utm_source" "utm_medium")', 'id=1&utm_source=x', 'utm_medium=y&id=1&utm_source=z&utm_source'],
    ['params=("%C3%A9+%E6%B0%97")', 'é 気=1', 'é+気=2'],
    ['params=("%C3%A9+%E6%B0%97")', '%C3%A9%20気=3', '%C3%A9+%E6%B0%97=4'],
    ['params=("%ef%bf%bd")', '\ud800=1', ''],
    ['except=("id")', 'id=1&a=2', 'b=3&id=1'],
    ['except=()', 'a=1', ''],
    ['params, except=("id")', 'a=2&id=1', 'id=1'],
  ])('by %s is one for %j and %j', (field, one, other) => {
    const [first, second] = keysOf(field, one, other);
    expect(first).toBe(second);
  });

  it.each([
    ['params=("a")', 'b=1&c=2', 'c=2&b=1'],
    ['params=("a")', 'b=1', 'b=2'],
    ['params=("a")', 'a=1&b', 'A=1&b'],
    ['except=("id")', 'id=1', 'id=2'],
    ['except=("id")', 'id=1', 'a=1'],
  ])('by %s is another for %j than for %j', (field, one, other) => {
    const [first, second] = keysOf(field, one, other);
    expect(first).not.toBe(second);
  });

  it('is the same key for a key', () => {
    const variance = parseNoVarySearch('params=("a"), key-order');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (search) => {
        const key = searchKey(search, variance);
        expect(searchKey(key, variance)).toBe(key);
      }),
    );
  });

  it('is equal for two queries where they are equivalent, and only there', () => {
    const name = fc.constantFrom(
      'a',
      'b',
      '%61',
      'A',
      '',
      '+',
      '%20',
      'é',
      '%C3%A9',
      '%ff',
      'é%ff',
      'è%ff',
      '%',
      '気',
    );
    const parameter = fc.tuple(
      name,
      fc.constantFrom('', '=', '=', '=='),
      fc.oneof(name, fc.nat(2).map(String)),
    );
    const parameters = fc.array(parameter, { maxLength: 4 });
    const pair = parameters.chain((one) =>
      fc.tuple(
        fc.constant(one),
        fc.oneof(parameters, fc.shuffledSubarray(one), fc.shuffledSubarray(one, { minLength: one.length })),
      ),
    );
    const write = (list: readonly (readonly string[])[]) => list.map((parts) => parts.join('')).join('&');
    const names = fc.array(fc.constantFrom('a', 'b', '', ' ', 'é', '\ufffd', 'é\ufffd', '気'), {
      maxLength: 3,
    });
    const anyVariance = fc.option(
      fc.record({
        byKeyOrder: fc.boolean(),
        named: fc.constantFrom('counts' as const, 'ignored' as const),
        names: names.map((list) => new Set(list)),
      }),
      { nil: undefined, freq: 9 },
    );
    const seen = { true: 0, false: 0 };
    fc.assert(
      fc.property(pair, anyVariance, ([one, other], variance) => {
        const [first, second] = [write(one), write(other)];
        const expected = slowEquivalent(first, second, variance);
        seen[`${expected}`]++;
        expect(searchKey(first, variance) === searchKey(second, variance)).toBe(expected);
      }),
      { numRuns: 10_000 },
    );
    expect(Math.min(seen.true, seen.false)).toBeGreaterThan(1_000);
  });

  it('reads a form as the URL standard does', () => {
    const unit = fc.constantFrom(
      '%',
      '%e',
      '%c3',
      '%A9',
      '%f0',
      '%90',
      '%80',
      '%bf',
      '%ef',
      '%bb',
      '+',
      'a',
      'é',
      '気',
      '\ud800',
      '0',
    );
    fc.assert(
      fc.property(fc.string({ unit }), (text) => {
        const key = searchKey(text, { byKeyOrder: false, named: 'ignored', names: new Set() });
        expect(key).toBe(text === '' ? '' : `${encodeForm(slowDecode(text))}=`);
      }),
      { numRuns: 5_000 },
    );
  });
});

const encodeForm = (text: string): string =>
  [...new TextEncoder().encode(text)]
    .map((byte) => {
      const char = String.fromCharCode(byte);
      if (char === ' ') return '+';
      return /[\w*.-]/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
    })
    .join('');
