/** A part of a body, from its first byte to its last, both of them within it. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

const MAX_RANGES = 16;
/** Two that overlap are coalesced; more are asked for by broken clients, or by those who want much for little. */
const MAX_OVERLAPPING = 2;
/** A reader may want the end first, where an index is, but has no reason to jump to and fro. */
const MAX_UNSORTED = 4;

const UNIT = 'bytes=';
const EMPTY = /^[ \t]*$/;
const SPEC = /^[ \t]*(\d*)-(\d*)[ \t]*$/;

/**
 * Reads a Range field (RFC 9110, 14.2) for a body of so many bytes. Ranges that overlap or touch are coalesced into one, which stands
 * where the first of them stood; the others keep the order in which they were asked for (15.3.7.2). Those beyond the end are left out.
 *
 * A field is ignored that is malformed or has another unit; that names more than 16 ranges, more than 2 that overlap, or more than 4
 * out of ascending order (14.2 allows that, 17.15 says why); and where there is no byte to send (14.2 allows that too).
 *
 * @returns undefined where the field is ignored, and the whole body sent; none where none is satisfiable: a 416.
 */
export function parseRanges(field: string, bytes: number): readonly ByteRange[] | undefined {
  if (bytes === 0 || field.slice(0, UNIT.length).toLowerCase() !== UNIT) return undefined;
  const specs = field
    .slice(UNIT.length)
    .split(',')
    .filter((spec) => !EMPTY.test(spec));
  if (specs.length === 0 || specs.length > MAX_RANGES) return undefined;
  const satisfiable: ByteRange[] = [];
  for (const spec of specs) {
    const range = parseRange(spec, bytes);
    if (range === undefined) return undefined;
    if (range.start < bytes) satisfiable.push(range);
  }
  return isAbusive(satisfiable) ? undefined : coalesce(satisfiable);
}

/** The Content-Range field of a 206, and of each part of one (RFC 9110, 14.4). */
export const contentRange = ({ start, end }: ByteRange, bytes: number): string =>
  `bytes ${start}-${end}/${bytes}`;

/** The Content-Range field of a 416 (RFC 9110, 14.4). */
export const unsatisfiedRange = (bytes: number): string => `bytes */${bytes}`;

/**
 * Writes the body of a 206 with several ranges: multipart/byteranges (RFC 9110, 14.6).
 * @param contentType of the whole body; undefined where it has none.
 * @param boundary up to 70 characters that may stand in one (RFC 2046, 5.1.1); the body must not have it.
 */
export function multipartRanges(
  body: Buffer,
  ranges: readonly ByteRange[],
  contentType: string | undefined,
  boundary: string,
): Buffer {
  const type = contentType === undefined ? '' : `Content-Type: ${contentType}\r\n`;
  const parts = ranges.flatMap((range) => [
    asBytes(`--${boundary}\r\n${type}Content-Range: ${contentRange(range, body.length)}\r\n\r\n`),
    body.subarray(range.start, range.end + 1),
    asBytes('\r\n'),
  ]);
  return Buffer.concat([...parts, asBytes(`--${boundary}--\r\n`)]);
}

/** The characters of a field are its bytes. */
const asBytes = (text: string): Buffer => Buffer.from(text, 'latin1');

/**
 * One member of the field. Numbers beyond 2^53 are rounded: no body is so long.
 * @returns undefined where it is malformed; a start beyond the end where there is nothing of it.
 */
function parseRange(spec: string, bytes: number): ByteRange | undefined {
  const [, first = '', last = ''] = SPEC.exec(spec) ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') return { start: Math.max(0, bytes - Number(last)), end: bytes - 1 };
  if (last !== '' && Number(last) < Number(first)) return undefined;
  return { start: Number(first), end: last === '' ? bytes - 1 : Math.min(Number(last), bytes - 1) };
}

function isAbusive(ranges: readonly ByteRange[]): boolean {
  const overlapping = ranges.filter((range) =>
    ranges.some((other) => other !== range && overlap(range, other)),
  );
  const isSorted = ranges.every(({ start }, i) => i === 0 || ranges[i - 1]!.start <= start);
  return overlapping.length > MAX_OVERLAPPING || (!isSorted && ranges.length > MAX_UNSORTED);
}

function coalesce(ranges: readonly ByteRange[]): readonly ByteRange[] {
  let apart: ByteRange[] = [];
  for (const range of ranges) {
    const touching = apart.filter((other) => overlap({ start: range.start - 1, end: range.end + 1 }, other));
    const place = touching[0] ? apart.indexOf(touching[0]) : apart.length;
    const joined = [range, ...touching];
    apart = apart.filter((other) => !touching.includes(other));
    apart.splice(place, 0, {
      start: Math.min(...joined.map(({ start }) => start)),
      end: Math.max(...joined.map(({ end }) => end)),
    });
  }
  return apart;
}

const overlap = (one: ByteRange, other: ByteRange): boolean =>
  one.start <= other.end && other.start <= one.end;
