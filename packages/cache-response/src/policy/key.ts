import { createHash } from 'node:crypto';
import type { HttpRequest } from '@spillway/core';

/** Longer keys are cut here, and told apart by their digest. */
const MAX_KEY = 1024;
const CUT = 512;

const HOST = /^(?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._~-]*)(?::\d*)?$/;

/** Nor may keys be torn apart by one. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: that is what is looked for
const NOT_IN_A_PATH = /[\u0000-\u0020\u007f]/;

/**
 * The URL of a request, path first: `/a?b https://host`.
 * @returns undefined where a request is not one for a cache: its target is a whole URL, its host is malformed, or it has two.
 */
export function urlKeyOf(request: HttpRequest): string | undefined {
  const { originalUrl: path, headers } = request;
  const { host: named, ':authority': authority, 'x-forwarded-host': forwarded } = headers;
  if (named !== undefined && authority !== undefined && named !== authority) return undefined;
  // A proxy's word for the host counts where the framework trusts it; only then is it asked.
  const host = (forwarded === undefined ? (named ?? (authority as string | undefined)) : request.host) ?? '';
  if (path.charCodeAt(0) !== 0x2f || NOT_IN_A_PATH.test(path)) return undefined;
  const origin = originOf(request.protocol, host);
  // Joined, not concatenated: it is kept, and would be two objects for each collection of garbage to visit.
  return origin && [path, origin].join(' ');
}

/** In the one form that it has in keys; undefined where it is malformed. */
function originOf(protocol: string, host: string): string | undefined {
  if ((protocol !== 'http' && protocol !== 'https') || !HOST.test(host)) return undefined;
  const usual = protocol === 'http' ? ':80' : ':443';
  const end = host.endsWith(usual) ? -usual.length : host.endsWith(':') ? -1 : host.length;
  return `${protocol}://${host.slice(0, end).toLowerCase()}`;
}

/**
 * What a client says of host and protocol though it is no proxy that the framework trusts. An application that reads these
 * fields all the same may answer by them, and nobody else is to get that.
 */
export function untrustedPart(request: HttpRequest): string {
  const { 'x-forwarded-host': host, 'x-forwarded-proto': protocol } = request.headers;
  if (host === undefined && protocol === undefined) return '';
  const isTrusted = (field: unknown, value: string | undefined) =>
    field === undefined || String(field).split(',', 1)[0]!.trim() === value;
  if (isTrusted(host, request.host) && isTrusted(protocol, request.protocol)) return '';
  return `${encodeURIComponent(String(host ?? ''))}&${encodeURIComponent(String(protocol ?? ''))}`;
}

/** @param more what else tells responses apart. */
export function withMore(urlKey: string, more: string): string {
  const key = more === '' ? urlKey : `${urlKey} ${more}`;
  if (key.length <= MAX_KEY) return key;
  // Through bytes: a slice would keep all of the text that it is of.
  const shown = Buffer.from(key.slice(0, CUT)).toString();
  return `${shown} #${createHash('sha256').update(key).digest('base64url')}`;
}

/** What keys of one path have in common: its first characters. */
export const pathOf = (key: string): string => key.slice(0, Math.min(CUT, key.indexOf(' ')));

/** A URL, or a path on any host, as a key shows it. */
export interface Target {
  readonly path: string;
  readonly origin?: string | undefined;
}

const ABSOLUTE = /^(https?):\/\/([^/?#]*)([^#]*)/i;

/**
 * The path stays as it is written: a client that writes another one asks for another one.
 * @throws {TypeError} where it is neither a URL nor a path.
 */
export function targetOf(url: string): Target {
  if (url.startsWith('/')) return { path: url };
  const [, protocol, host, rest] = ABSOLUTE.exec(url) ?? [];
  const origin = protocol && originOf(protocol.toLowerCase(), host!);
  if (origin === undefined)
    throw new TypeError(`a URL must be a path or begin with http, got ${JSON.stringify(url)}`);
  return { path: rest!.startsWith('/') ? rest! : `/${rest}`, origin };
}

/** Whether a key is of a URL. Of a key that was cut all that it could be counts: invalidating too much is safe. */
export const isAt = (key: string, { path, origin }: Target): boolean =>
  isCut(key) ? key.startsWith(path.slice(0, CUT)) : key.startsWith(`${path} `) && isFrom(key, origin);

/** Whether a key is of a URL that begins like this. */
export const isUnder = (key: string, { path, origin }: Target): boolean =>
  isCut(key) ? key.startsWith(path.slice(0, CUT)) : key.startsWith(path) && isFrom(key, origin);

const isCut = (key: string): boolean => key.startsWith(' #', CUT);

function isFrom(key: string, origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const at = key.indexOf(' ') + 1;
  return key.startsWith(origin, at) && (key.length === at + origin.length || key[at + origin.length] === ' ');
}
