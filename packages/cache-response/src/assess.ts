import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { HttpRequest, ResponseHead } from '@spillway/core';
import {
  parseDirectives,
  type RequestDirectives,
  type ResponseDirectives,
  responseDirectives,
} from './cache-control';
import { isDeceptive } from './deception';
import { storedFields, textOf } from './fields';
import { explicitLifetime, heuristicLifetime, initialAgeMs, type Lifetime } from './freshness';
import { formatHttpDate } from './http-date';
import type { ResponseInfo } from './options';
import type { Settings } from './settings';
import { type Credentials, isAuthorized, whyNotStored } from './storable';
import type { Stored } from './stored';
import { surrogateFields } from './surrogate';
import { parseTargeted } from './targeted';
import { parseVary, selectingOf } from './vary';

/** A request, as far as the storing of its response depends on it. */
export interface Asked<Context> {
  readonly request: HttpRequest;
  readonly context: Context;
  /** What its response lies under. */
  readonly key: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly wants: RequestDirectives;
  readonly credentials: Credentials;
  /** When it was passed on, by the cache's clock. */
  readonly askedMs: number;
  /** Only what says itself how long it is fresh is stored. */
  readonly explicitOnly?: boolean;
}

/** A response without its body, if it may be stored, or why it may not. */
export type Assessment = { readonly storable: Omit<Stored, 'body'> } | { readonly whyNot: string };

/** Whether a response may be stored, and for how long it may be used. */
export function assess<Context>(
  settings: Settings<Context>,
  asked: Asked<Context>,
  head: Pick<ResponseHead, 'statusCode' | 'getHeaders'>,
  outer: Readonly<OutgoingHttpHeaders>,
): Assessment {
  const headers = head.getHeaders();
  const info: ResponseInfo = { status: head.statusCode, headers };
  const wallMs = Date.now();
  const { directives, targeted } = directivesOf(headers, settings.targets);
  const names = parseVary(textOf(headers.vary), settings.vary);
  const lifetime = lifetimeOf(settings, info, directives, targeted, wallMs);
  const whyNot =
    whyNotStored({
      status: info.status,
      directives,
      lifetime,
      selecting: names,
      wants: asked.wants,
      credentials: asked.credentials,
    }) ??
    (asked.explicitOnly && lifetime?.by !== 'fields' ? 'no-freshness' : undefined) ??
    (settings.isSafe ? whyUnsafe(asked.request.originalUrl, headers) : undefined);
  if (whyNot !== undefined) return { whyNot };
  const tags = settings.tags ? [...new Set(settings.tags(asked.context, info))] : NO_TAGS;
  if (tags.length > MAX_TAGS || tags.some((tag) => typeof tag !== 'string' || tag.length > MAX_TAG))
    return { whyNot: 'tags' };
  const stored = storedFields(headers, outer, directives);
  if (sizeOf(stored) > MAX_FIELDS) return { whyNot: 'fields' };
  stored.date ??= formatHttpDate(wallMs);
  if (settings.vary.length > 0) stored.vary = names!.join(', ');
  if (settings.surrogateKeys) addFields(stored, surrogateFields(tags));
  const nowMs = settings.cache.now();
  return {
    storable: {
      status: info.status,
      headers: stored,
      selecting: selectingOf(names!, asked.headers),
      tags,
      receivedMs: nowMs,
      initialAgeMs: initialAgeMs(headers, nowMs - asked.askedMs, wallMs),
      ...lifetime!,
      ...staleTimes(settings, info, directives),
      use: {
        mustValidate: directives.noCache === true,
        stale: mayBeStale(directives),
        authorized: isAuthorized(directives),
        public: directives.public,
        immutable: directives.immutable,
      },
      browserTtlMs: settings.browserTtlMs(info),
      edgeTtlMs: settings.edgeTtlMs(info),
    },
  };
}

