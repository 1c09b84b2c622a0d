import type { IncomingHttpHeaders } from 'node:http';
import { type HttpRequest, nodeRequestOf } from '@spillway/core';
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
  /** What the key has beside the URL. */
  readonly more: string;
  readonly wants: RequestDirectives;
  /** Undefined where it comes without any, and `key` says nothing. */
  readonly credentials: Credentials | undefined;
  /** When it came, by the cache's clock. */
  readonly askedMs: number;
  /** Only what says itself how long it is fresh is stored. */
  readonly explicitOnly?: boolean | undefined;
}

/** @returns undefined where it is not one for a cache. */
export function askedOf<Context>(
  settings: Settings<Context>,
  request: HttpRequest,
  context: Context,
): Asked<Context> | undefined {
  const { cache, methods, inFront } = settings;
  const { method, headers } = request;
  const url = urlKeyOf(request);
  const own = ownKey(settings.key?.(context));
  if (url === undefined || own === undefined) return undefined;
  const isPlain = method === 'GET' || method === 'HEAD';
  // A body could make a difference that no key tells; the key of other methods has to tell it.
  if (isPlain ? hasBody(request) : methods.has(method) && own === '') return undefined;
  const more = moreOf(request, isPlain || !methods.has(method) ? '' : method, own);
  return {
    request,
    context,
    headers,
    url,
    more,
    key: withMore(cache.searchRules.canonical(url), more),
    wants: requestDirectives(headers['cache-control'], headers.pragma),
    credentials: credentialsOf(headers, own !== '', inFront),
    askedMs: cache.now(),
  };
}

/** A response to GET answers HEAD as well. No sign of equality is in what stands before it. */
function moreOf(request: HttpRequest, method: string, own: string): string {
  const untrusted = untrustedPart(request);
  const before = untrusted === '' || method === '' ? untrusted + method : `${untrusted} ${method}`;
  return own === '' ? before : `${before}=${own}`;
}

/** @returns undefined where it is nothing that tells one from another. */
function ownKey(key: unknown): string | undefined {
  if (key === undefined || key === null) return '';
  if (typeof key === 'string') return key;
  return typeof key === 'bigint' || Number.isFinite(key) ? String(key) : undefined;
}

function hasBody(request: HttpRequest): boolean {
  const { 'transfer-encoding': coding, 'content-length': length } = request.headers;
  if (coding !== undefined || (length !== undefined && length !== '0')) return true;
  const node = nodeRequestOf(request);
  // On HTTP/2 a body needs no field. It is looked for there alone: on Express a property that isn't there costs 0.3 us.
  if (node.httpVersionMajor !== 2) return false;
  return (node as { stream?: { readonly endAfterHeaders?: boolean } }).stream?.endAfterHeaders === false;
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
export const maySee = <Context>({ credentials }: Asked<Context>, { by, lifetimeMs, use }: Stored): boolean =>
  credentials === undefined ||
  mayShare(credentials, { by, lifetimeMs, authorized: use.authorized, public: use.public });

/** Whether nothing of a request belongs to one user: it may wait for another's answer, and others for its own. */
export const isAnonymous = <Context>({ credentials }: Asked<Context>): boolean =>
  credentials === undefined || credentials.keyed;
