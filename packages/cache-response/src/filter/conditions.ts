import type { IncomingHttpHeaders } from 'node:http';
import { textOf } from '../policy/fields';
import type { Stored } from '../policy/stored';

/** The application is asked for a whole response, and for what changed since ours: what the client has is our business. */
const REPLACED = ['if-none-match', 'if-modified-since', 'if-range', 'range'] as const;

export const hasConditions = (headers: IncomingHttpHeaders): boolean =>
  REPLACED.some((name) => headers[name] !== undefined);

/**
 * The fields that the application reads in place of the client's.
 * @param stored what is to be validated, if anything (RFC 9111, 4.3.1).
 * @returns undefined where they are the same.
 */
export function askedOfApplication(
  headers: IncomingHttpHeaders,
  stored: Stored | undefined,
): IncomingHttpHeaders | undefined {
  const etag = textOf(stored?.headers.etag);
  const lastModified = textOf(stored?.headers['last-modified']);
  if (etag === undefined && lastModified === undefined && !hasConditions(headers)) return undefined;
  const asked = { ...headers };
  for (const name of REPLACED) delete asked[name];
  if (etag !== undefined) asked['if-none-match'] = etag;
  if (lastModified !== undefined) asked['if-modified-since'] = lastModified;
  return asked;
}

export const isValidatable = ({ headers }: Stored): boolean =>
  headers.etag !== undefined || headers['last-modified'] !== undefined;
