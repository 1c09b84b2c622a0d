import { type Dictionary, type InnerList, type Item, isInnerList, parseDictionary } from 'structured-headers';

/** Which parameters of a query tell one URL from another. */
export interface SearchVariance {
  /** Whether the order of names counts; that of values of one name always does. */
  readonly byKeyOrder: boolean;
  /** Whether the names are all that count, or all that don't. */
  readonly named: 'counts' | 'ignored';
  readonly names: ReadonlySet<string>;
}

/**
 * Reads a No-Vary-Search field (draft-ietf-httpbis-no-vary-search-10, section 5). Members that it doesn't know are ignored; where one
 * that it knows is malformed, so is the field.
 *
 * It also takes `params` as a boolean, alone or beside `except`, as drafts before 04 and browsers have it.
 *
 * @param field its lines, joined by commas.
 * @returns undefined where the whole query counts as it is.
 */
export function parseNoVarySearch(field: string): SearchVariance | undefined {
  const members = parseMembers(field);
  const keyOrder = members?.get('key-order')?.[0] ?? false;
  const params = members && paramsOf(members);
  if (params === undefined || typeof keyOrder !== 'boolean') return undefined;
  const changesNothing = !keyOrder && params.named === 'ignored' && params.names.size === 0;
  return changesNothing ? undefined : { byKeyOrder: !keyOrder, ...params };
}

/**
 * A query in one form for all that are equivalent to it, and for no others (section 6 of the draft): two URLs that differ in their
 * queries alone are equivalent where these are equal.
 * @param search without its question mark; empty where there is none.
 */
export function searchKey(search: string, variance: SearchVariance | undefined): string {
  if (variance === undefined) return search;
  const { byKeyOrder, named, names } = variance;
  const counting = parseForm(search).filter(([name]) => names.has(name) === (named === 'counts'));
  const key = new URLSearchParams(counting);
  if (!byKeyOrder) key.sort();
  return key.toString();
}

function parseMembers(field: string): Dictionary | undefined {
  try {
    return parseDictionary(field);
  } catch {
    // A field that can't be read is as none; ParseError is all that the parser throws.
    return undefined;
  }
}

function paramsOf(members: Dictionary): Omit<SearchVariance, 'byKeyOrder'> | undefined {
  const params = members.get('params');
  const except = members.get('except');
  if (except && params && params[0] !== true) return undefined;
  if (except || params?.[0] === true) {
    const names = except ? namesOf(except) : new Set<string>();
    return names && { named: 'counts', names };
  }
  const names = !params || params[0] === false ? new Set<string>() : namesOf(params);
  return names && { named: 'ignored', names };
}

/** Names are coded as those of a form, since a field's string has room for ASCII alone. */
function namesOf(member: Item | InnerList): Set<string> | undefined {
  if (!isInnerList(member)) return undefined;
  const names = member[0].map(([name]) => name);
  return names.every((name) => typeof name === 'string') ? new Set(names.map(decode)) : undefined;
}

/**
 * Names and values of a query, as of a form (WHATWG URL, 5.1). Node's URLSearchParams reads é%ff and è%ff as one: it cuts
 * characters down to bytes beside an escape that is no UTF-8.
 */
const parseForm = (search: string): [name: string, value: string][] =>
  search
    .split('&')
    .filter((parameter) => parameter !== '')
    .map((parameter) => {
      const [name = ''] = parameter.split('=', 1);
      return [decode(name), decode(parameter.slice(name.length + 1))];
    });

/** Most of what comes is plain, and to know that takes a third of the time. */
const CODED = /[^ -~]|[%+]/;
const ESCAPE = /%([\da-f]{2})/gi;

function decode(text: string): string {
  if (!CODED.test(text)) return text;
  const bytes = Buffer.from(text.replaceAll('+', ' ')).toString('latin1');
  const decoded = bytes.replace(ESCAPE, (_escape, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(decoded, 'latin1').toString();
}
