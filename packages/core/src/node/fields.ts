import type { Fields, ResponseHead } from '../filter';
import type { Response } from './response';

type Settable = Pick<ResponseHead, 'getHeader' | 'setHeader'>;

export function setFields(head: Settable, { headers, append }: Fields): void {
  for (const name in headers) {
    const value = headers[name];
    if (value !== undefined) head.setHeader(name, value);
  }
  for (const name in append) {
    const present = head.getHeader(name);
    head.setHeader(name, present === undefined ? append[name]! : `${present}, ${append[name]}`);
  }
}

/** The fields of a `writeHead`, in each of the forms that node takes. */
export function setRawFields(res: Response, fields: unknown): void {
  if (!Array.isArray(fields)) return setFields(res, { headers: (fields ?? {}) as NonNullable<Fields['headers']> });
  const pairs = Array.isArray(fields[0]) ? fields : pairsOf(fields);
  // A repeated name (Set-Cookie) is a list: each name is cleared first, then its values are appended.
  for (const [name] of pairs) res.removeHeader(name);
  for (const [name, value] of pairs) res.appendHeader(name, value);
}

function pairsOf(flat: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let i = 0; i + 1 < flat.length; i += 2) pairs.push([flat[i]!, flat[i + 1]!]);
  return pairs;
}
