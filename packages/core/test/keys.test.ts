import { clientKey, matchSubnets } from '@spillway/core';
import fc from 'fast-check';
import { IPv6, parse } from 'ipaddr.js';

const byte = fc.integer({ min: 0, max: 255 });
const ipv4 = fc.tuple(byte, byte, byte, byte);
const groups = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
  minLength: 8,
  maxLength: 8,
});
const dotted = (bytes: readonly number[]) => bytes.join('.');
const hex = (value: number) => value.toString(16);

/** Many ways to write one IPv6 address. */
function notations(parts: readonly number[]): string[] {
  const address = new IPv6([...parts]);
  const [high = 0, low = 0] = parts.slice(6);
  const mixed = `${parts.slice(0, 6).map(hex).join(':')}:${dotted([high >> 8, high & 255, low >> 8, low & 255])}`;
  const plain = [
    address.toString(),
    address.toNormalizedString(),
    parts.map((part) => hex(part).padStart(4, '0')).join(':'),
    address.toRFC5952String(),
    mixed,
  ];
  const cased = [...plain, ...plain.map((text) => text.toUpperCase())];
  return cased.flatMap((text) => [text, `${text}%eth0`, `[${text}]`, `[${text}]:8080`, `[${text}%eth0]:1`]);
}

/** The bits of an address, by arithmetic on one large number. */
function slowSubnet(parts: readonly number[], bits: number): string {
  const all = parts.reduce((sum, part) => (sum << 16n) | BigInt(part), 0n);
  const drop = 128n - BigInt(bits);
  const kept = (all >> drop) << drop;
  const masked = parts.map((_part, i) => hex(Number((kept >> BigInt(16 * (7 - i))) & 0xffffn)));
  return `${masked.join(':')}/${bits}`;
}

const isEmbedding = (parts: readonly number[]) => {
  const range = new IPv6([...parts]).range();
  return range === 'ipv4Mapped' || range === 'rfc6052' || range === '6to4';
};

describe('the key of a client', () => {
  it('is an IPv4 address whole, with and without its port', () => {
    fc.assert(
      fc.property(ipv4, (bytes) => {
        const address = dotted(bytes);
        expect(clientKey(address)).toBe(address);
        expect(clientKey(`${address}:51234`)).toBe(address);
      }),
    );
  });

  it('is one for every notation of an IPv6 address: its subnet', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 1, max: 128 }), (parts, bits) => {
        fc.pre(!isEmbedding(parts));
        const expected = slowSubnet(parts, bits);
        for (const text of notations(parts)) expect(clientKey(text, bits)).toBe(expected);
      }),
    );
  });

  it('is the IPv4 address inside of a mapped, a NAT64 and a 6to4 one, in every notation', () => {
    fc.assert(
      fc.property(ipv4, groups, ([a, b, c, d], rest) => {
        const [high, low] = [(a << 8) | b, (c << 8) | d];
        const embedded = [
          [0, 0, 0, 0, 0, 0xffff, high, low],
          [0x64, 0xff9b, 0, 0, 0, 0, high, low],
          [0x2002, high, low, ...rest.slice(3)],
        ];
        for (const text of embedded.flatMap(notations)) expect(clientKey(text)).toBe(dotted([a, b, c, d]));
      }),
    );
  });

  it('differs where the subnets differ, and only there', () => {
    expect(clientKey('2001:db8:0:100::1')).not.toBe(clientKey('2001:db8:0:200::1'));
    expect(clientKey('2001:db8:0:100::1')).toBe(clientKey('2001:db8:0:1ff:ffff::'));
    expect(clientKey('2001:db8::1', 128)).not.toBe(clientKey('2001:db8::2', 128));
  });

  it.each([
    undefined,
    '',
    ' ',
    'unknown',
    'localhost',
    '_hidden',
    '1.2.3',
    '1.2.3.4.5',
    '256.1.1.1',
    '01.2.3.4',
    '0x7f.1',
    '2130706433',
    '1.2.3.4 ',
    '1.2.3.4:',
    '1.2.3.4:port',
    ':::',
    '1::2::3',
    '[::1',
    '::1]',
    '2001:db8::g',
    '::ffff:1.2.3.256',
    '1:2:3:4:5:6:7:8:9',
    '%eth0',
    '[]',
    '[]:80',
  ])('is undefined for %j, which is no address', (text) => {
    expect(clientKey(text)).toBeUndefined();
  });

  it('is undefined or a key for any text, and throws for none', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[0-9a-f:.%[\]/ ]{0,40}$/)), (text) => {
        const key = clientKey(text);
        if (key !== undefined) expect(() => parse(key.replace(/\/\d+$/, ''))).not.toThrow();
      }),
    );
  });
});

describe('a match of subnets', () => {
  const matches = matchSubnets(['192.0.2.7', '10.0.0.0/8', '2001:db8::/32', '::1']);

  it.each([
    ['192.0.2.7', true],
    ['192.0.2.8', false],
    ['10.1.2.3', true],
    ['::ffff:10.1.2.3', true],
    ['10.1.2.3:99', true],
    ['2001:db8:1::5', true],
    ['2001:db9::', false],
    ['::1', true],
    ['unknown', false],
    [undefined, false],
  ])('of %s is %s', (address, expected) => {
    expect(matches(address)).toBe(expected);
  });

  it.each(['', '10.0.0.0/33', 'somewhere', '10.0.0.0/'])('refuses %j at construction', (subnet) => {
    expect(() => matchSubnets([subnet])).toThrow(TypeError);
  });
});
