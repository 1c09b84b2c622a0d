import type { RequestListener } from 'node:http';
import {
  type CacheResponseOptions,
  checkCacheOptions,
  type Milliseconds,
  type ResponseInfo,
} from '../options';
import { ResponseCache } from '../response-cache';

/** Options, checked and with their defaults. */
export interface Settings<Context> {
  readonly cache: ResponseCache;
  readonly isSafe: boolean;
  /** The cache stands before the application. */
  readonly inFront: boolean;
  readonly ttlMs: MillisecondsOf;
  readonly staleWhileRevalidateMs: MillisecondsOf;
  readonly staleIfErrorMs: MillisecondsOf;
  readonly browserTtlMs: MillisecondsOf;
  readonly edgeTtlMs: MillisecondsOf;
  readonly tags: ((context: Context, response: ResponseInfo) => readonly string[]) | undefined;
  readonly surrogateKeys: boolean;
  readonly key: ((context: Context) => string | undefined) | undefined;
  readonly vary: readonly string[];
  readonly methods: ReadonlySet<string>;
  readonly statusCodes: ReadonlySet<number>;
  readonly maxBodyBytes: number;
  readonly skip: ((context: Context) => boolean) | undefined;
  readonly targets: readonly string[];
  readonly app: RequestListener | undefined;
}

/** Undefined: nothing is said. */
type MillisecondsOf = (response: ResponseInfo) => number | undefined;

const MEBIBYTE = 1024 * 1024;

/** Stored without freshness of their own where a heuristic or an option gives it (RFC 9110, 15.1). */
const CACHEABLE_BY_DEFAULT = [200, 203, 204, 300, 301, 308, 404, 405, 410, 414, 501];

/** @throws {OptionError} naming the option that is wrong. */
export function settingsOf<Context>(
  options: CacheResponseOptions<Context>,
  inFront: boolean,
): Settings<Context> {
  checkCacheOptions(options);
  const {
    cache = new ResponseCache(),
    preset = 'safe',
    surrogateKeys = false,
    vary = [],
    methods = ['GET', 'HEAD'],
    statusCodes = CACHEABLE_BY_DEFAULT,
    maxBodyBytes = MEBIBYTE,
    targets = ['CDN-Cache-Control'],
    tags,
    key,
    skip,
    app,
  } = options;
  return {
    cache,
    isSafe: preset === 'safe',
    inFront,
    ttlMs: toFunction(options.ttlMs),
    staleWhileRevalidateMs: toFunction(options.staleWhileRevalidateMs),
    staleIfErrorMs: toFunction(options.staleIfErrorMs),
    browserTtlMs: toFunction(options.browserTtlMs),
    edgeTtlMs: toFunction(options.edgeTtlMs),
    tags,
    surrogateKeys,
    key,
    vary: [...new Set(vary.map((name) => name.toLowerCase()))].sort(),
    methods: new Set(methods),
    statusCodes: new Set(statusCodes),
    maxBodyBytes,
    skip,
    targets: targets.map((name) => name.toLowerCase()),
    app,
  };
}

function toFunction(milliseconds: Milliseconds | undefined): MillisecondsOf {
  if (typeof milliseconds !== 'function') return () => milliseconds;
  // What is no time says nothing.
  return (response) => {
    const told = milliseconds(response);
    return typeof told === 'number' && told >= 0 ? told : undefined;
  };
}
