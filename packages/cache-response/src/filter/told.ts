import type { OutgoingHttpHeaders } from 'node:http';
import type { ResponseHead } from '@spillway/core';
import { handled } from '../events';
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

/** Fields that the cache itself adds to. */
const ADDED_TO = ['vary', 'surrogate-key', 'cache-tag', 'surrogate-control', 'cdn-cache-control'];

/** Adds to the application's own answer what its hits will have. */
export function tell(head: ResponseHead, stored: Told): void {
  const { headers, browserTtlMs, edgeTtlMs } = stored;
  for (const name of ADDED_TO) if (headers[name] !== undefined) head.setHeader(name, headers[name]);
  if (browserTtlMs === undefined && edgeTtlMs === undefined) return;
  const told: OutgoingHttpHeaders = {};
  toldFields(told, stored, 0);
  for (const name in told) head.setHeader(name, told[name]!);
}

/** Each cache on the way adds a member of its own (RFC 9211, 2). */
export function say(head: ResponseHead, cache: string, status: string): void {
  const earlier = textOf(head.getHeader('Cache-Status'));
  if (handled.hasSubscribers) handled.publish({ cache, status });
  head.setHeader('Cache-Status', earlier === undefined ? status : `${earlier}, ${status}`);
}
