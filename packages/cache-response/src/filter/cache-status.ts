import { isFieldString, serializeString } from '@spillway/core';

const TOKEN = /^[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*$/;

/** The name of a cache as the first part of its Cache-Status (RFC 9211, 2): a token, or else a string. */
export function nameInStatus(name: string): string {
  return TOKEN.test(name) ? name : serializeString(isFieldString(name) ? name : encodeURIComponent(name));
}

/** How a request went to the application (RFC 9211, 2.2). */
export type Forwarded = 'uri-miss' | 'vary-miss' | 'stale' | 'request' | 'bypass';

/**
 * Joined, not concatenated: it is kept, and would take twice the memory once it is sent.
 * @param ttlSeconds of freshness left; negative: for how long it has been stale.
 */
export const hit = (name: string, ttlSeconds: number): string => [name, '; hit; ttl=', ttlSeconds].join('');

export interface Outcome {
  /** What the application answered, where that is not what is sent. */
  readonly status?: number;
  readonly stored?: boolean;
  readonly collapsed?: boolean;
  /** Why something was not done. */
  readonly detail?: string | undefined;
}

export function forwarded(
  name: string,
  why: Forwarded,
  { status, stored, collapsed, detail }: Outcome,
): string {
  let text = `${name}; fwd=${why}`;
  if (status !== undefined) text += `; fwd-status=${status}`;
  if (stored) text += '; stored';
  if (collapsed) text += '; collapsed';
  if (detail !== undefined) text += `; detail=${detail}`;
  return text;
}
