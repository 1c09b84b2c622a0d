import type { IncomingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';
import { monotonic } from '../clock';
import { hookError } from '../events';
import type { Delegate, Fields, Hooks } from '../filter';
import { setDeadline } from '../signal';
import { setFields } from './fields';
import { intercept } from './intercept';
import { forgetOuterFields, outerFields } from './outer-fields';
import { substituteBody } from './request-body';
import { substituteHeaders } from './request-headers';
import { isCutOff, onceClosed, type Response, streamOf } from './response';

/** Lets the filter take part in the response. `provide` is the host's business. */
export function attach(res: Response, hooks: Hooks): void {
  const { requestBody, requestHeaders, overtake, onClose, deadlineMs } = hooks;
  if (deadlineMs !== undefined) setDeadline(res, deadlineMs);
  if (onClose) notifyClose(res, onClose);
  const onHead = requestHeaders ? withOtherHeaders(res, hooks, requestHeaders) : hooks.onHead;
  for (const stage of stagesOf(requestBody)) substituteBody(res, stage);
  if (hooks.headers || hooks.append) setFieldsInTime(res, hooks);
  if (onHead && !res.headersSent) intercept(res, { onHead, outer: outerFields(res), of: hooks });
  if (overtake) watch(res, overtake);
}

/**
 * Nothing can be said any more where somebody before the filter has begun to answer. That is asked only where setting has failed:
 * on Express the question costs as much as a field.
 */
function setFieldsInTime(res: Response, fields: Fields): void {
  try {
    setFields(res, fields);
    forgetOuterFields();
  } catch (error) {
    if (!res.headersSent) throw error;
  }
}

/** The hook, once the request has its own fields back; without an answer it gets them at the end. */
function withOtherHeaders(res: Response, { onHead }: Hooks, headers: IncomingHttpHeaders): Hooks['onHead'] {
  const giveBack = substituteHeaders(res, headers);
  onceClosed(res, giveBack);
  return (head, whole, outer) => {
    giveBack();
    return onHead?.(head, whole, outer);
  };
}

/** The client has left before the filter let it pass: what was given to its request comes back. */
export function abandon(res: Response, { requestBody, overtake, onClose }: Hooks): void {
  for (const stage of stagesOf(requestBody)) stage.destroy();
  if (overtake) watch(res, overtake);
  if (onClose) notifyClose(res, onClose);
}

const NONE: readonly Duplex[] = [];

const stagesOf = (requestBody: Hooks['requestBody']): readonly Duplex[] =>
  requestBody === undefined ? NONE : [requestBody].flat();

/** Calls the framework's own function, at once; it may throw or reject. */
export function callNative(res: Response, outcome: Delegate, ...native: unknown[]): Promise<unknown> {
  setFields(res, outcome);
  const call = outcome.delegate as (...native: unknown[]) => unknown;
  return new Promise((resolve) => resolve(call(...native)));
}

function notifyClose(res: Response, onClose: NonNullable<Hooks['onClose']>): void {
  const since = monotonic();
  onceClosed(res, () => {
    const aborted = isCutOff(res);
    // Looked for where there may be one: on Express that costs a microsecond.
    const error = aborted ? (res.errored ?? streamOf(res)?.errored) : undefined;
    const closed = { status: res.statusCode, aborted, durationMs: monotonic() - since };
    guard('onClose', () => onClose(error ? { ...closed, error } : closed));
  });
}

/** Runs a callback of a filter whose failure has no response to end. */
export function guard(hook: string, callback: () => unknown): void {
  try {
    callback();
  } catch (error) {
    hookError.publish({ error, hook });
  }
}

function watch(res: Response, overtake: NonNullable<Hooks['overtake']>): void {
  const place = res.headersSent
    ? undefined
    : intercept(res, { onHead: () => undefined, outer: outerFields(res) });
  overtake.then(
    (reply) => reply && place?.layer.overtake(reply, place.place),
    (error) => hookError.publish({ error, hook: 'overtake' }),
  );
}
