import { monotonic } from '../clock';
import { hookError } from '../events';
import type { Hooks, Reply } from '../filter';
import { setFields } from './fields';
import { innerLayer, intercept } from './intercept';
import { substituteBody } from './request-body';
import { onceClosed, type Response } from './response';

/** Lets the filter take part in the response. `provide` is the host's business. */
export function attach(res: Response, hooks: Hooks): void {
  setFields(res, hooks);
  const { requestBody, onHead, overtake, onClose } = hooks;
  if (requestBody) substituteBody(res, requestBody);
  if (onHead && !res.headersSent) intercept(res, onHead);
  if (overtake) watch(res, overtake);
  if (onClose) notifyClose(res, onClose);
}

/** Sends an answer as data through the hooks further out, around their patched methods where nobody else's lie on top. */
export function sendReply(res: Response, reply: Reply): void {
  res.statusCode = reply.status;
  setFields(res, reply);
  const layer = innerLayer(res);
  if (layer) layer.end(reply.body);
  else res.end(reply.body);
}

export function notifyClose(res: Response, onClose: NonNullable<Hooks['onClose']>): void {
  const since = monotonic();
  onceClosed(res, () => {
    const error = res.errored ?? undefined;
    guard('onClose', () =>
      onClose({
        status: res.statusCode,
        aborted: !res.writableFinished,
        durationMs: monotonic() - since,
        ...(error && { error }),
      }),
    );
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
  const { layer, place } = intercept(res, () => undefined);
  overtake
    .then((reply) => reply && layer.overtake(reply, place))
    .catch((error) => hookError.publish({ error, hook: 'overtake' }));
}
