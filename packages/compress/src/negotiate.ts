import { LRUCache } from 'lru-cache';
import { CODINGS, type Coding } from './codec';

/** How much a client wants each coding: 0 not at all, to 1. */
export type Wanted = Readonly<Record<Coding | 'identity', number>>;

const TOKEN = /^[!#$%&'*+.^_`|~0-9a-z-]+$/;
const WEIGHT = /^q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/;

/** Less than any weight that can be said, so that whatever is named comes first. */
const UNNAMED_IDENTITY = 0.0001;

/**
 * Reads Accept-Encoding (RFC 9110, 12.5.3) in a time that grows with its length alone. A malformed member says nothing; of a coding
 * named twice, the last word counts.
 */
export function parseAcceptEncoding(field: string): Wanted {
  const named = new Map<string, number>();
  for (const member of field.toLowerCase().split(',')) {
    const [name, weight, ...rest] = member.split(';').map((part) => part.trim());
    const q = weight === undefined ? 1 : Number(WEIGHT.exec(weight)?.[1]);
    if (!name || !TOKEN.test(name) || Number.isNaN(q) || rest.length > 0) continue;
    named.set(name === 'x-gzip' ? 'gzip' : name, q);
  }
  const others = named.get('*');
  const weights = CODINGS.map((coding) => [coding, named.get(coding) ?? others ?? 0] as const);
  return {
    ...(Object.fromEntries(weights) as Record<Coding, number>),
    identity: named.get('identity') ?? others ?? UNNAMED_IDENTITY,
  };
}

/** Whether any coding is acceptable at all. */
export const wantsCoding = ({ zstd, br, gzip, deflate }: Wanted): boolean => zstd + br + gzip + deflate > 0;

/** Browsers send a handful of different fields, but a client can send any number of them, and long ones. */
const MAX_REMEMBERED = 500;
const MAX_REMEMBERED_LENGTH = 200;

/** `parseAcceptEncoding` that remembers what it has read. */
export function createAcceptEncodingReader(): (field: string) => Wanted {
  const read = new LRUCache<string, Wanted>({ max: MAX_REMEMBERED });
  return (field) => {
    if (field.length > MAX_REMEMBERED_LENGTH) return parseAcceptEncoding(field);
    const found = read.get(field);
    if (found) return found;
    const wanted = parseAcceptEncoding(field);
    read.set(field, wanted);
    return wanted;
  };
}

/**
 * What to send: the coding that the client wants most, of equal ones the first offered, and identity where nothing else is wanted as
 * much.
 * @returns undefined where nothing is acceptable.
 */
export function negotiate(wanted: Wanted, offered: readonly Coding[]): Coding | 'identity' | undefined {
  let best: Coding | 'identity' | undefined;
  let weight = 0;
  for (const coding of offered) {
    if (wanted[coding] <= weight) continue;
    best = coding;
    weight = wanted[coding];
  }
  return wanted.identity > weight ? 'identity' : best;
}
