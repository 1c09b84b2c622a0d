import type { IncomingHttpHeaders } from 'node:http';
import { parseHttpDate } from './http-date';

/** What tells a stored response apart from others of its URL. */
export interface Validators {
  /** ETag, as the response says it. */
  readonly etag?: string | undefined;
  /** Last-Modified, as the response says it. */
  readonly lastModified?: string | undefined;
  /** Its Date, or when it was received where it has none, in milliseconds since 1970. */
  readonly dateMs: number;
}

const SECOND_MS = 1000;

// Each part of these ends where the next begins, so they read a text of any length once.
const STRONG_TAG = /^"[\x21\x23-\x7e\x80-\xff]*"$/;
const MEMBER = /^[ \t]*(?:W\/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*$/;

/**
 * Whether a GET or HEAD under these conditions is answered by a 304 for a stored response (RFC 9110, 13.1.2 and 13.1.3; RFC 9111,
 * 4.3.2). Malformed members of If-None-Match match nothing; an If-Modified-Since that is no date, or one to come, is ignored.
 */
export function isNotModified(request: IncomingHttpHeaders, stored: Validators, nowMs: number): boolean {
  const tags = request['if-none-match'];
  if (tags !== undefined) return tags.trim() === '*' || hasTag(tags, stored.etag);
  const sinceMs = parseDate(request['if-modified-since'], nowMs);
  if (sinceMs === undefined || sinceMs > nowMs) return false;
  return (parseDate(stored.lastModified, nowMs) ?? toSeconds(stored.dateMs)) <= sinceMs;
}

/**
 * Whether a Range is to be answered by a part of the stored response, and not by the whole of it (RFC 9110, 13.1.5). Parts are put
 * together, so nothing but a strong validator holds.
 * @param field If-Range; a request without one sets no condition.
 */
export function ifRangeHolds(field: string | undefined, stored: Validators, nowMs: number): boolean {
  if (field === undefined) return true;
  if (STRONG_TAG.test(field)) return field === stored.etag;
  const modifiedMs = parseDate(stored.lastModified, nowMs);
  // Within the second of its change a body may change once more (RFC 9110, 8.8.2.2).
  if (modifiedMs === undefined || stored.dateMs - modifiedMs < SECOND_MS) return false;
  return parseDate(field, nowMs) === modifiedMs;
}

const parseDate = (field: string | undefined, nowMs: number): number | undefined =>
  field === undefined ? undefined : parseHttpDate(field, nowMs);

/** What a date in a field has room for. */
const toSeconds = (ms: number): number => Math.floor(ms / SECOND_MS) * SECOND_MS;

/** Weak comparison (RFC 9110, 8.8.3.2). */
function hasTag(list: string, etag: string | undefined): boolean {
  const sought = etag === undefined ? undefined : opaqueTag(etag);
  return sought !== undefined && membersOf(list).some((member) => opaqueTag(member) === sought);
}

/** A tag without what says that it is weak; undefined where it is none. */
const opaqueTag = (text: string): string | undefined => MEMBER.exec(text)?.[1];

/** What commas separate, but for those within quotes. */
function membersOf(list: string): string[] {
  const members: string[] = [];
  let start = 0;
  let isQuoted = false;
  for (let i = 0; i < list.length; i++) {
    if (list[i] === '"') isQuoted = !isQuoted;
    if (list[i] !== ',' || isQuoted) continue;
    members.push(list.slice(start, i));
    start = i + 1;
  }
  members.push(list.slice(start));
  return members;
}
