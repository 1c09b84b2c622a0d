import { negotiate, parseAcceptEncoding } from '@spillway/compress';
import fc from 'fast-check';

const OFFERED = ['zstd', 'br', 'gzip', 'deflate'] as const;
const chosen = (field: string) => negotiate(parseAcceptEncoding(field), OFFERED);

describe('Accept-Encoding (RFC 9110, 12.5.3)', () => {
  it.each([
    ['gzip', 'gzip'],
    ['gzip, br', 'br'],
    ['gzip;q=1, br;q=0.9', 'gzip'],
    ['gzip;q=0.5, br;q=0.500', 'br'],
    ['GZip', 'gzip'],
    ['x-gzip', 'gzip'],
    ['gzip ;\t q=0.3 , deflate', 'deflate'],
    ['*', 'zstd'],
    ['zstd;q=0, *', 'br'],
    ['*;q=0.1, deflate', 'deflate'],
    ['gzip;q=0.001', 'gzip'],
    ['compress, sdch, bzip2', 'identity'],
    ['', 'identity'],
    [' , ,', 'identity'],
    ['identity', 'identity'],
    ['identity, gzip', 'gzip'],
    ['identity, gzip;q=0.9', 'identity'],
    ['identity;q=0.2, gzip;q=0.1', 'identity'],
    ['gzip;q=0', 'identity'],
    ['*;q=0', undefined],
    ['identity;q=0', undefined],
    ['identity;q=0, gzip', 'gzip'],
    ['*;q=0, gzip', 'gzip'],
    ['*;q=0, identity', 'identity'],
    ['gzip;q=0, gzip', 'gzip'],
  ])('%j asks for %s', (field, expected) => {
    expect(chosen(field)).toBe(expected);
  });

  it.each([
    'gzip;q=2',
    'gzip;q=-1',
    'gzip;q=0.1234',
    'gzip;q=.5',
    'gzip;q=',
    'gzip;q',
    'gzip;level=1',
    'gzip;q=1;x=2',
    'gz ip',
    '"gzip"',
    'gzip;q=NaN',
  ])('the malformed member %j says nothing', (member) => {
    expect(chosen(member)).toBe('identity');
    expect(chosen(`${member}, deflate`)).toBe('deflate');
  });

  it('chooses nothing that weighs less than another, and nothing refused', () => {
    const names = ['zstd', 'br', 'gzip', 'deflate', 'identity', '*'] as const;
    const member = fc.tuple(fc.constantFrom(...names), fc.integer({ min: 0, max: 10 }));
    fc.assert(
      fc.property(fc.uniqueArray(member, { selector: ([name]) => name }), (members) => {
        const field = members.map(([name, tenths]) => `${name};q=${tenths / 10}`).join(', ');
        const said = new Map(members);
        const weightOf = (name: string) =>
          said.get(name as never) ?? said.get('*') ?? (name === 'identity' ? 0.001 : 0);
        const result = chosen(field);
        const weights = [...OFFERED, 'identity'].map(weightOf);
        if (result === undefined) expect(Math.max(...weights)).toBe(0);
        else expect(weightOf(result)).toBe(Math.max(...weights));
      }),
    );
  });

  it('reads 64 kB of anything without throwing, and by what is well-formed in it', () => {
    const junk = [',', ';q=', 'gzip;', 'q=0.5;'.repeat(3), '\t', 'é'].map((part) =>
      part.repeat(20_000).slice(0, 64_000),
    );
    for (const field of junk) expect(chosen(`${field},deflate`)).toBe('deflate');
  });
});
