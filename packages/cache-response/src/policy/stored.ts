import type { OutgoingHttpHeaders } from 'node:http';
import type { Reply } from '@spillway/core';
import type { Selecting } from './vary';

/** A response as it is kept: plain data, whatever store it lies in. Times are in milliseconds. */
export interface Stored {
  readonly status: number;
  /** Fields to send, by lower-case name; without Age and Content-Length. */
  readonly headers: OutgoingHttpHeaders;
  readonly body: Buffer;
  /** Request fields that it was chosen by. */
  readonly selecting: Selecting;
  readonly tags: readonly string[];
  /** When it arrived, by the cache's clock. */
  readonly receivedMs: number;
  readonly initialAgeMs: number;
  readonly lifetimeMs: number;
  /** Who said how long it is fresh. */
  readonly by: 'fields' | 'ttl' | 'heuristic';
  readonly staleWhileRevalidateMs: number;
  readonly staleIfErrorMs: number;
  /** What its directives allow. */
  readonly use: StoredUse;
  /** Told to the client in place of the response's own, counted from when it is sent. */
  readonly browserTtlMs?: number | undefined;
  /** Told to the cache in front of this one. */
  readonly edgeTtlMs?: number | undefined;
  /** When it was expired by hand; it has not been fresh since. */
  expiredMs?: number | undefined;
  /** What is made of it once for all who get it; no part of what a store elsewhere has to keep. */
  made?: Made;
}

/** A stored response as it is sent. */
export interface Made {
  /** What it was made of: a copy with other times is another one. */
  readonly of: Stored;
  at(nowMs: number): Reply;
}

export interface StoredUse {
  /** `no-cache`: never without validation. */
  readonly mustValidate: boolean;
  /** False where a directive forbids it once stale (RFC 9111, 4.2.4). */
  readonly stale: boolean;
  /** Also for requests with Authorization (RFC 9111, 3.5). */
  readonly authorized: boolean;
  readonly public: boolean;
  /** It won't change while it is fresh (RFC 8246): a reload need not ask. */
  readonly immutable: boolean;
}

/** The time since a response was made (RFC 9111, 4.2.3). */
export const ageMsOf = (stored: Stored, nowMs: number): number =>
  stored.initialAgeMs + nowMs - stored.receivedMs;

/** For how long it stays fresh; negative: for how long it has been stale. */
export function freshForMs(stored: Stored, nowMs: number): number {
  const freshMs = stored.lifetimeMs - ageMsOf(stored, nowMs);
  return stored.expiredMs === undefined ? freshMs : Math.min(freshMs, stored.expiredMs - nowMs);
}

// What V8 takes for the objects, beyond bytes and text, once a response was sent again: measured, and held to 5 % by
// test/memory.test.ts.
const ENTRY_BYTES = 1400;
const FIELD_BYTES = 60;
const SELECTING_BYTES = 160;
const TAG_BYTES = 180;

function bytesOfField(value: OutgoingHttpHeaders[string]): number {
  if (!Array.isArray(value)) return String(value).length;
  return value.reduce((bytes, line) => bytes + FIELD_BYTES + line.length, 0);
}

/** About what it takes in memory. */
export function bytesOf({ headers, body, selecting, tags }: Stored): number {
  let bytes = ENTRY_BYTES + body.length;
  for (const name in headers) bytes += FIELD_BYTES + name.length + bytesOfField(headers[name]);
  for (const [name, value] of selecting) bytes += SELECTING_BYTES + name.length + value.length;
  for (const tag of tags) bytes += TAG_BYTES + tag.length;
  return bytes;
}
