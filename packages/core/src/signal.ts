import type { ServerResponse } from 'node:http';
import { nodeResponseOf } from './node/request';
import { isClosed, isCutOff, onceClosed } from './node/response';

/** Whether nobody waits for the answer to a request any more; false where its response is not known. */
export function isAbandoned(request: object): boolean {
  const response = nodeResponseOf(request);
  return response !== undefined && isClosed(response);
}

const signals = new WeakMap<ServerResponse, AbortSignal>();

/**
 * A signal that aborts when the client leaves before its response is complete, for whatever works on a request's behalf: a
 * query, a `fetch`. One a request, made when it is first asked for.
 * @param request Express's, Koa's context or request, or node's.
 * @param response needed on a plain node:http server only, where no filter is mounted.
 * @throws {TypeError} where the response to the request is not known.
 */
export function signalOf(request: object, response = nodeResponseOf(request)): AbortSignal {
  if (!response)
    throw new TypeError('signalOf: the response is not known, hand it in as the second argument');
  const found = signals.get(response);
  if (found) return found;
  const controller = new AbortController();
  signals.set(response, controller.signal);
  onceClosed(response, () => {
    if (isCutOff(response)) controller.abort();
  });
  return controller.signal;
}
