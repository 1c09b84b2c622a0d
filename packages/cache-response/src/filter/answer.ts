import { randomUUID } from 'node:crypto';
import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { HttpRequest, Reply, ResponseHead } from '@spillway/core';
import { contentRange, multipartRanges, parseRanges, unsatisfiedRange } from '../policy/byte-range';
import { ifRangeHolds, isNotModified, type Validators } from '../policy/conditional';
import { textOf } from '../policy/fields';
import { dateOf } from '../policy/freshness';
import { ageMsOf, freshForMs, type Made, type Stored } from '../policy/stored';
import { hit } from './cache-status';
import { toldFields } from './told';

/** A stored response as it is sent: made once, and changed in place where it tells the time. */
class Answer implements Made {
  readonly of: Stored;
  readonly #name: string;
  readonly #headers: OutgoingHttpHeaders;
  readonly #reply: Reply;
  #age: number | undefined;

  constructor(stored: Stored, name: string) {
    this.of = stored;
    this.#name = name;
    this.#headers = { ...stored.headers };
    if (stored.status !== 204) this.#headers['content-length'] = String(stored.body.length);
    this.#reply = { status: stored.status, headers: this.#headers, body: stored.body };
  }

  /** Valid until it is asked for again. */
  at(nowMs: number): Reply {
    const age = Math.floor(ageMsOf(this.of, nowMs) / 1000);
    if (age === this.#age) return this.#reply;
    this.#age = age;
    this.#headers.age = String(age);
    this.#headers['cache-status'] = hit(this.#name, Math.floor(freshForMs(this.of, nowMs) / 1000));
    toldFields(this.#headers, this.of, age);
    return this.#reply;
  }
}

function madeOf(stored: Stored, name: string): Made {
  if (stored.made?.of !== stored) stored.made = new Answer(stored, name);
  return stored.made;
}

/**
 * What a request gets of a stored response: all of it, a part, or that it has it already (RFC 9111, 4.3.2; RFC 9110, 14).
 * @param status Cache-Status where it is no plain hit.
 */
export function answer(
  stored: Stored,
  { method, headers }: HttpRequest,
  name: string,
  nowMs: number,
  status?: string,
): Reply {
  const whole = madeOf(stored, name).at(nowMs);
  const reply = status === undefined && !stored.headers['set-cookie'] ? whole : copyOf(whole, status);
  const isConditional = headers['if-none-match'] !== undefined || headers['if-modified-since'] !== undefined;
  if (!isConditional && headers.range === undefined) return reply;
  if (stored.status < 200 || stored.status > 299) return reply;
  const wallMs = Date.now();
  const validators = validatorsOf(stored, wallMs);
  if (isConditional && isNotModified(headers, validators, wallMs)) return notModified(reply);
  const { range, 'if-range': ifRange } = headers;
  if (range === undefined || method !== 'GET' || stored.status !== 200) return reply;
  return ifRangeHolds(ifRange as string | undefined, validators, wallMs)
    ? partial(reply, stored.body, range)
    : reply;
}

/** Whether a client has a response already. */
export function isKnown(asked: IncomingHttpHeaders, headers: OutgoingHttpHeaders): boolean {
  const wallMs = Date.now();
  return isNotModified(asked, validatorsOf({ headers }, wallMs), wallMs);
}

/** Lists too: others add to them in place. */
function copyOf(reply: Reply, status: string | undefined): Reply {
  const headers = { ...reply.headers, ...(status !== undefined && { 'cache-status': status }) };
  if (Array.isArray(headers['set-cookie'])) headers['set-cookie'] = [...headers['set-cookie']];
  return { ...reply, headers };
}

const validatorsOf = ({ headers }: Pick<Stored, 'headers'>, wallMs: number): Validators => ({
  etag: textOf(headers.etag),
  lastModified: textOf(headers['last-modified']),
  dateMs: dateOf(headers, wallMs),
});

/** Describe a body that is not sent (RFC 9110, 15.4.5). */
const OF_A_BODY = ['content-type', 'content-encoding', 'content-language', 'content-length', 'content-range'];

function notModified({ headers }: Reply): Reply {
  const kept = Object.entries(headers ?? {}).filter(([name]) => !OF_A_BODY.includes(name));
  return { status: 304, headers: Object.fromEntries(kept) };
}

/** Makes a head that of a 304. */
export function notModifiedFields(head: ResponseHead): void {
  head.statusCode = 304;
  for (const name of OF_A_BODY) head.removeHeader(name);
}

function partial(reply: Reply, body: Buffer, range: string): Reply {
  const ranges = parseRanges(range, body.length);
  if (ranges === undefined) return reply;
  const [first, ...others] = ranges;
  if (first === undefined) {
    return {
      status: 416,
      headers: { ...reply.headers, 'content-length': '0', 'content-range': unsatisfiedRange(body.length) },
    };
  }
  if (others.length === 0) {
    const part = body.subarray(first.start, first.end + 1);
    return partReply(reply, part, { 'content-range': contentRange(first, body.length) });
  }
  const boundary = randomUUID();
  const parts = multipartRanges(body, ranges, textOf(reply.headers?.['content-type']), boundary);
  return partReply(reply, parts, { 'content-type': `multipart/byteranges; boundary=${boundary}` });
}

const partReply = ({ headers }: Reply, body: Buffer, fields: OutgoingHttpHeaders): Reply => ({
  status: 206,
  headers: { ...headers, ...fields, 'content-length': String(body.length) },
  body,
});
