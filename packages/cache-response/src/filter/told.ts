import type { OutgoingHttpHeaders } from 'node:http';
import { membersOf } from '../policy/cache-control';
import { textOf } from '../policy/fields';
import type { Stored } from '../policy/stored';

/** What of a stored response is told. */
type Told = Pick<Stored, 'headers' | 'browserTtlMs' | 'edgeTtlMs'>;

/**
 * Sets what clients and the cache in front are told of a response's lifetime, where that is not what it says itself. Both count
 * from the response's making, so its age is added (RFC 9111, 4.2.3).
 */
export function toldFields(headers: OutgoingHttpHeaders, stored: Told, ageSeconds: number): void {
  const { browserTtlMs, edgeTtlMs } = stored;
  if (browserTtlMs !== undefined) {
    headers['cache-control'] = [...withoutMaxAge(stored), maxAge(browserTtlMs, ageSeconds)].join(', ');
  }
  if (edgeTtlMs !== undefined) headers['cdn-cache-control'] = maxAge(edgeTtlMs, ageSeconds);
}

const maxAge = (ttlMs: number, ageSeconds: number): string =>
  `max-age=${Math.floor(ttlMs / 1000) + ageSeconds}`;

const withoutMaxAge = ({ headers }: Told): string[] =>
  membersOf(textOf(headers['cache-control']) ?? '').filter((member) => !/^max-age\b/i.test(member));
