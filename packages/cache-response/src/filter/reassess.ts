import type { OutgoingHttpHeaders } from 'node:http';
import type { ResponseHead } from '@spillway/core';
import { parseDirectives, responseDirectives } from '../policy/cache-control';
import { storedFields, textOf, updatedFields } from '../policy/fields';
import type { Stored } from '../policy/stored';
import type { Asked } from './asked';
import { assess } from './assess';
import type { Settings } from './settings';

/**
 * A stored response with the fields of a newer answer about it, a 304 or one to HEAD (RFC 9111, 3.2).
 * @returns `whyNot` where it must not be kept like this.
 */
export function reassess<Context>(
  settings: Settings<Context>,
  asked: Asked<Context>,
  stored: Stored,
  head: Pick<ResponseHead, 'getHeaders'>,
  outer: Readonly<OutgoingHttpHeaders>,
): { readonly fresh: Stored; readonly whyNot: string | undefined } {
  const received = head.getHeaders();
  const directives = responseDirectives(parseDirectives(textOf(received['cache-control']) ?? ''));
  const update = storedFields(received, outer, directives);
  const headers = updatedFields(stored.headers, update);
  // An answer without a date is of now.
  if (update.date === undefined) delete headers.date;
  const assessed = assess(
    settings,
    asked,
    { statusCode: stored.status, getHeaders: () => ({ ...headers, age: received.age }) },
    {},
  );
  if ('whyNot' in assessed) return { fresh: { ...stored, headers }, whyNot: assessed.whyNot };
  assessed.storable.body = stored.body;
  return { fresh: assessed.storable, whyNot: undefined };
}
