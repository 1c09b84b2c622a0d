import type { ServerResponse } from 'node:http';
import { monotonic } from './clock';
import { nodeResponseOf } from './node/request';
import { isClosed, isCutOff, onceClosed } from './node/response';

/** Whether nobody waits for the answer to a request any more; false where its response is not known. */
export function isAbandoned(request: object): boolean {
  const response = nodeResponseOf(request);
  return response !== undefined && isClosed(response);
}

/**
 * Calls back once when the response to a request is over, at once where it is already: what `onClose` is for a filter, for who finds out later
 * that he needs it.
 * @param listener told whether the client left, or the response was destroyed, before its last byte was handed over. It must not throw.
 * @throws {TypeError} where the response to the request is not known.
 */
export function onClosed(request: object, listener: (aborted: boolean) => void): void {
  const response = nodeResponseOf(request);
  if (!response) throw new TypeError('onClosed: the response is not known');
  onceClosed(response, () => listener(isCutOff(response)));
}

const signals = new WeakMap<ServerResponse, AbortController>();
const deadlines = new WeakMap<ServerResponse, number>();

/**
 * A signal that aborts when the client leaves before its response is complete, or when the request's deadline passes, for whatever works on
 * a request's behalf: a query, a `fetch`. One a request, made when it is first asked for.
 * @param request Express's, Koa's context or request, or node's.
 * @param response needed on a plain node:http server only, where no filter is mounted.
 * @throws {TypeError} where the response to the request is not known.
 */
export function signalOf(request: object, response = nodeResponseOf(request)): AbortSignal {
  if (!response)
    throw new TypeError('signalOf: the response is not known, hand it in as the second argument');
  const found = signals.get(response);
  if (found) return found.signal;
  const controller = new AbortController();
  signals.set(response, controller);
  onceClosed(response, () => {
    if (isCutOff(response)) controller.abort();
  });
  const deadline = deadlines.get(response);
  if (deadline !== undefined) abortAt(deadline, response, controller);
  return controller.signal;
}

/** Milliseconds until the deadline of a request passes, negative where it has; Infinity where it has none. */
export function timeLeftOf(request: object, response = nodeResponseOf(request)): number {
  const deadline = response && deadlines.get(response);
  return deadline === undefined ? Number.POSITIVE_INFINITY : deadline - monotonic();
}

/** Aborts the request's signal in so many milliseconds, if there is one by then. Of several deadlines the first one counts. */
export function setDeadline(response: ServerResponse, deadlineMs: number): void {
  // Nothing is noted where there is none: most requests have none.
  if (deadlineMs === Number.POSITIVE_INFINITY) return;
  const deadline = monotonic() + deadlineMs;
  const earlier = deadlines.get(response);
  if (earlier !== undefined && earlier <= deadline) return;
  deadlines.set(response, deadline);
  const controller = signals.get(response);
  if (controller) abortAt(deadline, response, controller);
}

function abortAt(deadline: number, response: ServerResponse, controller: AbortController): void {
  const abort = () =>
    controller.abort(new DOMException('The deadline of the request has passed', 'TimeoutError'));
  const leftMs = deadline - monotonic();
  if (leftMs <= 0) return abort();
  const timer = setTimeout(abort, Math.min(leftMs, MAX_TIMEOUT_MS)).unref();
  onceClosed(response, () => clearTimeout(timer));
}

/** What a timer can be set to. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
