import type { IncomingHttpHeaders } from 'node:http';
import type { HttpRequest } from '@spillway/core';
import { type RequestDirectives, requestDirectives } from '../policy/cache-control';
import { untrustedPart, urlKeyOf, withMore } from '../policy/key';
import { type Credentials, mayShare } from '../policy/storable';
import type { Stored } from '../policy/stored';
import type { Settings } from './settings';

/** A request, as far as a cache has to know it. */
export interface Asked<Context> {
  readonly request: HttpRequest;
  readonly context: Context;
  /** What the client sent, whatever the application is shown. */
  readonly headers: IncomingHttpHeaders;
  /** Its URL, in the form of a key. */
  readonly url: string;
  /** What its response lies under. */
  readonly key: string;
  readonly wants: RequestDirectives;
  /** Undefined where it comes without any, and `key` says nothing. */
  readonly credentials: Credentials | undefined;
  /** When it came, by the cache's clock. */
  readonly askedMs: number;
  /** Only what says itself how long it is fresh is stored. */
  readonly explicitOnly?: boolean;
}

/**
 * @param isStored whether the answer to its method is stored.
 * @returns undefined where it is not one for a cache.
 */
export function askedOf<Context>(
  settings: Settings<Context>,
  request: HttpRequest,
  context: Context,
  isStored: boolean,
): Asked<Context> | undefined {
  const { cache, inFront } = settings;
  const { method, headers } = request;
  const url = urlKeyOf(request);
  if (url === undefined) return undefined;
  const own = isStored ? (settings.key?.(context) ?? '') : '';
  // No sign of equality is in the part before.
  const more = untrustedPart(request) + (own === '' ? '' : `=${own}`);
  // A response to GET answers HEAD as well.
  const isPlain = !isStored || method === 'GET' || method === 'HEAD';
  return {
    request,
    context,
    headers,
    url,
    key: withMore(cache.searchRules.canonical(url), isPlain ? more : `${method} ${more}`),
    wants: requestDirectives(headers['cache-control'], headers.pragma),
    credentials: credentialsOf(headers, own !== '', inFront),
    askedMs: cache.now(),
  };
}

function credentialsOf(
  { authorization, cookie }: IncomingHttpHeaders,
  keyed: boolean,
  inFront: boolean,
): Credentials | undefined {
  if (authorization === undefined && cookie === undefined && !keyed) return undefined;
  return { authorization: authorization !== undefined, cookie: cookie !== undefined, keyed, inFront };
}

/** Whether a request may be answered by what is stored. */
export const maySee = <Context>({ credentials }: Asked<Context>, { by, use }: Stored): boolean =>
  credentials === undefined || mayShare(credentials, { by, authorized: use.authorized, public: use.public });

/** Whether nothing of a request belongs to one user: it may wait for another's answer, and others for its own. */
export const isAnonymous = <Context>({ credentials }: Asked<Context>): boolean =>
  credentials === undefined || credentials.keyed;
