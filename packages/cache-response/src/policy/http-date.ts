const DAYS = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'];
const SHORT_DAYS = DAYS.map((day) => day.slice(0, 3));
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** Of a year in two digits, one further ahead is meant to be past (RFC 9110, 5.6.7). */
const MAX_YEARS_AHEAD = 50;

/**
 * Reads an HTTP-date in each of its three forms (RFC 9110, 5.6.7). It is strict, as a lenient reader finds a date in almost any text;
 * but a cache takes names in either case (RFC 9111, 4.2). A weekday is not held against its date.
 *
 * @param nowMs says which century a year of two digits is in.
 * @returns milliseconds since 1970; undefined for anything else, and for days that no calendar has.
 */
export function parseHttpDate(text: string, nowMs: number): number | undefined {
  const lower = text.toLowerCase();
  const comma = lower.indexOf(',');
  if (comma === -1) return fromAsctime(lower);
  const day = lower.slice(0, comma);
  const rest = lower.slice(comma + 1);
  if (SHORT_DAYS.includes(day)) return fromFixdate(rest);
  return DAYS.includes(day) ? fromRfc850(rest, nowMs) : undefined;
}

/**
 * Writes an HTTP-date in the form that is to be sent, IMF-fixdate (RFC 9110, 5.6.7); milliseconds are cut off.
 * @param ms milliseconds since 1970, within the years 0 to 9999: the form has room for no others.
 */
export function formatHttpDate(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== formatted.second) formatted = { second, text: new Date(ms).toUTCString() };
  return formatted.text;
}

/** Most are of the second that the last one was of. */
let formatted = { second: Number.NaN, text: '' };

/** Sun, 06 Nov 1994 08:49:37 GMT, from after the comma. */
function fromFixdate(rest: string): number | undefined {
  if (!hasForm(rest, ' 00 xxx 0000 00:00:00 gmt')) return undefined;
  return instant(rest.slice(8, 12), rest.slice(4, 7), rest.slice(1, 3), rest.slice(13, 21));
}

/** Sunday, 06-Nov-94 08:49:37 GMT, from after the comma. */
function fromRfc850(rest: string, nowMs: number): number | undefined {
  if (!hasForm(rest, ' 00-xxx-00 00:00:00 gmt')) return undefined;
  const latest = new Date(nowMs);
  const latestMs = latest.setUTCFullYear(latest.getUTCFullYear() + MAX_YEARS_AHEAD);
  const century = latest.getUTCFullYear() - (latest.getUTCFullYear() % 100);
  const year = century + Number(rest.slice(8, 10));
  return [year, year - 100]
    .map((meant) => instant(meant, rest.slice(4, 7), rest.slice(1, 3), rest.slice(11, 19)))
    .find((ms) => ms !== undefined && ms <= latestMs);
}

/** Sun Nov  6 08:49:37 1994. */
function fromAsctime(text: string): number | undefined {
  if (!hasForm(text, 'xxx xxx _0 00:00:00 0000')) return undefined;
  if (!SHORT_DAYS.includes(text.slice(0, 3))) return undefined;
  return instant(text.slice(20), text.slice(4, 7), text.slice(8, 10), text.slice(11, 19));
}

/** Whether a text has a form, in which 0 stands for a digit, _ for a digit or a space, x for anything, and the rest for itself. */
function hasForm(text: string, form: string): boolean {
  if (text.length !== form.length) return false;
  for (let i = 0; i < form.length; i++) if (!isLike(text[i]!, form[i]!)) return false;
  return true;
}

function isLike(char: string, like: string): boolean {
  if (like === 'x') return true;
  if (like === '_' && char === ' ') return true;
  return like === '0' || like === '_' ? char >= '0' && char <= '9' : char === like;
}

function instant(year: number | string, monthName: string, day: string, time: string): number | undefined {
  const [hour, minute, second] = time.split(':').map(Number) as [number, number, number];
  const month = MONTHS.indexOf(monthName);
  // 60 is a leap second, and taken for the second after it.
  if (hour > 23 || minute > 59 || second > 60) return undefined;
  const date = new Date(0);
  // Date.UTC would take the years 0 to 99 for 1900 to 1999.
  date.setUTCFullYear(Number(year), month, Number(day));
  // A name that is none, and a day that the month has not, end up in another month.
  if (date.getUTCMonth() !== month) return undefined;
  return date.setUTCHours(hour, minute, second);
}
