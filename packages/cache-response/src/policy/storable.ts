import { STATUS_CODES } from 'node:http';
import type { RequestDirectives, ResponseDirectives } from './cache-control';
import type { Lifetime } from './freshness';

/** What the storing of a response depends on. */
export interface Arrival {
  readonly status: number;
  readonly directives: ResponseDirectives;
  /** Undefined where nobody says how long it is fresh. */
  readonly lifetime: Lifetime | undefined;
  readonly wants: RequestDirectives;
  /** Fields that it was chosen by; undefined: by more than the request. */
  readonly selecting: readonly string[] | undefined;
  /** Of a request that came with any. */
  readonly credentials: Credentials | undefined;
  /** Only what says itself how long it is fresh is stored. */
  readonly explicitOnly?: boolean | undefined;
}

/** Whose answers a request may share. */
export interface Credentials {
  readonly authorization: boolean;
  readonly cookie: boolean;
  /** The key tells whose response it is. */
  readonly keyed: boolean;
  /** The cache stands before the application, where nobody has authenticated anything. */
  readonly inFront: boolean;
}

/** Whether a response may be stored, and else why not (RFC 9111, 3), in the words of Cache-Status' `detail`. */
export function whyNotStored(arrival: Arrival): string | undefined {
  const { status, directives, lifetime, wants, selecting, credentials } = arrival;
  if (wants.noStore) return 'request-no-store';
  if (status < 200 || status > 599 || status === 206 || status === 304) return 'status';
  if (directives.mustUnderstand ? STATUS_CODES[status] === undefined : directives.noStore) return 'no-store';
  if (directives.private === true) return 'private';
  if (selecting === undefined || selecting.length > MAX_SELECTING) return 'vary';
  if (lifetime === undefined || (arrival.explicitOnly && lifetime.by !== 'fields')) return 'no-freshness';
  if (credentials === undefined || mayShare(credentials, sharingOf(directives, lifetime))) return undefined;
  return 'credentials';
}

/** More names than a response has use for. */
const MAX_SELECTING = 16;

/** What of a response decides who may get it. */
export interface Sharing {
  readonly lifetimeMs: number;
  readonly by: Lifetime['by'];
  readonly authorized: boolean;
  readonly public: boolean;
}

const sharingOf = (directives: ResponseDirectives, { by, lifetimeMs }: Lifetime): Sharing => ({
  by,
  lifetimeMs,
  authorized: isAuthorized(directives),
  public: directives.public,
});

/** Whether a response is also for requests with Authorization (RFC 9111, 3.5). */
export const isAuthorized = ({ public: isPublic, mustRevalidate, sMaxage }: ResponseDirectives): boolean =>
  isPublic || mustRevalidate || sMaxage !== undefined;

/**
 * Whether a response may be shared by those who come with credentials: it, or its key, has to say so. One that is stale from the start
 * says rather that it isn't.
 */
export function mayShare({ authorization, cookie, keyed, inFront }: Credentials, response: Sharing): boolean {
  if (keyed || (!authorization && !cookie)) return true;
  if (inFront) return response.public;
  const isMeant = response.public || (response.by === 'fields' && response.lifetimeMs > 0);
  return isMeant && (!authorization || response.authorized);
}
