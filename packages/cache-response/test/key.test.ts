import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRequest } from '@spillway/core';
import fc from 'fast-check';
import { isAt, isUnder, pathOf, targetOf, untrustedPart, urlKeyOf, withMore } from '../dist/policy/key';

interface Asked {
  readonly path?: string;
  readonly headers?: IncomingHttpHeaders & { ':authority'?: string };
  readonly protocol?: string;
  /** What the framework takes for the host. */
  readonly trusted?: string | undefined;
}

const request = ({
  path = '/',
  headers = { host: 'a.test' },
  protocol = 'https',
  trusted,
}: Asked): HttpRequest => ({
  method: 'GET',
  originalUrl: path,
  headers,
  protocol,
  host: trusted,
});

const keyOf = (asked: Asked) => urlKeyOf(request(asked));
const onHost = (host: string) => keyOf({ headers: { host } });

describe('the key of a URL', () => {
  it.each([
    ['/', '/ https://a.test'],
    ['/a/B?c=D&e', '/a/B?c=D&e https://a.test'],
    ['//b.test/a', '//b.test/a https://a.test'],
    ['/a/../b/%2e?#c', '/a/../b/%2e?#c https://a.test'],
    ['/\u00e9', '/\u00e9 https://a.test'],
  ])('of %j is it as it was asked for', (path, key) => {
    expect(keyOf({ path })).toBe(key);
  });

  it.each([
    ['https', 'a.test', '/ https://a.test'],
    ['http', 'a.test', '/ http://a.test'],
    ['https', 'A.Test:8080', '/ https://a.test:8080'],
    ['https', 'a_b-c~d.test', '/ https://a_b-c~d.test'],
    ['https', '127.0.0.1:1', '/ https://127.0.0.1:1'],
    ['https', '[::FFFF:1.2.3.4]:81', '/ https://[::ffff:1.2.3.4]:81'],
    ['https', '', '/ https://'],
  ])('tells protocol and host: %s, %s', (protocol, host, key) => {
    expect(keyOf({ protocol, headers: { host } })).toBe(key);
  });

  it.each(['', 'a', '*', 'a.test:80', 'https://a.test/', 'HTTP://a.test/', '?a', '\\a'])(
    'is none of the target %j, which is no path',
    (path) => {
      expect(keyOf({ path })).toBeUndefined();
    },
  );

  it('is none of a path with a space or what controls a terminal', () => {
    for (let code = 0; code < 256; code++) {
      const isPlain = code > 0x20 && code !== 0x7f;
      expect(keyOf({ path: `/a${String.fromCharCode(code)}b` }) !== undefined).toBe(isPlain);
    }
  });

  it.each([
    ...[
      'a.test/b',
      'a.test?b',
      'a.test#b',
      'u@a.test',
      'a b',
      'a.test:b',
      'a.test:1:2',
      'a.test,b.test',
      'a;b',
    ],
    ...[
      '[::1',
      '::1',
      '[a.test]',
      '[::1]b',
      '[]x',
      '\u00e9.test',
      'a%41',
      'a.test\\b',
      ' a.test',
      'a.test ',
      'a"',
    ],
  ])('is none on the malformed host %j', (host) => {
    expect(onHost(host)).toBeUndefined();
  });

  it('has its host by HTTP/2 as well, where that is the only one', () => {
    expect(keyOf({ headers: { ':authority': 'B.test' } })).toBe('/ https://b.test');
    expect(keyOf({ headers: { ':authority': 'b.test', host: 'b.test' } })).toBe('/ https://b.test');
    expect(keyOf({ headers: { ':authority': 'b.test', host: 'a.test' } })).toBeUndefined();
    expect(keyOf({ headers: {} })).toBe('/ https://');
  });

  it('asks the framework for the host where a proxy may have named it', () => {
    const headers = { host: 'a.test', 'x-forwarded-host': 'c.test' };
    expect(keyOf({ headers, trusted: 'B.test' })).toBe('/ https://b.test');
    expect(keyOf({ headers, trusted: undefined })).toBe('/ https://');
    expect(keyOf({ headers, trusted: 'b.test/c' })).toBeUndefined();
    expect(keyOf({ trusted: 'b.test' })).toBe('/ https://a.test');
  });
});

