import { hookError } from '../events';
import type { Delegate, Filter, Hooks, HttpRequest, Outcome, Reply, Wait } from '../filter';
import { guard, notifyClose } from './attach';
import { onceClosed, type Response } from './response';

/** What a framework does with each kind of outcome: one object a framework, nothing a request. */
export interface Host<Context, Next> {
  attach(context: Context, res: Response, hooks: Hooks): void;
  reply(context: Context, res: Response, reply: Reply): unknown;
  delegate(context: Context, res: Response, next: Next, delegate: Delegate): unknown;
  fail(next: Next, error: unknown): unknown;
  /** Let the application have the request. */
  pass(next: Next): unknown;
}

/** Takes one request through the filters of one mount; without a promise while they answer at once. */
export function walk<Context, Next>(
  host: Host<Context, Next>,
  filters: readonly Filter<Context>[],
  from: number,
  request: HttpRequest,
  context: Context,
  res: Response,
  next: Next,
): unknown {
  for (let i = from; i < filters.length; i++) {
    let outcome: ReturnType<Filter>;
    try {
      outcome = filters[i]!(request, context);
      if (outcome === undefined) continue;
      if (isHooks(outcome)) {
        host.attach(context, res, outcome);
        continue;
      }
      if ('status' in outcome) return host.reply(context, res, outcome);
    } catch (error) {
      hookError.publish({ error, hook: 'filter' });
      return host.fail(next, error);
    }
    if ('delegate' in outcome) return host.delegate(context, res, next, outcome);
    if ('error' in outcome) return host.fail(next, outcome.error);
    return whenSettled(res, outcome, {
      then: (settled) => walk(host, filters.with(i, () => settled), i, request, context, res, next),
      failed: (error) => host.fail(next, error),
    });
  }
  return host.pass(next);
}

const isHooks = (outcome: NonNullable<ReturnType<Filter>>): outcome is Hooks =>
  !('status' in outcome || 'delegate' in outcome || 'error' in outcome || 'wait' in outcome || 'then' in outcome);

/** Waits for a later outcome. Nobody is answered who has left meanwhile; what was leased to them comes back. */
function whenSettled(
  res: Response,
  pending: Promise<Outcome> | Wait,
  { then, failed }: { then: (outcome: Outcome) => unknown; failed: (error: unknown) => unknown },
): Promise<unknown> {
  const { wait, onAbort } = 'wait' in pending ? pending : { wait: pending };
  let left = false;
  const forget = onceClosed(res, () => {
    left = true;
    if (onAbort) guard('onAbort', onAbort);
  });
  return wait.then(
    (outcome) => {
      forget();
      return left ? abandon(res, outcome) : then(outcome);
    },
    (error) => {
      forget();
      hookError.publish({ error, hook: 'filter' });
      return left ? undefined : failed(error);
    },
  );
}

function abandon(res: Response, outcome: Outcome): void {
  if (outcome === undefined || !isHooks(outcome)) return;
  outcome.requestBody?.destroy();
  if (outcome.onClose) notifyClose(res, outcome.onClose);
}
