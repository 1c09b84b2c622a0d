import { type Dictionary, parseDictionary } from 'structured-headers';
import type { Directives } from './cache-control';

/**
 * The directives of a targeted field such as CDN-Cache-Control (RFC 9213): a dictionary of structured fields.
 * @returns undefined where it is malformed or empty: then it counts as absent.
 */
export function parseTargeted(field: string): Directives | undefined {
  let dictionary: Dictionary;
  try {
    dictionary = parseDictionary(field);
  } catch {
    // RFC 9651, 4.2: a field that fails to parse is ignored as a whole.
    return undefined;
  }
  const directives = new Map<string, (string | true)[]>();
  for (const [name, [value]] of dictionary) {
    if (value === false) continue;
    if (!isOfType(name, value)) return undefined;
    directives.set(name, [value === true ? true : String(value)]);
  }
  return directives.size > 0 ? directives : undefined;
}

const TIMES = ['max-age', 's-maxage', 'stale-while-revalidate', 'stale-if-error'];

const isOfType = (name: string, value: unknown): boolean => !TIMES.includes(name) || Number.isInteger(value);
