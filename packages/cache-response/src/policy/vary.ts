import type { IncomingHttpHeaders } from 'node:http';
import { membersOf } from './cache-control';

/** Request fields that a response was chosen by, by lower-case name, each as it was in its request. */
export type Selecting = readonly (readonly [name: string, value: string])[];

const FIELD_NAME = /^[!#$%&'*+.^_`|~\w-]+$/;

/** @returns the names in order; undefined where something is meant that no request can show: `*`, or what is malformed. */
export function parseVary(
  field: string | undefined,
  more: readonly string[] = [],
): readonly string[] | undefined {
  if (field === undefined) return more;
  const names = new Set(more);
  for (const part of field.split(',')) {
    const name = part.trim().toLowerCase();
    if (name === '') continue;
    if (name === '*' || !FIELD_NAME.test(name)) return undefined;
    names.add(name);
  }
  return [...names].sort();
}

/** One for all that are chosen by nothing: it is kept with each response. */
const TO_ALL: Selecting = [];

export const selectingOf = (names: readonly string[], headers: IncomingHttpHeaders): Selecting =>
  names.length === 0 ? TO_ALL : names.map((name) => [name, selectingValue(name, headers)]);

/**
 * Whether a request selects what was chosen by these fields (RFC 9111, 4.1). A response in the language that the request likes
 * best is what it would get, whatever others it names.
 */
export function selects(
  headers: IncomingHttpHeaders,
  selecting: Selecting,
  language: string | undefined,
): boolean {
  for (const [name, value] of selecting) {
    if (selectingValue(name, headers) === value) continue;
    if (name !== 'accept-language' || language === undefined) return false;
    if (likesBest(headers['accept-language']) !== language) return false;
  }
  return true;
}

/** No field is not an empty one, and no field has this. */
const ABSENT = '\u0000';

/** In their members' order nothing is said: that is what weights are for. */
const PREFERENCES = new Set(['accept', 'accept-charset', 'accept-encoding', 'accept-language']);

/** No lists, whatever commas they have. */
const SINGLE = new Set(['authorization', 'cookie', 'user-agent']);

/** Nothing to normalise. */
const PLAIN = /^[^\s,;"A-Z]*$/;

/** One form for all spellings of one value (RFC 9111, 4.1): whitespace at commas, and of preferences case and order too. */
function selectingValue(name: string, headers: IncomingHttpHeaders): string {
  // Not what every object has.
  const field = Object.hasOwn(headers, name) ? headers[name] : undefined;
  if (field === undefined) return ABSENT;
  const text = typeof field === 'string' ? field : field.join(',');
  if (PLAIN.test(text) || SINGLE.has(name)) return text;
  if (!PREFERENCES.has(name)) return compact(text, ',', false);
  const members = membersOf(compact(text, ',;', true));
  return members.sort().join(',');
}

/** Without the whitespace around separators; what is quoted stays as it is. */
function compact(text: string, separators: string, lowerCase: boolean): string {
  let out = '';
  let space = '';
  let quoted = false;
  let isAfterSeparator = true;
  for (let i = 0; i < text.length; i++) {
    const char = text[i]!;
    if (!quoted && (char === ' ' || char === '\t')) {
      space += char;
      continue;
    }
    const separates = !quoted && separators.includes(char);
    if (!separates && !isAfterSeparator) out += space;
    space = '';
    isAfterSeparator = separates;
    out += lowerCase && !quoted ? char.toLowerCase() : char;
    if (quoted && char === '\\') out += text[++i] ?? '';
    else if (char === '"') quoted = !quoted;
  }
  return out;
}

/** The one language that a request likes better than all others. */
function likesBest(field: string | undefined): string | undefined {
  let best: string | undefined;
  let highest = 0;
  for (const member of membersOf(compact(field ?? '', ',;', true))) {
    const [language, ...parameters] = member.split(';');
    const weight = weightOf(parameters);
    if (weight === highest) best = undefined;
    if (weight > highest) [best, highest] = [language, weight];
  }
  return best;
}

function weightOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.startsWith('q='));
  const value = weight === undefined ? 1 : Number(weight.slice(2));
  return value >= 0 && value <= 1 ? value : 0;
}
