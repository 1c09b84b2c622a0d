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

const JSON_TYPES = ['application/problem+json', 'application/json'];
const OFFERED = [...JSON_TYPES, 'text/plain'];

/**
 * A refusal that programs and people can read: problem+json where the client takes it (a wildcard does), plain text else.
 * Never to be stored by a cache.
 */
export function problemReply(request: HttpRequest, problem: Problem): Reply {
  const type = preferredType(request);
  const title = problem.title ?? STATUS_CODES[problem.status] ?? 'Error';
  const body = JSON_TYPES.includes(type)
    ? JSON.stringify(problem.title === undefined ? { ...problem, title } : problem)
    : `${problem.detail ?? title}\n`;
  return {
    status: problem.status,
    headers: {
      'Content-Type': type === 'text/plain' ? 'text/plain; charset=utf-8' : type,
      'Cache-Control': 'no-store',
    },
    body,
  };
}

function preferredType({ headers }: HttpRequest): string {
  const { accept } = headers;
  if (accept === undefined || accept === '*/*') return 'application/problem+json';
  return new Negotiator({ headers }).mediaType(OFFERED) ?? 'text/plain';
}
