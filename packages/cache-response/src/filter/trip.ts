import type { Stored } from '../policy/stored';
import type { Asked } from './asked';
import type { Forwarded } from './cache-status';

/** A request on its way to the application. */
export interface Trip<Context> extends Asked<Context> {
  /** What was stored, and could not be used as it is. */
  readonly stored: Stored | undefined;
}

/**
 * The fields as the client sent them: what the application does to them says nothing of others. Name by name: a spread of all of it costs
 * 2 us.
 */
export function tripOf<Context>(asked: Asked<Context>, stored: Stored | undefined): Trip<Context> {
  const { request, context, url, key, more, wants, credentials, askedMs, explicitOnly } = asked;
  const headers = { ...asked.headers };
  return { request, context, headers, url, key, more, wants, credentials, askedMs, explicitOnly, stored };
}

/** Why the application is asked. */
export function whyOf<Context>({ wants, stored }: Trip<Context>): Forwarded {
  if (wants.noCache || wants.noStore || wants.maxAge !== undefined) return 'request';
  return stored === undefined ? 'uri-miss' : 'stale';
}
