import { STATUS_CODES } from 'node:http';
import Negotiator from 'negotiator';
import type { HttpRequest, Reply } from './filter';

/** Problem details (RFC 9457); members beside the named ones are extensions. */
export interface Problem {
  readonly status: number;
  readonly type?: string;
  readonly title?: string;
  readonly detail?: string;
  readonly [extension: string]: unknown;
}

/** That of a server which can't serve for now (draft-ietf-httpapi-ratelimit-headers-11, "Problem Types"). */
export const TEMPORARY_REDUCED_CAPACITY: Problem = {
  status: 503,
  type: 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity',
  title: 'Request cannot be satisfied due to temporary server capacity constraints',
};

const JSON_TYPES = ['application/problem+json', 'application/json'];
const OFFERED = [...JSON_TYPES, 'text/plain'];

/**
 * A refusal that programs and people can read: problem+json where the client takes it (a wildcard does), plain text else.
 * Never to be stored by a cache.
 */
export const problemReply = (request: HttpRequest, problem: Problem): Reply =>
  createProblemReply(problem)(request);

/** `problemReply` of a problem that is told again and again: its JSON is made once. */
export function createProblemReply(problem: Problem): (request: HttpRequest) => Reply {
  const { status, detail, title = STATUS_CODES[status] ?? 'Error' } = problem;
  let json: string | undefined;
  return (request) => {
    const type = preferredType(request);
    const isText = type === 'text/plain';
    if (!isText) json ??= JSON.stringify({ ...problem, title });
    return {
      status,
      headers: {
        'Content-Type': isText ? 'text/plain; charset=utf-8' : type,
        'Cache-Control': 'no-store',
      },
      body: isText ? `${detail ?? title}\n` : json!,
    };
  };
}

function preferredType({ headers }: HttpRequest): string {
  const { accept } = headers;
  if (accept === undefined || accept === '*/*') return 'application/problem+json';
  return new Negotiator({ headers }).mediaType(OFFERED) ?? 'text/plain';
}
