import type { OutgoingHttpHeaders } from 'node:http';
import {
  createProblemReply,
  type Fields,
  type HttpRequest,
  type Outcome,
  type Problem,
  type Reply,
  refusalError,
} from '@spillway/core';
import { toSeconds } from './fields';
import type { Verdict } from './limiter';
import { chain, type Maybe } from './maybe';
import type { RateLimitOptions } from './options';
import type { Decision } from './store';

/** Answers a request that the limiter refused; `fields` are the verdict's. */
export type Refuse<Context> = (
  request: HttpRequest,
  context: Context,
  verdict: Verdict,
  fields: Fields,
) => Maybe<Outcome>;

export function refusal<Context, Native extends readonly unknown[]>(
  options: RateLimitOptions<Context, Native>,
): Refuse<Context> {
  const { statusCode = 429, message, handler, refuse = 'reply' } = options;
  const bodyOf = replyBody(statusCode, message);
  return (request, context, verdict, fields) => {
    const { retryAfterMs } = verdict;
    const withReason = (headers: OutgoingHttpHeaders = {}) => {
      const all: OutgoingHttpHeaders = { ...headers, ...fields.headers, 'Cache-Control': 'no-store' };
      if (retryAfterMs !== Infinity) all['Retry-After'] = String(toSeconds(retryAfterMs));
      return all;
    };
    if (handler) {
      const told = { statusCode, message, verdict };
      return {
        ...fields,
        headers: withReason(),
        delegate: (...native) => handler(...(native as unknown as Native), told),
      };
    }
    if (refuse === 'throw') {
      const reply = { ...fields, status: statusCode, headers: withReason() };
      return refusalError(reply, { code: 'ERR_RATE_LIMITED', verdict });
    }
    return chain(bodyOf(request, context, verdict), (reply) => ({
      ...fields,
      ...reply,
      headers: withReason(reply.headers),
    }));
  };
}

function replyBody<Context>(status: number, message: unknown) {
  if (message === undefined) {
    const problemOf = createProblemOf(status);
    return (request: HttpRequest, _context: Context, verdict: Verdict) => problemOf(verdict)(request);
  }
  if (typeof message !== 'function') {
    const reply = ownBody(status, message);
    return () => reply;
  }
  return (_request: HttpRequest, context: Context) =>
    chain(message(context) as Maybe<unknown>, (made) => ownBody(status, made));
}

/** Where there is one policy, it is always the one that is violated. */
function createProblemOf(status: number) {
  let ofOne: ReturnType<typeof createProblemReply> | undefined;
  return ({ decisions }: Verdict) => {
    if (decisions.length > 1) return createProblemReply(quotaExceeded(status, decisions));
    ofOne ??= createProblemReply(quotaExceeded(status, decisions));
    return ofOne;
  };
}

/** draft-ietf-httpapi-ratelimit-headers-11, "Problem Types". */
const quotaExceeded = (status: number, decisions: readonly Decision[]): Problem => ({
  type: 'https://iana.org/assignments/http-problem-types#quota-exceeded',
  title: 'Request cannot be satisfied as assigned quota has been exceeded',
  status,
  'violated-policies': decisions.filter(({ allowed }) => !allowed).map(({ quota }) => quota.name),
});

/** Text as it is, anything else as JSON. */
function ownBody(status: number, message: unknown): Reply {
  const isText = typeof message === 'string' || Buffer.isBuffer(message);
  return {
    status,
    headers: { 'Content-Type': isText ? 'text/plain; charset=utf-8' : 'application/json; charset=utf-8' },
    body: isText ? message : (JSON.stringify(message) ?? ''),
  };
}
