import type { OutgoingHttpHeaders } from 'node:http';
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

/** The fields of a `writeHead`: an object, names and values in turn, or pairs of them. */
export function setRawFields(res: Response, fields: unknown): void {
  if (!Array.isArray(fields)) {
    if (fields) setFields(res, { headers: fields as OutgoingHttpHeaders });
    return;
  }
  const flat: readonly string[] = Array.isArray(fields[0]) ? fields.flat() : fields;
  // A repeated name (Set-Cookie) is a list, and takes the place of what was there: each name is cleared before.
  for (let i = 0; i + 1 < flat.length; i += 2) res.removeHeader(flat[i]!);
  for (let i = 0; i + 1 < flat.length; i += 2) addField(res, flat[i]!, flat[i + 1]!);
}

function addField(res: Response, name: string, value: string): void {
  const present = res.getHeader(name);
  res.setHeader(name, present === undefined ? value : [...([present].flat() as string[]), value]);
}
