import type { OutgoingHttpHeaders } from 'node:http';
import type { Qualified, ResponseDirectives } from './cache-control';

/** Of one connection (RFC 9110, 7.6.1), and what is computed anew for each answer. */
const NEVER_STORED = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authentication-info',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'age',
  'content-length',
]);

/** A field of a response as one text; several lines are one list (RFC 9110, 5.3). */
export function textOf(value: OutgoingHttpHeaders[string]): string | undefined {
  return value === undefined ? undefined : Array.isArray(value) ? value.join(', ') : String(value);
}

/** What an application said of a response itself, and not of its connection. */
export function ofTheApplication(
  headers: OutgoingHttpHeaders,
  outer: Readonly<OutgoingHttpHeaders>,
): OutgoingHttpHeaders {
  return storedFields(headers, outer, { noCache: undefined, private: undefined });
}

/**
 * The fields of a response that may be stored (RFC 9111, 3.1), by lower-case name: what the application said of this response, and
 * not what others had set before for the connection, the client or the request.
 */
export function storedFields(
  headers: OutgoingHttpHeaders,
  outer: Readonly<OutgoingHttpHeaders>,
  directives: Pick<ResponseDirectives, 'noCache' | 'private'>,
): OutgoingHttpHeaders {
  const dropped = [directives.noCache, directives.private, namesIn(headers.connection)];
  const stored: OutgoingHttpHeaders = {};
  for (const name in headers) {
    const value = headers[name];
    if (value === undefined || NEVER_STORED.has(name) || isIn(dropped, name)) continue;
    const text = textOf(value)!;
    // Lines of a list are one list (RFC 9110, 5.3), but for cookies.
    if (textOf(outer[name]) !== text)
      stored[name] = name === 'set-cookie' ? [value].flat().map(String) : text;
  }
  return stored;
}

const namesIn = (field: OutgoingHttpHeaders[string]): readonly string[] | undefined =>
  textOf(field)
    ?.split(',')
    .map((name) => name.trim().toLowerCase());

const isIn = (lists: readonly (Qualified | undefined)[], name: string): boolean =>
  lists.some((list) => typeof list === 'object' && list.includes(name));

/** These describe a body, and the stored one stays (RFC 9111, 3.2). */
const OF_THE_BODY = new Set(['content-encoding', 'content-length', 'content-range', 'content-type']);

/** Fields of a stored response, made fresh by those of a 304 (RFC 9111, 3.2). */
export function updatedFields(stored: OutgoingHttpHeaders, update: OutgoingHttpHeaders): OutgoingHttpHeaders {
  const fields = { ...stored };
  for (const name in update) if (!OF_THE_BODY.has(name)) fields[name] = update[name];
  return fields;
}
