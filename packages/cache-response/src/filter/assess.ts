import type { OutgoingHttpHeaders } from 'node:http';
import type { ResponseHead } from '@spillway/core';
import type { ResponseInfo } from '../options';
import { isDeceptive } from '../policy/deception';
import { storedFields, textOf } from '../policy/fields';
import { initialAgeMs } from '../policy/freshness';
import { formatHttpDate } from '../policy/http-date';
import { whyNotStored } from '../policy/storable';
import type { Stored } from '../policy/stored';
import { parseVary, selectingOf } from '../policy/vary';
import { surrogateFields } from '../surrogate';
import type { Asked } from './asked';
import { directedTo, lifetimeOf, windowsOf } from './lifetime';
import type { Settings } from './settings';

/** A response, if it may be stored, or why it may not. */
export type Assessment =
  | { readonly storable: Storable }
  /** `surrogate`: a cache in front may keep it all the same, and has to know its tags. */
  | { readonly whyNot: string; readonly surrogate: Surrogate };

type Surrogate = Readonly<Record<string, string>>;

/** A response whose body is still to come: its place is there, as to copy all the rest would cost 2 us. */
export type Storable = Omit<Stored, 'body'> & { body: Buffer };

const NO_BODY = Buffer.alloc(0);

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
  const directed = directedTo(settings.targets, headers);
  const lifetime = lifetimeOf(settings, info, directed, wallMs);
  const names = parseVary(textOf(headers.vary), settings.vary);
  const whyNot =
    whyNotStored({
      status: info.status,
      directives: directed.directives,
      lifetime,
      selecting: names,
      wants: asked.wants,
      credentials: asked.credentials,
      explicitOnly: asked.explicitOnly,
    }) ?? (settings.isSafe ? whyUnsafe(asked.request.originalUrl, headers) : undefined);
  if (whyNot !== undefined && !settings.surrogateKeys) return { whyNot, surrogate: {} };
  const tags = settings.tags ? [...new Set(settings.tags(asked.context, info))] : NO_TAGS;
  const surrogate = settings.surrogateKeys ? surrogateFields(tags.filter(isTag)) : {};
  const stored = storedFields(headers, outer, directed.directives);
  const tooMuch = whyNot ?? whyTooMuch(tags, stored);
  if (tooMuch !== undefined) return { whyNot: tooMuch, surrogate };
  stored.date ??= formatHttpDate(wallMs);
  if (settings.vary.length > 0) stored.vary = names!.join(', ');
  addFields(stored, surrogate);
  const nowMs = settings.cache.now();
  const { lifetimeMs, by } = lifetime!;
  const { staleWhileRevalidateMs, staleIfErrorMs } = windowsOf(settings, info, directed);
  return {
    storable: {
      status: info.status,
      headers: stored,
      body: NO_BODY,
      selecting: selectingOf(names!, asked.headers),
      tags,
      // Without fractions, which would be an object each.
      receivedMs: Math.floor(nowMs),
      initialAgeMs: Math.floor(initialAgeMs(headers, nowMs - asked.askedMs, wallMs)),
      lifetimeMs,
      by,
      staleWhileRevalidateMs,
      staleIfErrorMs,
      use: directed.use,
      browserTtlMs: settings.browserTtlMs(info),
      // A cache in front that can't be told all tags is told to keep nothing.
      edgeTtlMs: 'Surrogate-Control' in surrogate ? undefined : settings.edgeTtlMs(info),
    },
  };
}

const NO_TAGS: readonly string[] = [];
const MAX_TAGS = 64;
const MAX_TAG = 1024;

const isTag = (tag: unknown): boolean => typeof tag === 'string' && tag !== '' && tag.length <= MAX_TAG;

/** Characters of fields that are stored; longer ones than clients take are no use. */
const MAX_FIELDS = 16_384;

function whyTooMuch(tags: readonly string[], stored: OutgoingHttpHeaders): string | undefined {
  if (tags.length > MAX_TAGS || !tags.every(isTag)) return 'tags';
  return sizeOf(stored) > MAX_FIELDS ? 'fields' : undefined;
}

function sizeOf(headers: OutgoingHttpHeaders): number {
  let size = 0;
  for (const name in headers) size += name.length + textOf(headers[name])!.length;
  return size;
}

function addFields(headers: OutgoingHttpHeaders, more: Surrogate): void {
  for (const name in more) headers[name.toLowerCase()] = more[name];
}

/** What the standard allows to store, and careful people don't. */
function whyUnsafe(url: string, headers: OutgoingHttpHeaders): string | undefined {
  if (headers['set-cookie'] !== undefined) return 'set-cookie';
  return isDeceptive(url, textOf(headers['content-type'])) ? 'extension' : undefined;
}
