import type { OutgoingHttpHeaders } from 'node:http';
import { parseDirectives, responseDirectives } from '../dist/policy/cache-control';
import { ofTheApplication, storedFields, textOf, updatedFields } from '../dist/policy/fields';

const directives = (field: string) => responseDirectives(parseDirectives(field));
const stored = (headers: OutgoingHttpHeaders, field = '', outer: OutgoingHttpHeaders = {}) =>
  storedFields(headers, outer, directives(field));

describe('a field as one text', () => {
  it.each([
    [undefined, undefined],
    ['a', 'a'],
    ['', ''],
    [5, '5'],
    [0, '0'],
    [['a'], 'a'],
    [['a', 'b, c'], 'a, b, c'],
    [[], ''],
  ])('of %j is %j', (value, text) => {
    expect(textOf(value)).toBe(text);
  });
});

describe('of the fields of a response (RFC 9111, 3.1)', () => {
  it('all are stored that say something of it, each as one text, and cookies a line each', () => {
    const headers = {
      'content-type': 'text/plain',
      etag: '"a"',
      'x-list': ['a', 'b, c'],
      'x-number': 5,
      'x-empty': '',
      'set-cookie': ['a=1', 'b=2'],
    };
    expect(stored(headers)).toEqual({ ...headers, 'x-list': 'a, b, c', 'x-number': '5' });
    expect(stored({ 'set-cookie': 'a=1' } as OutgoingHttpHeaders)).toEqual({ 'set-cookie': ['a=1'] });
  });

  it.each([
    'connection',
    'keep-alive',
    'proxy-connection',
    'proxy-authenticate',
    'proxy-authentication-info',
    'proxy-authorization',
    'te',
    'trailer',
    'transfer-encoding',
    'upgrade',
    'age',
    'content-length',
  ])('%s is not stored', (name) => {
    expect(stored({ [name]: 'x', etag: '"a"' })).toEqual({ etag: '"a"' });
  });

  it.each<[string, string | string[]]>([
    ['one', 'x-a'],
    ['more', 'close, X-A ,\tx-b'],
    ['several lines', ['close', 'X-B, x-a']],
  ])('those are not stored that Connection names, by %s', (_how, connection) => {
    const left = stored({ connection, 'x-a': '1', 'x-ab': '2' });
    expect(left).toEqual({ 'x-ab': '2' });
  });

  it.each([
    ['no-cache="x-a"', { 'x-b': '2', 'set-cookie': ['c'] }],
    ['private="x-a"', { 'x-b': '2', 'set-cookie': ['c'] }],
    ['private="X-A, set-cookie", no-cache="x-b"', {}],
    ['private, no-cache', { 'x-a': '1', 'x-b': '2', 'set-cookie': ['c'] }],
    ['', { 'x-a': '1', 'x-b': '2', 'set-cookie': ['c'] }],
  ])('those are not stored that %j names', (field, left) => {
    expect(stored({ 'x-a': '1', 'x-b': '2', 'set-cookie': ['c'] }, field)).toEqual(left);
  });

  it('those are not stored that others set before, but where the application set them anew', () => {
    const outer = { 'x-id': '5', 'x-list': ['a', 'b'], 'x-number': 5, vary: 'a' };
    const headers = { ...outer, vary: 'a, b', etag: '"a"' };
    expect(stored(headers, '', outer)).toEqual({ vary: 'a, b', etag: '"a"' });
    expect(stored({ 'x-list': 'a, b', 'x-number': '5' }, '', outer)).toEqual({});
    expect(stored({ 'x-list': ['a', 'c'], 'x-number': 6 }, '', outer)).toEqual({
      'x-list': 'a, c',
      'x-number': '6',
    });
  });

  it('what is undefined is none', () => {
    expect(stored({ etag: undefined, 'x-a': '1' })).toEqual({ 'x-a': '1' });
    expect('etag' in stored({ etag: undefined })).toBe(false);
  });

  it('what the application said is all of these, whatever its directives name', () => {
    const headers = {
      connection: 'x-hop',
      'x-hop': '1',
      'cache-control': 'private="x-a"',
      'x-a': '1',
      'x-out': '2',
    };
    expect(ofTheApplication(headers, { 'x-out': '2' })).toEqual({
      'cache-control': 'private="x-a"',
      'x-a': '1',
    });
  });
});

describe('a stored response that is made fresh (RFC 9111, 3.2)', () => {
  const before = {
    etag: '"a"',
    'content-type': 'text/plain',
    'content-encoding': 'gzip',
    'content-range': 'bytes 0-1/2',
    'x-a': ['1', '2'],
    'x-b': '3',
  };

  it('has the newer fields in place of its own, and keeps the others', () => {
    expect(updatedFields(before, { 'x-a': '9', 'x-c': ['4'], etag: '"b"' })).toEqual({
      ...before,
      'x-a': '9',
      'x-c': ['4'],
      etag: '"b"',
    });
    expect(before['x-a']).toEqual(['1', '2']);
  });

  it.each(['content-encoding', 'content-length', 'content-range', 'content-type'])(
    'keeps %s, which is about its body',
    (name) => {
      expect(updatedFields(before, { [name]: 'other' })).toEqual(before);
    },
  );
});
