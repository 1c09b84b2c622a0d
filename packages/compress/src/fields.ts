import type { ResponseHead } from '@spillway/core';
import vary from 'vary';
import { CODINGS, type Coding } from './codec';

/**
 * What becomes of a strong entity tag when its body is coded: other bytes need another tag (RFC 9110, 8.8.3.3). A weak one says no
 * more than that both mean the same; one with a suffix stays strong.
 */
export type EtagMode = 'weak' | 'suffix';

/** Of the uncoded bytes, so untrue of the coded ones (RFC 9110, 14.3; RFC 9530, 2 and 3, and what it took the place of). */
const UNTRUE_ONCE_CODED = ['Accept-Ranges', 'Content-MD5', 'Content-Digest', 'Repr-Digest', 'Digest'];

const NO_TRANSFORM = /(?:^|[\s,])no-transform(?:$|[\s,;])/i;

/** Whether the application forbids to change the body (RFC 9111, 5.2.2.6). */
export const forbidsTransform = (head: ResponseHead): boolean => {
  const field = head.getHeader('Cache-Control');
  return field !== undefined && NO_TRANSFORM.test(String(field));
};

/** Says that the response depends on Accept-Encoding. */
export function varyByEncoding(head: ResponseHead): void {
  const field = head.getHeader('Vary');
  head.setHeader(
    'Vary',
    field === undefined ? 'Accept-Encoding' : vary.append(String(field), 'Accept-Encoding'),
  );
}

/** Makes a head say the truth about a coded body. Its length is the business of whoever knows it. */
export function describeCoded(head: ResponseHead, coding: Coding, mode: EtagMode): void {
  head.setHeader('Content-Encoding', coding);
  forgetUncoded(head, coding, mode);
}

/** Says no more what was true of the uncoded body alone. */
export function forgetUncoded(head: ResponseHead, coding: Coding, mode: EtagMode): void {
  for (const name of UNTRUE_ONCE_CODED) head.removeHeader(name);
  const etag = head.getHeader('ETag');
  if (typeof etag === 'string') head.setHeader('ETag', codedTag(etag, coding, mode));
}

const OPAQUE = /^(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"$/;
const SUFFIXED = new RegExp(`-(?:${CODINGS.join('|')})"`, 'g');

function codedTag(etag: string, coding: Coding, mode: EtagMode): string {
  if (mode === 'weak') return etag.startsWith('W/') || !OPAQUE.test(etag) ? etag : `W/${etag}`;
  return etag.replace(/"$/, `-${coding}"`);
}

/** The tags of a request's field as the application knows them. */
export const withoutSuffix = (field: string): string => field.replace(SUFFIXED, '"');

/**
 * A 304 carries the tag that the 200 would have had (RFC 9110, 15.4.5): of the client's tags, the one that the application took for
 * its own.
 * @param asked If-None-Match as the client sent it.
 */
export function restoreTag(head: ResponseHead, asked: string | undefined): void {
  const etag = head.getHeader('ETag');
  if (typeof etag !== 'string' || asked === undefined) return;
  const own = opaque(etag);
  const tags = asked.split(',').map((tag) => tag.trim());
  const sent = tags.find((tag) => tag === etag) ?? tags.find((tag) => opaque(withoutSuffix(tag)) === own);
  if (sent !== undefined) head.setHeader('ETag', sent);
}

const opaque = (etag: string): string => etag.replace(/^W\//, '');
