import fc from 'fast-check';
import {
  type ByteRange,
  contentRange,
  multipartRanges,
  parseRanges,
  unsatisfiedRange,
} from '../dist/policy/byte-range';

const asText = (ranges: readonly ByteRange[] | undefined) =>
  ranges?.map(({ start, end }) => `${start}-${end}`).join(' ');

const OWS = '[ \\t]*';
const SPEC = '(?:\\d+-\\d*|-\\d+)';
/** Range of RFC 9110, 14.2, with the empty members and the space that a recipient has to take (5.6.1). */
const FIELD = new RegExp(`^bytes=(?:${OWS},)*${OWS}${SPEC}(?:${OWS},${OWS}(?:${SPEC})?)*${OWS}$`, 'i');

interface Asked {
  readonly start: number;
  readonly end: number;
  readonly positions: ReadonlySet<number>;
}

/** What is asked for, byte by byte. */
function slowRanges(field: string, bytes: number): string | undefined {
  if (bytes === 0 || !FIELD.test(field)) return undefined;
  const specs = field.match(/\d*-\d*/g)!.map((spec) => spec.split('-') as [string, string]);
  if (specs.some(([first, last]) => first !== '' && last !== '' && BigInt(last) < BigInt(first)))
    return undefined;
  if (specs.length > 16) return undefined;
  const body = Array.from({ length: bytes }, (_, i) => i);
  const holds = ([first, last]: [string, string], i: number) => {
    if (first === '') return BigInt(i) >= BigInt(bytes) - BigInt(last);
    return BigInt(i) >= BigInt(first) && (last === '' || BigInt(i) <= BigInt(last));
  };
  const asked = specs
    .map((spec) => body.filter((i) => holds(spec, i)))
    .filter((positions) => positions.length > 0)
    .map(
      (positions): Asked => ({ start: positions[0]!, end: positions.at(-1)!, positions: new Set(positions) }),
    );
  const meets = (one: Asked, other: Asked) => [...one.positions].some((i) => other.positions.has(i));
  const overlapping = asked.filter((one, i) => asked.some((other, j) => i !== j && meets(one, other)));
  const starts = asked.map(({ start }) => start);
  const isSorted = String(starts) === String([...starts].sort((one, other) => one - other));
  if (overlapping.length > 2 || (asked.length > 4 && !isSorted)) return undefined;
  const wanted = new Set(asked.flatMap(({ positions }) => [...positions]));
  const runs: number[][] = [];
  for (const i of body.filter((i) => wanted.has(i))) {
    if (runs.at(-1)?.at(-1) === i - 1) runs.at(-1)!.push(i);
    else runs.push([i]);
  }
  const askedFirst = (run: number[]) => asked.findIndex(({ positions }) => run.some((i) => positions.has(i)));
  return runs
    .sort((one, other) => askedFirst(one) - askedFirst(other))
    .map((run) => `${run[0]}-${run.at(-1)}`)
    .join(' ');
}

