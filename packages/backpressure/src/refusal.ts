import {
  createProblemReply,
  type HttpRequest,
  type Outcome,
  type RefuseBy,
  type Reply,
  refusalError,
  TEMPORARY_REDUCED_CAPACITY,
} from '@spillway/core';
import type { ShedReason } from './admission';

/** Answers a request for which there is no time; a server does that when it has none, so that most of it is made once. */
export function createRefusal(
  refuse: RefuseBy,
): (request: HttpRequest, reason: ShedReason, afterS: number) => Outcome {
  const replyTo = createProblemReply(TEMPORARY_REDUCED_CAPACITY);
  const usual: Reply[] = [];
  const reply = (request: HttpRequest, afterS: number): Reply => {
    const { accept } = request.headers;
    if (accept !== undefined && accept !== '*/*') return withRetryAfter(replyTo(request), afterS);
    usual[afterS] ??= withRetryAfter(replyTo(request), afterS);
    return usual[afterS];
  };
  if (refuse === 'reply') return (request, _reason, afterS) => reply(request, afterS);
  return (request, reason, afterS) =>
    refusalError(reply(request, afterS), { code: 'ERR_OVERLOADED', reason });
}

const withRetryAfter = (reply: Reply, afterS: number): Reply => ({
  ...reply,
  headers: { ...reply.headers, 'Retry-After': String(afterS) },
});
