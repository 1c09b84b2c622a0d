import fc from 'fast-check';
import type { Invalidation } from '../dist/store/store';

export const TAGS = ['a', 'b', 'c'];

const PATHS = ['/', '/a', '/a?b', '/a/b', '/b'];
const ORIGINS = ['https://a.test', 'https://b.test', 'http://a.test:8080'];

/** Keys as the cache makes them: path and origin, and what else tells responses apart. */
export const KEYS: readonly string[] = PATHS.flatMap((path) =>
  ORIGINS.flatMap((origin) => [`${path} ${origin}`, `${path} ${origin} =more /a`]),
);

const aPath = fc.constantFrom(...PATHS, '/none');
const aUrl = fc.oneof(
  aPath,
  fc.tuple(fc.constantFrom(...ORIGINS, 'https://none.test'), aPath).map((parts) => parts.join('')),
);
const few = <Value>(value: fc.Arbitrary<Value>) =>
  fc.option(fc.array(value, { maxLength: 2 }), { freq: 1, nil: undefined });

/** One of any kind, or of several at once. */
export const anInvalidation: fc.Arbitrary<Invalidation> = fc
  .record({
    tags: few(fc.constantFrom(...TAGS, 'none')),
    urls: few(aUrl),
    prefixes: few(fc.oneof(aUrl, fc.constantFrom('/a/', '/n', 'https://a.test'))),
    everything: fc.constantFrom(undefined, undefined, undefined, false, true),
  })
  .map((what) => Object.fromEntries(Object.entries(what).filter(([, value]) => value !== undefined)));

/** Whether a response is meant, as the documentation says it. */
export function isMeant(what: Invalidation, key: string, tags: readonly string[]): boolean {
  const [path = '', origin = ''] = key.split(' ');
  const full = origin + path;
  return (
    what.everything === true ||
    (what.tags ?? []).some((tag) => tags.includes(tag)) ||
    (what.urls ?? []).some((url) => url === path || url === full) ||
    (what.prefixes ?? []).some((prefix) => (prefix.startsWith('/') ? path : full).startsWith(prefix))
  );
}