describe('a Range field (RFC 9110, 14.2)', () => {
  it.each([
    ['bytes=0-499', '0-499'],
    ['bytes=500-999', '500-999'],
    ['bytes=-500', '9500-9999'],
    ['bytes=9500-', '9500-9999'],
    ['bytes=0-0,-1', '0-0 9999-9999'],
    ['bytes= 0-999, 4500-5499, -1000', '0-999 4500-5499 9000-9999'],
    ['bytes=500-600,601-999', '500-999'],
    ['bytes=500-700,601-999', '500-999'],
    ['Bytes=0-0', '0-0'],
    ['bytes=0-', '0-9999'],
    ['bytes=9999-', '9999-9999'],
    ['bytes=0-10000', '0-9999'],
    ['bytes=-10000', '0-9999'],
    ['bytes=-10001', '0-9999'],
    ['bytes=0000-0009', '0-9'],
    [`bytes=1-${'9'.repeat(400)}`, '1-9999'],
    [`bytes=-${'9'.repeat(400)}`, '0-9999'],
    ['bytes=,0-1 ,\t, 5-6 ,', '0-1 5-6'],
    ['bytes=\t0-1\t,5-6 ', '0-1 5-6'],
    ['bytes=20000-,0-1', '0-1'],
    ['bytes=0-1,-0', '0-1'],
    ['bytes=-1,0-1', '9999-9999 0-1'],
    ['bytes=8-9,0-1,4-5,2-3', '8-9 0-5'],
    ['bytes=4-5,0-1,8-9,2-3', '0-5 8-9'],
    ['bytes=0-5,0-5', '0-5'],
    ['bytes=0-1,0-2,4-4,6-6,8-8', '0-2 4-4 6-6 8-8'],
    ['bytes=0-1,3-4,6-7,9-10,12-13', '0-1 3-4 6-7 9-10 12-13'],
    [
      `bytes=${Array.from({ length: 16 }, (_, i) => `${2 * i}-${2 * i}`)}`,
      expect.stringMatching(/^0-0 .* 30-30$/),
    ],
  ])('of %j of 10000 bytes asks for %s', (field, expected) => {
    expect(asText(parseRanges(field, 10_000))).toEqual(expected);
  });

  it.each(['bytes=10000-', 'bytes=10000-10001', 'bytes=-0', 'bytes=20000-,-0', `bytes=${'9'.repeat(400)}-`])(
    'of %j of 10000 bytes can not be satisfied',
    (field) => {
      expect(parseRanges(field, 10_000)).toEqual([]);
    },
  );

  it.each([
    '',
    'bytes',
    'bytes=',
    'bytes=,',
    'bytes= ',
    'bytes=-',
    'bytes=0',
    'bytes=--1',
    'bytes=0--1',
    'bytes=0-1-2',
    'bytes=1-0',
    'bytes=0-1,5-4',
    'bytes=0-1,x',
    'bytes=0-1;5-6',
    'bytes=0 -1',
    'bytes=0-1 5-6',
    'bytes=a-b',
    'bytes=+0-1',
    'bytes=0-1e3',
    'bytes=0x0-0x9',
    'bytes=0-1.5',
    'bytes=１-２',
    'bytes=0-1\u00a0',
    'bytes =0-1',
    ' bytes=0-1',
    'bytes:0-1',
    'items=0-1',
    'bytes=0-1, bytes=5-6',
    '0-1',
  ])('of %j is ignored: malformed, or of another unit', (field) => {
    expect(parseRanges(field, 10_000)).toBeUndefined();
  });

  it.each([
    ['more than 16 ranges', `bytes=${Array.from({ length: 17 }, (_, i) => `${2 * i}-${2 * i}`)}`],
    ['more than 16 that are beyond the end', `bytes=${'10000-,'.repeat(17)}`],
    ['three that overlap', 'bytes=0-,0-,0-'],
    ['two pairs that overlap', 'bytes=0-2,2-3,10-12,12-13'],
    ['more than four in no order', 'bytes=0-1,6-7,3-4,9-10,12-13'],
  ])('is ignored with %s', (_what, field) => {
    expect(parseRanges(field, 10_000)).toBeUndefined();
  });

  it.each(['bytes=0-', 'bytes=-1', 'bytes=5-6'])('of %j is ignored for an empty body', (field) => {
    expect(parseRanges(field, 0)).toBeUndefined();
  });

  it('gives what is asked for byte by byte', () => {
    const digits = fc.oneof(
      fc.nat(45).map(String),
      fc.constantFrom('', '007', '9007199254740993', '99999999999999999999'),
    );
    const near = fc.tuple(fc.nat(45), fc.nat(4)).map(([from, more]) => `${from}-${from + more}`);
    const far = fc.tuple(digits, digits).map(([first, last]) => `${first}-${last}`);
    const junk = fc.constantFrom('', ' ', 'x', '1', '-', '1-2-3');
    const spec = fc.oneof(
      { arbitrary: near, weight: 16 },
      { arbitrary: far, weight: 2 },
      { arbitrary: junk, weight: 1 },
    );
    const separator = fc.constantFrom(',', ', ', ' ,', '\t,  ', ',,');
    const list = (spec: fc.Arbitrary<string>, maxLength: number) =>
      fc.array(fc.tuple(spec, separator), { minLength: 1, maxLength });
    const field = fc.oneof(list(near, 5), list(spec, 5), list(spec, 18));
    const unit = fc.constantFrom('bytes=', 'bytes=', 'bytes=', 'BYTES=', 'bytes= ', 'bytes');
    let several = 0;
    fc.assert(
      fc.property(unit, field, fc.nat(40), (start, members, bytes) => {
        const text = start + members.flat().slice(0, -1).join('');
        const ranges = parseRanges(text, bytes);
        expect(asText(ranges)).toBe(slowRanges(text, bytes));
        several += Number((ranges?.length ?? 0) > 1);
      }),
      { numRuns: 5_000 },
    );
    expect(several).toBeGreaterThan(500);
  });

  it('reads a megabyte of anything, and each part of it once', () => {
    for (const part of [',', ' ', '-', '9', '\t,', '0-0,', ' 1-', 'bytes='])
      expect(parseRanges(`bytes=${part.repeat(1_000_000 / part.length)}x`, 10_000)).toBeUndefined();
  });
});

describe('parts', () => {
  const body = Buffer.from('0123456789');

  it('are named by their first and last byte (RFC 9110, 14.4)', () => {
    expect(contentRange({ start: 0, end: 499 }, 1234)).toBe('bytes 0-499/1234');
    expect(unsatisfiedRange(1234)).toBe('bytes */1234');
  });

  it('stand in a multipart body, each with its range and type (RFC 9110, 14.6)', () => {
    const ranges = [
      { start: 1, end: 3 },
      { start: 9, end: 9 },
    ];
    expect(multipartRanges(body, ranges, 'text/plain; x="\xe9"', 'SEP').toString('latin1')).toBe(
      [
        '--SEP',
        'Content-Type: text/plain; x="\xe9"',
        'Content-Range: bytes 1-3/10',
        '',
        '123',
        '--SEP',
        'Content-Type: text/plain; x="\xe9"',
        'Content-Range: bytes 9-9/10',
        '',
        '9',
        '--SEP--',
        '',
      ].join('\r\n'),
    );
  });

  it('have no type where the body has none', () => {
    const parts = multipartRanges(body, [{ start: 0, end: 0 }], undefined, 'SEP');
    expect(String(parts)).toBe('--SEP\r\nContent-Range: bytes 0-0/10\r\n\r\n0\r\n--SEP--\r\n');
  });

  it('are the bytes that were asked for, whatever they are', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(60));
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 61, maxLength: 90 }), fc.array(range), (bytes, ends) => {
        const whole = Buffer.from(bytes);
        const ranges = ends.map(([one, other]) => ({
          start: Math.min(one, other),
          end: Math.max(one, other),
        }));
        let rest = multipartRanges(whole, ranges, 'x/y', 'SEP');
        for (const { start, end } of ranges) {
          const head = `--SEP\r\nContent-Type: x/y\r\nContent-Range: bytes ${start}-${end}/${whole.length}\r\n\r\n`;
          const part = Buffer.concat([
            Buffer.from(head),
            whole.subarray(start, end + 1),
            Buffer.from('\r\n'),
          ]);
          expect(rest.subarray(0, part.length).equals(part)).toBe(true);
          rest = rest.subarray(part.length);
        }
        expect(String(rest)).toBe('--SEP--\r\n');
      }),
    );
  });
});
