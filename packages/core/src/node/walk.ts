import { hookError } from '../events';
import type { Delegate, Failure, Filter, Hooks, HttpRequest, Outcome, Reply, Wait } from '../filter';
import { abandon, guard } from './attach';
import { forgetOuterFields } from './outer-fields';
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
  forgetOuterFields();
  for (let i = from; i < filters.length; i++) {
    let failure: Failure | undefined;
    try {
      const outcome = filters[i]!(request, context);
      if (outcome === undefined) continue;
      if (isHooks(outcome)) host.attach(context, res, outcome);
      else if ('status' in outcome) return host.reply(context, res, outcome);
      else if ('delegate' in outcome) return host.delegate(context, res, next, outcome);
      else if ('error' in outcome) failure = outcome;
      else {
        return whenSettled(
          res,
          outcome,
          (settled) =>
            walk(
              host,
              filters.with(i, () => settled),
              i,
              request,
              context,
              res,
              next,
            ),
          (error) => host.fail(next, error),
        );
      }
    } catch (error) {
      hookError.publish({ error, hook: 'filter' });
      failure = { error };
    }
    if (failure) return host.fail(next, failure.error);
  }
  return host.pass(next);
}

const isHooks = (outcome: NonNullable<ReturnType<Filter>>): outcome is Hooks =>
  !(
    'status' in outcome ||
    'delegate' in outcome ||
    'error' in outcome ||
    'wait' in outcome ||
    'then' in outcome
  );

/** Waits for a later outcome. Nobody is answered who has left meanwhile; what was leased to them comes back. */
function whenSettled(
  res: Response,
  pending: Promise<Outcome | Wait> | Wait,
  then: (outcome: Outcome | Wait) => unknown,
  failed: (error: unknown) => unknown,
): Promise<unknown> {
  const { wait, onAbort } = 'wait' in pending ? pending : { wait: pending };
  let left = false;
  const settled = wait.then(
    (outcome) => {
      forget();
      return left ? leave(res, outcome) : then(outcome);
    },
    (error) => {
      forget();
      hookError.publish({ error, hook: 'filter' });
      return left ? undefined : failed(error);
    },
  );
  const forget = onceClosed(res, () => {
    left = true;
    if (onAbort) guard('onAbort', onAbort);
  });
  return settled;
}

function leave(res: Response, outcome: Outcome | Wait): unknown {
  if (outcome === undefined || 'status' in outcome || 'delegate' in outcome || 'error' in outcome)
    return undefined;
  if ('wait' in outcome) return whenSettled(res, outcome, ignore, ignore);
  return abandon(res, outcome);
}

const ignore = (): void => {};
