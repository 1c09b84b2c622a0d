import type { IncomingHttpHeaders } from 'node:http';

/** Request fields that a response was chosen by, by lower-case name, each as it was in its request. */
export type Selecting = readonly (readonly [name: string, value: string])[];

/** @returns the names in order; undefined where something is meant that no request can show (`*`). */
export function parseVary(
  field: string | undefined,
  more: readonly string[] = [],
): readonly string[] | undefined {
  if (field === undefined) return more;
  const names = new Set(more);
  for (const part of field.split(',')) {
    const name = part.trim().toLowerCase();
    if (name === '*') return undefined;
    if (name !== '') names.add(name);
  }
  return [...names].sort();
}

export const selectingOf = (names: readonly string[], headers: IncomingHttpHeaders): Selecting =>
  names.map((name) => [name, selectingValue(name, headers[name])]);

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
    const field = headers[name];
    if (selectingValue(name, field) === value) continue;
    if (
      name !== 'accept-language' ||
      language === undefined ||
      likesBest(field as string | undefined) !== language
    )
      return false;
  }
  return true;
}

/** In their members' order nothing is said: that is what weights are for. */
const UNORDERED = new Set(['accept', 'accept-charset', 'accept-encoding', 'accept-language']);

/** Two spellings of one value are one (RFC 9111, 4.1): whitespace at commas, and of preferences case and order. */
function selectingValue(name: string, field: string | readonly string[] | undefined): string {
  // No field is not an empty one.
  if (field === undefined) return '\u0000';
  const text = typeof field === 'string' ? field : field.join(',');
  if (!UNORDERED.has(name)) return text.includes(',') ? membersOf(text).join(',') : text.trim();
  const members = membersOf(text.toLowerCase());
  return members.length > 1 ? members.sort().join(',') : (members[0] ?? '');
}

const membersOf = (text: string): string[] =>
  text.split(',').map((member) => member.trim().replace(/[ \t]*;[ \t]*/g, ';'));

/** The one language that a request likes better than all others. */
function likesBest(field: string | undefined): string | undefined {
  let best: string | undefined;
  let highest = 0;
  for (const member of membersOf((field ?? '').toLowerCase())) {
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
