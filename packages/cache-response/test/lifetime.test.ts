import type { OutgoingHttpHeaders } from 'node:http';
import type { CacheResponseOptions } from '@spillway/cache-response';
import { directedTo, lifetimeOf, windowsOf } from '../dist/filter/lifetime';
import { settingsOf } from '../dist/filter/settings';

const NOW = Date.UTC(2024, 0, 1);
const dateAt = (seconds: number) => new Date(NOW + seconds * 1000).toUTCString();

const directed = (headers: OutgoingHttpHeaders) => directedTo(['cdn-cache-control'], headers);

function lifetime(headers: OutgoingHttpHeaders, options: CacheResponseOptions = {}, status = 200) {
  const found = lifetimeOf(settingsOf(options, false), { status, headers }, directed(headers), NOW);
  return found && [found.by, found.lifetimeMs / 1000];
}

const standard = { preset: 'rfc9111' } as const;

describe('a response is fresh', () => {
  it('as long as it says itself, whatever the options say', () => {
    const options = { ttlMs: 5_000 };
    expect(lifetime({ 'cache-control': 'max-age=60' }, options)).toEqual(['fields', 60]);
    expect(lifetime({ 'cache-control': 'max-age=0' }, options)).toEqual(['fields', 0]);
    expect(lifetime({ 'cache-control': 'max-age="60' }, options)).toEqual(['fields', 0]);
    expect(lifetime({ expires: dateAt(60) }, options)).toEqual(['fields', 60]);
    expect(lifetime({ expires: 'never' }, options)).toEqual(['fields', 0]);
    expect(lifetime({ 'cdn-cache-control': 'max-age=30', 'cache-control': 'max-age=60' })).toEqual([
      'fields',
      30,
    ]);
  });

  it('not at all where it must be validated each time, and says nothing else', () => {
    expect(lifetime({ 'cache-control': 'no-cache' }, { ttlMs: 5_000 })).toEqual(['fields', 0]);
    expect(lifetime({ 'cache-control': 'no-cache, max-age=60' })).toEqual(['fields', 60]);
    expect(lifetime({ 'cache-control': 'no-cache="a"' }, { ttlMs: 5_000 })).toEqual(['ttl', 5]);
  });

  it('as long as the route says, where it says nothing itself', () => {
    expect(lifetime({}, { ttlMs: 5_000 })).toEqual(['ttl', 5]);
    expect(lifetime({ 'last-modified': dateAt(-600) }, { ttlMs: 5_000 })).toEqual(['ttl', 5]);
    expect(lifetime({ 'cdn-cache-control': 'foo', expires: dateAt(60) }, { ttlMs: 5_000 })).toEqual([
      'ttl',
      5,
    ]);
    expect(lifetime({ etag: '"a"' }, { ttlMs: ({ status }) => status })).toEqual(['ttl', 0.2]);
    expect(lifetime({ 'last-modified': dateAt(-600) }, { ttlMs: 0 })).toBeUndefined();
    expect(lifetime({}, { ttlMs: () => undefined })).toBeUndefined();
    expect(lifetime({}, { ttlMs: () => Number.NaN })).toBeUndefined();
  });

  it('a tenth of its age, where nobody says anything: a minute at most, but as long as that by the standard', () => {
    expect(lifetime({ 'last-modified': dateAt(-100) })).toEqual(['heuristic', 10]);
    expect(lifetime({ 'last-modified': dateAt(-10_000) })).toEqual(['heuristic', 60]);
    expect(lifetime({ 'last-modified': dateAt(-10_000) }, standard)).toEqual(['heuristic', 1_000]);
  });

  it('not at all where there is nothing to go by; by the standard it may be validated by its tag', () => {
    expect(lifetime({})).toBeUndefined();
    expect(lifetime({}, standard)).toBeUndefined();
    expect(lifetime({ etag: '"a"' })).toBeUndefined();
    expect(lifetime({ etag: '"a"' }, standard)).toEqual(['heuristic', 0]);
  });

  it('without saying so only where its status is one for that, or it is public (RFC 9111, 4.2.2)', () => {
    const headers = { 'last-modified': dateAt(-100) };
    for (const status of [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501])
      expect([status, lifetime(headers, {}, status)]).toEqual([status, ['heuristic', 10]]);
    for (const status of [201, 202, 302, 303, 307, 400, 401, 403, 429, 500, 502, 503, 504])
      expect([status, lifetime(headers, { ttlMs: 5_000 }, status)]).toEqual([status, undefined]);
    expect(lifetime({ ...headers, 'cache-control': 'public' }, {}, 302)).toEqual(['heuristic', 10]);
    expect(lifetime(headers, { statusCodes: [302] }, 302)).toEqual(['heuristic', 10]);
    expect(lifetime(headers, { statusCodes: [302] }, 200)).toBeUndefined();
    expect(lifetime({ 'cache-control': 'max-age=60' }, {}, 302)).toEqual(['fields', 60]);
  });

  it('ten seconds at most where it is an error, but as long as it says by the standard', () => {
    const headers = { 'cache-control': 'max-age=60' };
    expect(lifetime(headers, {}, 500)).toEqual(['fields', 10]);
    expect(lifetime(headers, {}, 499)).toEqual(['fields', 60]);
    expect(lifetime(headers, standard, 500)).toEqual(['fields', 60]);
    expect(lifetime({ 'cache-control': 'max-age=5' }, {}, 503)).toEqual(['fields', 5]);
  });
});

describe('a stale response may be used', () => {
  it.each([
    ['', true],
    ['max-age=60, public, immutable', true],
    ['no-cache="a"', true],
    ['must-revalidate', false],
    ['proxy-revalidate', false],
    ['s-maxage=60', false],
    ['s-maxage=x', false],
    ['no-cache', false],
    ['max-age=60, stale-while-revalidate=60, must-revalidate', false],
  ])('where it says %j: %j (RFC 9111, 4.2.4)', (field, expected) => {
    expect(directed({ 'cache-control': field }).use.stale).toBe(expected);
  });

  const windows = (field: string, options: CacheResponseOptions = {}) => {
    const headers = { 'cache-control': field };
    const found = windowsOf(settingsOf(options, false), { status: 200, headers }, directed(headers));
    return [found.staleWhileRevalidateMs / 1000, found.staleIfErrorMs / 1000];
  };
  const options = { staleWhileRevalidateMs: 1_000, staleIfErrorMs: () => 2_000 };

  it('as long as it says itself, else as long as the route says (RFC 5861)', () => {
    expect(windows('')).toEqual([0, 0]);
    expect(windows('', options)).toEqual([1, 2]);
    expect(windows('stale-while-revalidate=30, stale-if-error=40')).toEqual([30, 40]);
    expect(windows('stale-while-revalidate=30', options)).toEqual([30, 2]);
    expect(windows('stale-if-error=40', options)).toEqual([1, 40]);
    expect(windows('stale-while-revalidate=0, stale-if-error=x', options)).toEqual([0, 0]);
    expect(windows('', { staleIfErrorMs: () => undefined })).toEqual([0, 0]);
  });

  it('not at all where a directive forbids it, whoever says how long', () => {
    for (const field of ['must-revalidate', 'proxy-revalidate', 's-maxage=1', 'no-cache'])
      expect(windows(`${field}, stale-while-revalidate=30, stale-if-error=40`, options)).toEqual([0, 0]);
  });
});
