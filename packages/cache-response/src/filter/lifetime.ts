import type { OutgoingHttpHeaders } from 'node:http';
import type { ResponseInfo } from '../options';
import {
  type Directives,
  parseDirectives,
  type ResponseDirectives,
  responseDirectives,
} from '../policy/cache-control';
import { textOf } from '../policy/fields';
import { explicitLifetime, heuristicLifetime, type Lifetime } from '../policy/freshness';
import { isAuthorized } from '../policy/storable';
import type { Stored, StoredUse } from '../policy/stored';
import { parseTargeted } from '../policy/targeted';
import type { Settings } from './settings';

/** What a response says to this cache. */
export interface Directed {
  readonly directives: ResponseDirectives;
  /** By a field that is meant for it: then Expires doesn't count. */
  readonly targeted: boolean;
  /** What they allow; one object for all responses that say nothing. */
  readonly use: StoredUse;
}

/** Of a response that says nothing. */
const UNDIRECTED = directedBy(new Map(), false);

/** The first targeted field that is there counts in place of Cache-Control (RFC 9213, 2.2). */
export function directedTo(targets: readonly string[], headers: OutgoingHttpHeaders): Directed {
  for (const name of targets) {
    const field = textOf(headers[name]);
    const targeted = field === undefined ? undefined : parseTargeted(field);
    if (targeted) return directedBy(targeted, true);
  }
  const general = textOf(headers['cache-control']);
  return general === undefined ? UNDIRECTED : directedBy(parseDirectives(general), false);
}

function directedBy(said: Directives, targeted: boolean): Directed {
  const directives = responseDirectives(said);
  const use = {
    mustValidate: directives.noCache === true,
    stale: mayBeStale(directives),
    authorized: isAuthorized(directives),
    public: directives.public,
    immutable: directives.immutable,
  };
  return { directives, targeted, use };
}

/** Ten seconds: applications fail after they have said for how long a page is fresh. */
const SAFE_ERROR_MS = 10_000;

/** A minute: for so long a guess does no harm. */
const SAFE_HEURISTIC_MS = 60_000;

/** For how long a response is fresh; undefined where nobody says. */
export function lifetimeOf<Context>(
  settings: Settings<Context>,
  info: ResponseInfo,
  { directives, targeted }: Directed,
  wallMs: number,
): Lifetime | undefined {
  const { status, headers } = info;
  const explicitMs = explicitLifetime(headers, directives, targeted, wallMs);
  if (explicitMs !== undefined) {
    const isSafeError = settings.isSafe && status >= 500;
    return { lifetimeMs: isSafeError ? Math.min(explicitMs, SAFE_ERROR_MS) : explicitMs, by: 'fields' };
  }
  // It may be kept, and is validated each time.
  if (directives.noCache === true) return { lifetimeMs: 0, by: 'fields' };
  if (!settings.statusCodes.has(status) && !directives.public) return undefined;
  const ttlMs = settings.ttlMs(info);
  if (ttlMs !== undefined) return ttlMs > 0 ? { lifetimeMs: ttlMs, by: 'ttl' } : undefined;
  const guessedMs = heuristicLifetime(headers, wallMs);
  if (guessedMs !== undefined)
    return {
      lifetimeMs: settings.isSafe ? Math.min(guessedMs, SAFE_HEURISTIC_MS) : guessedMs,
      by: 'heuristic',
    };
  // What has an entity tag may be kept for validation alone.
  return settings.isSafe || headers.etag === undefined ? undefined : { lifetimeMs: 0, by: 'heuristic' };
}

type Windows = Pick<Stored, 'staleWhileRevalidateMs' | 'staleIfErrorMs'>;

const NONE: Windows = { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };

/** For how long it may be used once it has gone stale (RFC 5861); what the response says counts before the options. */
export function windowsOf<Context>(
  settings: Settings<Context>,
  info: ResponseInfo,
  { directives, use }: Directed,
): Windows {
  if (!use.stale) return NONE;
  const { staleWhileRevalidate, staleIfError } = directives;
  return {
    staleWhileRevalidateMs: inMs(staleWhileRevalidate) ?? settings.staleWhileRevalidateMs(info) ?? 0,
    staleIfErrorMs: inMs(staleIfError) ?? settings.staleIfErrorMs(info) ?? 0,
  };
}

/** Whether no directive forbids it (RFC 9111, 4.2.4). */
function mayBeStale({ mustRevalidate, proxyRevalidate, sMaxage, noCache }: ResponseDirectives): boolean {
  return !mustRevalidate && !proxyRevalidate && sMaxage === undefined && noCache !== true;
}

const inMs = (seconds: number | undefined): number | undefined =>
  seconds === undefined ? undefined : seconds * 1000;
