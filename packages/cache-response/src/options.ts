import type { OutgoingHttpHeaders, RequestListener } from 'node:http';
import {
  type Check,
  checkOptions,
  isArrayOf,
  isBoolean,
  isEither,
  isFunction,
  isInteger,
  isOneOf,
  OptionError,
} from '@spillway/core';
import { ResponseCache } from './response-cache';

/** A response that is about to be stored. */
export interface ResponseInfo {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<OutgoingHttpHeaders>;
}

/** Milliseconds, or a function that tells them of a response; undefined says nothing. */
export type Milliseconds = number | ((response: ResponseInfo) => number | undefined);

/**
 * How far the standard is followed. `safe` stores less than it allows: no response with Set-Cookie, none whose type contradicts its
 * extension, and what says nothing of its freshness for a minute at most. `rfc9111` does all that the standard allows a shared cache.
 */
export type Preset = 'safe' | 'rfc9111';

export interface CacheResponseOptions<Context = unknown> {
  /** Where responses are kept, and what invalidates them. @default one of its own, in memory */
  readonly cache?: ResponseCache | undefined;
  /** @default 'safe' */
  readonly preset?: Preset | undefined;
  /**
   * For how long a response is fresh that says nothing of it itself (no max-age, s-maxage or Expires). A request with Cookie or
   * Authorization gets none of these, unless `key` tells whose they are. @default nothing
   */
  readonly ttlMs?: Milliseconds | undefined;
  /** For how long a stale response is sent while it is refreshed, where the response doesn't say (RFC 5861). @default 0 */
  readonly staleWhileRevalidateMs?: Milliseconds | undefined;
  /**
   * For how long a stale response is sent instead of a 500, 502, 503 or 504, and while the process is overloaded, where the
   * response doesn't say (RFC 5861). @default 0
   */
  readonly staleIfErrorMs?: Milliseconds | undefined;
  /** What clients are told: max-age from when the response is sent, in place of its own. @default what the response says */
  readonly browserTtlMs?: Milliseconds | undefined;
  /** What a CDN is told, by CDN-Cache-Control (RFC 9213), from when the response is sent. @default what the response says */
  readonly edgeTtlMs?: Milliseconds | undefined;
  /** Names by which a response can be invalidated; at most 64. @default none */
  readonly tags?: ((context: Context, response: ResponseInfo) => readonly string[]) | undefined;
  /** Tells a CDN the tags, by Surrogate-Key and Cache-Tag. @default false */
  readonly surrogateKeys?: boolean | undefined;
  /**
   * What else tells responses apart beside the URL, such as a user or a tenant. A request for which it gives a text shares
   * responses with those of the same text alone, whatever Cookie and Authorization it has; undefined: with all. @default undefined
   */
  readonly key?: ((context: Context) => string | undefined) | undefined;
  /** Request fields that responses are chosen by, whatever their Vary says; it is told to clients too. @default none */
  readonly vary?: readonly string[] | undefined;
  /** Methods whose responses are stored. Others than GET and HEAD need a `key` that tells their bodies. @default ['GET', 'HEAD'] */
  readonly methods?: readonly string[] | undefined;
  /** Statuses that are stored without freshness of their own. @default 200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501 */
  readonly statusCodes?: readonly number[] | undefined;
  /** Longer bodies are passed on and not stored. @default 1 MiB */
  readonly maxBodyBytes?: number | undefined;
  /** Requests that have nothing to do with the cache. @default none */
  readonly skip?: ((context: Context) => boolean) | undefined;
  /** Targeted fields that are meant for this cache, the first that a response has counts (RFC 9213). @default ['CDN-Cache-Control'] */
  readonly targets?: readonly string[] | undefined;
  /** What refreshes are sent to. @default whatever listens on the server that the request came in by */
  readonly app?: RequestListener | undefined;
}

const isMilliseconds = isEither(isInteger(0), isFunction);

const FIELD_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

const isToken: Check = (value) =>
  typeof value === 'string' && FIELD_NAME.test(value) ? undefined : 'must be a token of HTTP';

const isCache: Check = (value) => (value instanceof ResponseCache ? undefined : 'must be a ResponseCache');

const checks: Readonly<Record<string, Check>> = {
  cache: isCache,
  preset: isOneOf('safe', 'rfc9111'),
  ttlMs: isMilliseconds,
  staleWhileRevalidateMs: isMilliseconds,
  staleIfErrorMs: isMilliseconds,
  browserTtlMs: isMilliseconds,
  edgeTtlMs: isMilliseconds,
  tags: isFunction,
  surrogateKeys: isBoolean,
  key: isFunction,
  vary: isArrayOf(isToken),
  methods: isArrayOf(isToken),
  statusCodes: isArrayOf(isInteger(200, 599)),
  maxBodyBytes: isInteger(0),
  skip: isFunction,
  targets: isArrayOf(isToken),
  app: isFunction,
};

/** @throws {OptionError} for a wrong option, an unknown one, or two that contradict one another. */
export function checkCacheOptions(options: CacheResponseOptions<never>): void {
  checkOptions('cacheResponse', options, checks);
  const { methods = [], key } = options;
  if (!key && methods.some((method) => method !== 'GET' && method !== 'HEAD'))
    throw new OptionError(
      'cacheResponse',
      'methods',
      'other than GET and HEAD need a key that tells their bodies',
      methods,
    );
}
