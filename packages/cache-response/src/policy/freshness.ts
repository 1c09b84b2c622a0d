import type { OutgoingHttpHeaders } from 'node:http';
import { LONGEST, type ResponseDirectives } from './cache-control';
import { textOf } from './fields';
import { parseHttpDate } from './http-date';

/** For how long a response is fresh, and who says so. */
export interface Lifetime {
  readonly lifetimeMs: number;
  /** Its own fields, an option of the route, or nobody (RFC 9111, 4.2.2). */
  readonly by: 'fields' | 'ttl' | 'heuristic';
}

/**
 * What the fields of a response say of its lifetime in a shared cache (RFC 9111, 4.2.1).
 * @param targeted a targeted field is in force, so Expires is not (RFC 9213, 2.2).
 */
export function explicitLifetime(
  headers: OutgoingHttpHeaders,
  { sMaxage, maxAge }: ResponseDirectives,
  targeted: boolean,
  wallMs: number,
): number | undefined {
  const seconds = sMaxage ?? maxAge;
  if (seconds !== undefined) return seconds * 1000;
  if (targeted || headers.expires === undefined) return undefined;
  // Two dates are malformed as one is (RFC 9111, 5.3): it has expired.
  const expires = parseHttpDate(textOf(headers.expires)!, wallMs);
  return expires === undefined ? 0 : Math.max(0, expires - dateOf(headers, wallMs));
}

/** When a response was made: its Date, or now. */
export const dateOf = (headers: OutgoingHttpHeaders, wallMs: number): number =>
  (headers.date === undefined ? undefined : parseHttpDate(textOf(headers.date)!, wallMs)) ?? wallMs;

const A_TENTH = 0.1;

/** A tenth of the time since it was last changed (RFC 9111, 4.2.2), where it says when. */
export function heuristicLifetime(headers: OutgoingHttpHeaders, wallMs: number): number | undefined {
  const changed = headers['last-modified'];
  const changedMs = changed === undefined ? undefined : parseHttpDate(textOf(changed)!, wallMs);
  return changedMs === undefined ? undefined : Math.max(0, (dateOf(headers, wallMs) - changedMs) * A_TENTH);
}

/**
 * How old a response is when it arrives (RFC 9111, 4.2.3).
 * @param delayMs between the request and the response.
 */
export function initialAgeMs(headers: OutgoingHttpHeaders, delayMs: number, wallMs: number): number {
  const apparentMs = Math.max(0, wallMs - dateOf(headers, wallMs));
  return Math.max(apparentMs, ageOf(headers) * 1000 + delayMs);
}

/** Of several the first counts, and what is no number of seconds counts as none (RFC 9111, 5.1). */
function ageOf(headers: OutgoingHttpHeaders): number {
  if (headers.age === undefined) return 0;
  const first = textOf(headers.age)!.split(',', 1)[0]!.trim();
  return /^\d+$/.test(first) ? Math.min(Number(first), LONGEST) : 0;
}