describe('what a client says of the host that nobody trusts', () => {
  const part = (host?: string, protocol?: string) =>
    untrustedPart(
      request({
        headers: {
          ...(host !== undefined && { 'x-forwarded-host': host }),
          ...(protocol !== undefined && { 'x-forwarded-proto': protocol }),
        },
        trusted: 'a.test',
      }),
    );

  it('is nothing where it says none, or what is trusted', () => {
    expect([part(), part('a.test'), part(undefined, 'https'), part('a.test', 'https')]).toEqual([
      '',
      '',
      '',
      '',
    ]);
    expect(part('a.test , b.test', 'https,http')).toBe('');
  });

  it('is told apart from all else, and has neither space nor sign of equality', () => {
    const unit = fc.constantFrom('a', 'b', '~', '=', ' ', '%', '&', '+', '7', 'E', ',', '\u00e9');
    const text = fc.string({ unit, maxLength: 4 });
    const said = fc.tuple(text, text);
    fc.assert(
      fc.property(said, said, (one, other) => {
        const [first, second] = [part(...one), part(...other)];
        expect(first).toMatch(/^[^ =]+$/);
        expect(first === second).toBe(one[0] === other[0] && one[1] === other[1]);
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    [
      ['a~b', ''],
      ['a', 'b~'],
    ],
    [
      ['a~', 'b'],
      ['a', '~b'],
    ],
    [
      ['', 'a'],
      ['~a', ''],
    ],
    [
      ['a&b', ''],
      ['a', 'b&'],
    ],
    [
      ['a,b', ''],
      ['a', ',b'],
    ],
  ] as const)('is not the same by %j as by %j', (one, other) => {
    expect(part(...one)).not.toBe(part(...other));
  });

  it('is told where one of the two is not trusted', () => {
    const all = [part('b.test'), part('b.test', 'https'), part('a.test', 'http'), part(undefined, 'http')];
    expect(new Set([...all, '']).size).toBe(5);
  });
});

describe('a key with more', () => {
  it('has it behind the URL', () => {
    expect(withMore('/a https://a.test', '')).toBe('/a https://a.test');
    expect(withMore('/a https://a.test', 'b c')).toBe('/a https://a.test b c');
  });

  it('is cut where it is long, and told from all others all the same', () => {
    const url = '/a https://a.test';
    const atMost = withMore(url, 'b'.repeat(1024 - url.length - 1));
    expect(atMost).toHaveLength(1024);
    const others = ['c', 'd', 'cd'].map((end) => withMore(url, `${'b'.repeat(2_000)}${end}`));
    expect(new Set(others).size).toBe(3);
    for (const key of [...others, withMore(url, 'b'.repeat(1024 - url.length))]) {
      expect(key.length).toBeLessThan(600);
      expect(key.startsWith(`${url} ${'b'.repeat(400)}`)).toBe(true);
    }
    expect(withMore(`/${'a'.repeat(5_000)} https://a.test`, '')).toBe(
      withMore(`/${'a'.repeat(5_000)} https://a.test`, ''),
    );
  });
});

describe('a URL that is invalidated', () => {
  it.each([
    ['/a?b', { path: '/a?b' }],
    ['//a', { path: '//a' }],
    ['https://a.test/b?c', { path: '/b?c', origin: 'https://a.test' }],
    ['https://a.test?b', { path: '/?b', origin: 'https://a.test' }],
    ['https://a.test:443/b', { path: '/b', origin: 'https://a.test' }],
    ['http://a.test:80/b', { path: '/b', origin: 'http://a.test' }],
    ['https://a.test:80/b', { path: '/b', origin: 'https://a.test:80' }],
    ["https://a.test/b/../c?'d'", { path: "/b/../c?'d'", origin: 'https://a.test' }],
    ['https://a.test', { path: '/', origin: 'https://a.test' }],
    ['HTTPS://A.Test:8080/b', { path: '/b', origin: 'https://a.test:8080' }],
    ['https://a.test/b#c', { path: '/b', origin: 'https://a.test' }],
  ])('%j is a path, of one host or of any', (url, target) => {
    expect(targetOf(url)).toEqual(target);
  });

  it.each(['', 'a', 'a.test/b', '?a', 'https:/a', '://a.test'])('%j is none', (url) => {
    expect(() => targetOf(url)).toThrow();
  });

  const LONG = 'x'.repeat(1_500);

  it.each<[string, string]>([
    ['/a', '/a https://a.test'],
    ['/a', '/a http://b.test more'],
    ['/a?b', '/a?b https://a.test'],
    ['https://a.test/a', '/a https://a.test'],
    ['https://a.test/a', '/a https://a.test more =https://b.test'],
    ['https://a.test', '/ https://a.test'],
    [`/${LONG}`, withMore(`/${LONG} https://a.test`, '')],
    [`https://a.test/${LONG}`, withMore(`/${LONG} https://a.test`, 'b')],
    ['/a', withMore('/a https://a.test', LONG)],
    ['https://a.test/a', withMore('/a https://a.test', LONG)],
  ])('%.40j is that of %.40j', (url, key) => {
    expect(isAt(key, targetOf(url))).toBe(true);
    expect(isUnder(key, targetOf(url))).toBe(true);
  });

  it.each<[string, string]>([
    ['/a', '/a/b https://a.test'],
    ['/a', '/a?b https://a.test'],
    ['/a?b', '/a https://a.test'],
    ['/a', '/ https://a.test'],
    ['/a', '/b https://a.test /a'],
    ['https://a.test/a', '/a http://a.test'],
    ['https://a.test/a', '/a https://a.test:8080'],
    ['https://a.test/a', '/a https://a.test.evil.test'],
    ['https://a.test/a', '/a https://evil.test https://a.test'],
    ['https://a.test:80/a', '/a https://a.test:8080'],
    ['https://a.test/a', '/a https://b.a.test'],
    [`/${LONG}`, withMore(`/y${LONG} https://a.test`, '')],
    ['/b', withMore('/a https://a.test', LONG)],
  ])('%.40j is not that of %.40j', (url, key) => {
    expect(isAt(key, targetOf(url))).toBe(false);
  });

  it.each<[string, string, boolean]>([
    ['/a', '/a https://a.test', true],
    ['/a', '/ab/c?d https://a.test', true],
    ['/a/', '/a https://a.test', false],
    ['/', '/a https://a.test', true],
    ['https://a.test', '/b https://a.test', true],
    ['https://a.test/b', '/bc https://a.test more', true],
    ['https://a.test/b', '/c https://a.test', false],
    ['https://a.test/b', '/b https://a.test.evil.test', false],
    ['https://a.test/b', '/b https://evil.test', false],
    ['/c', '/b/c https://a.test', false],
    [`/${LONG}`, withMore(`/${LONG}y https://a.test`, ''), true],
    [`/${LONG}`, withMore(`/y${LONG} https://a.test`, ''), false],
    [`/${LONG}`, `/${'x'.repeat(700)} https://a.test`, false],
  ])('%.40j begins that of %.40j: %j', (prefix, key, expected) => {
    expect(isUnder(key, targetOf(prefix))).toBe(expected);
  });

  const unit = fc.constantFrom(...'ab/.?&=%2e\'"<>{}|^`\\[]@:;,+*!()~_-\u00e9');
  const path = fc
    .tuple(fc.string({ unit }), fc.constantFrom('', '', 'x'.repeat(498), 'y'.repeat(1_200)))
    .map(([text, long]) => `/${text}${long}`);
  const host = fc.constantFrom(
    'a.test',
    'A.test:8080',
    'a.test:443',
    'a.test:80',
    'a.test:',
    '127.0.0.1',
    '[::1]:1',
  );
  const protocol = fc.constantFrom('http', 'https');
  const more = fc.constantFrom('', 'POST', '=b c', '=https://a.test', `=${LONG}`, ` #${LONG}`);

  it('is that of the request for it, however it is written', () => {
    fc.assert(
      fc.property(path, host, protocol, more, (path, host, protocol, more) => {
        const key = withMore(keyOf({ path, protocol, headers: { host } })!, more);
        expect(isAt(key, targetOf(path))).toBe(true);
        expect(isAt(key, targetOf(`${protocol}://${host}${path}`))).toBe(true);
        for (const length of [1, 3, path.length])
          expect(isUnder(key, targetOf(path.slice(0, length)))).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is under the same label as the request for it', () => {
    fc.assert(
      fc.property(path, path, more, (one, other, more) => {
        const key = withMore(keyOf({ path: one })!, more);
        if (isAt(key, { path: one })) expect(pathOf(`${one} `)).toBe(pathOf(key));
        if (one.slice(0, 512) !== other.slice(0, 512)) expect(pathOf(`${other} `)).not.toBe(pathOf(key));
      }),
    );
  });

  it('is of no other request, where keys are not cut', () => {
    const short = fc.string({ unit: fc.constantFrom(...'ab/?'), maxLength: 4 }).map((text) => `/${text}`);
    fc.assert(
      fc.property(short, short, host, host, (one, other, host, another) => {
        const key = keyOf({ path: one, headers: { host } })!;
        expect(isAt(key, targetOf(other))).toBe(one === other);
        const sameHost = new URL(`https://${host}`).origin === new URL(`https://${another}`).origin;
        expect(isAt(key, targetOf(`https://${another}${other}`))).toBe(one === other && sameHost);
      }),
      { numRuns: 2_000 },
    );
  });
});