const NO_TAGS: readonly string[] = [];
const MAX_TAGS = 64;
const MAX_TAG = 1024;

/** Characters of fields that are stored; longer ones than clients take are no use. */
const MAX_FIELDS = 16_384;

const sizeOf = (headers: OutgoingHttpHeaders): number => {
  let size = 0;
  for (const name in headers) size += name.length + textOf(headers[name])!.length;
  return size;
};

function addFields(headers: OutgoingHttpHeaders, more: Readonly<Record<string, string>>): void {
  for (const name in more) headers[name.toLowerCase()] = more[name];
}

/** The first targeted field that is there counts in place of Cache-Control (RFC 9213, 2.2). */
function directivesOf(headers: OutgoingHttpHeaders, targets: readonly string[]) {
  for (const name of targets) {
    const field = textOf(headers[name]);
    const targeted = field === undefined ? undefined : parseTargeted(field);
    if (targeted) return { directives: responseDirectives(targeted), targeted: true };
  }
  return {
    directives: responseDirectives(parseDirectives(textOf(headers['cache-control']) ?? '')),
    targeted: false,
  };
}

/** A minute: of a response that says nothing, that much is sure to surprise nobody. */
const SAFE_HEURISTIC_MS = 60_000;

function lifetimeOf<Context>(
  settings: Settings<Context>,
  info: ResponseInfo,
  directives: ResponseDirectives,
  targeted: boolean,
  wallMs: number,
): Lifetime | undefined {
  const { status, headers } = info;
  const explicitMs = explicitLifetime(headers, directives, targeted, wallMs);
  if (explicitMs !== undefined) return { lifetimeMs: explicitMs, by: 'fields' };
  // It may be stored, and is validated each time.
  if (directives.noCache === true) return { lifetimeMs: 0, by: 'fields' };
  if (!settings.statusCodes.has(status) && !directives.public) return undefined;
  const ttlMs = settings.ttlMs(info);
  if (ttlMs !== undefined) return ttlMs > 0 ? { lifetimeMs: ttlMs, by: 'ttl' } : undefined;
  const heuristicMs = heuristicLifetime(headers, wallMs);
  if (heuristicMs !== undefined)
    return {
      lifetimeMs: settings.isSafe ? Math.min(heuristicMs, SAFE_HEURISTIC_MS) : heuristicMs,
      by: 'heuristic',
    };
  return settings.isSafe || headers.etag === undefined ? undefined : { lifetimeMs: 0, by: 'heuristic' };
}

/** Whether no directive forbids to use it once it has gone stale (RFC 9111, 4.2.4). */
const mayBeStale = ({ mustRevalidate, proxyRevalidate, sMaxage, noCache }: ResponseDirectives): boolean =>
  !mustRevalidate && !proxyRevalidate && sMaxage === undefined && noCache !== true;

function staleTimes<Context>(
  settings: Settings<Context>,
  info: ResponseInfo,
  directives: ResponseDirectives,
): Pick<Stored, 'staleWhileRevalidateMs' | 'staleIfErrorMs'> {
  const { staleWhileRevalidate, staleIfError } = directives;
  if (!mayBeStale(directives)) return { staleWhileRevalidateMs: 0, staleIfErrorMs: 0 };
  return {
    staleWhileRevalidateMs: inMs(staleWhileRevalidate) ?? settings.staleWhileRevalidateMs(info) ?? 0,
    staleIfErrorMs: inMs(staleIfError) ?? settings.staleIfErrorMs(info) ?? 0,
  };
}

const inMs = (seconds: number | undefined): number | undefined => seconds && seconds * 1000;

/** What the standard allows to store, and careful people don't. */
function whyUnsafe(url: string, headers: OutgoingHttpHeaders): string | undefined {
  if (headers['set-cookie'] !== undefined) return 'set-cookie';
  return isDeceptive(url, textOf(headers['content-type'])) ? 'extension' : undefined;
}
