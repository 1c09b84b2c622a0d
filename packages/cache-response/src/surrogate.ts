import { createHash } from 'node:crypto';
import { isArrayOf, isText } from '@spillway/core';

/** Bytes of one tag that CDNs take (Fastly, Cloudflare). */
const MAX_TAG_BYTES = 1024;

/**
 * Bytes of one field. Fastly and Cloudflare take 16 kB of it; but a Varnish as it comes makes a 503 of a response whose field has
 * more than 8 KiB with its name.
 */
const MAX_FIELD_BYTES = 8_000;

/** Means nothing in a field, in a list, in a URL and in a regular expression, but for the dot in the last. */
const PLAIN = /^[\w.:/@~=-]+$/;
const NOT_PLAIN = /[^\w.:/@~=-]+/gu;

/** No other tag begins so: a colon is plain, so what stands for itself is never coded. */
const HASHED = 'sha256%3A';

/** What an edge is told of a response whose tags it can't be told: don't keep it. Fastly goes by the time, Varnish by the word. */
const UNKEPT: Readonly<Record<string, string>> = {
  'Surrogate-Control': 'no-store, max-age=0',
  'CDN-Cache-Control': 'no-store',
};

/** What tags must be, as core's checks of options say it. */
export const isTags = isArrayOf(isText);

/**
 * A tag as an edge cache is told it, on the response and in a purge: letters, digits and `_ . : / @ ~ = -` stand for themselves, all
 * else is percent-encoded UTF-8. Two tags never become one. More than 1024 bytes become a hash.
 */
export function tagOf(text: string): string {
  const coded =
    text.length > MAX_TAG_BYTES || PLAIN.test(text) ? text : text.replace(NOT_PLAIN, percentEncode);
  return coded.length > MAX_TAG_BYTES ? hash(text) : coded;
}

/** `encodeURIComponent` leaves some characters that must be coded here, and throws for half a surrogate pair. */
export const percentEncode = (text: string): string =>
  Buffer.from(text).toString('hex').toUpperCase().replace(/../g, '%$&');

const hash = (text: string): string => HASHED + createHash('sha256').update(text).digest('base64url');

/**
 * The fields by which an edge cache knows a response's tags: `Surrogate-Key` (Fastly, Varnish) and `Cache-Tag` (Cloudflare). Where
 * there are more tags than a field holds, fields by which no edge keeps the response: nobody could purge it.
 * @param maxBytes of one field. @default 8_000
 */
export function surrogateFields(
  tags: readonly string[],
  maxBytes = MAX_FIELD_BYTES,
): Readonly<Record<string, string>> {
  const keys = [...new Set(tags.map(tagOf))];
  if (keys.length === 0) return {};
  const list = keys.join(' ');
  return list.length > maxBytes ? UNKEPT : { 'Surrogate-Key': list, 'Cache-Tag': keys.join(',') };
}
