import {
  clientKey,
  type Filter,
  type HttpRequest,
  isReplay,
  nodeRequestOf,
  nodeResponseOf,
  type Outcome,
  type Wait,
} from '@spillway/core';
import type { Admission, ShedReason } from './admission';
import { excludeUpload, isWithClient } from './client-side';
import { isDraining } from './drain';
import { LoadShedder, type LoadShedderOptions, loadShedderChecks } from './load-shedder';
import { type BackpressureOptions, checkBackpressureOptions } from './options';
import { createRefusal } from './refusal';
import { isHealthCheck, pathOf, READINESS } from './skip';
import { serverOf, trafficOf } from './traffic';

/**
 * A filter that refuses what a server can't serve in time, so that it serves the rest.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createBackpressure<Context extends object>(
  options: BackpressureOptions<Context> = {},
): Filter<Context> {
  checkBackpressureOptions(options as BackpressureOptions<never>);
  const {
    shedder = new LoadShedder(shedderOptions(options)),
    priority: priorityOf,
    key: keyOf,
    client: clientOf,
    deadline: deadlineOf,
    maxDeadlineMs = 60_000,
    skip,
    refuse: refuseBy = 'reply',
  } = options;
  const refusal = createRefusal(refuseBy);

  const refuse = (request: HttpRequest, reason: ShedReason): Outcome =>
    refusal(request, reason, shedder.retryAfterSeconds());

  const run = (context: Context, admission: Admission, deadlineMs: number): Outcome => {
    const req = nodeRequestOf(context);
    const res = nodeResponseOf(context)!;
    const server = serverOf(req);
    const traffic = server && trafficOf(server);
    traffic?.add(req, res);
    excludeUpload(req, admission);
    const onClose = () => {
      traffic?.responses.delete(res);
      admission.leave();
    };
    return { deadlineMs, onClose };
  };

  const wait = (request: HttpRequest, context: Context, admission: Admission, deadlineMs: number): Wait => ({
    wait: admission.whenSettled().then((reason) => {
      const leftMs = deadlineMs - (shedder.now() - admission.sinceMs);
      if (reason) return refuse(request, reason);
      if (leftMs > 0) return run(context, admission, leftMs);
      admission.leave();
      return refuse(request, 'deadline');
    }),
    onAbort: () => admission.leave(),
  });

  return (request, context) => {
    // What the server sends itself once more waits for nobody.
    if (isReplay(context)) return undefined;
    if (skip ? skip(context) : isHealthCheck(request)) {
      shedder.skip();
      return isUnready(request, context) ? refuse(request, 'load') : undefined;
    }
    const deadlineMs = capped(deadlineOf?.(context), maxDeadlineMs);
    const res = nodeResponseOf(context);
    const admission = shedder.ask({
      priority: priorityOf?.(context),
      key: keyOf?.(context),
      client: () => (clientOf ? clientOf(context) : clientKey(request.ip)),
      deadlineMs,
      isDone: res && ((ranMs) => isWithClient(res, ranMs)),
    });
    if (typeof admission === 'string') return refuse(request, admission);
    return admission.state === 'waiting'
      ? wait(request, context, admission, deadlineMs)
      : run(context, admission, deadlineMs);
  };
}

/** Readiness fails while the server is going, so that no balancer sends it more. */
const isUnready = (request: HttpRequest, context: object): boolean =>
  pathOf(request) === READINESS && isDraining(nodeRequestOf(context));

/** What no clock can tell is no deadline. */
const capped = (deadlineMs: number | undefined, maxMs: number): number =>
  typeof deadlineMs === 'number' && !Number.isNaN(deadlineMs)
    ? Math.min(deadlineMs, maxMs)
    : Number.POSITIVE_INFINITY;

const shedderOptions = (options: LoadShedderOptions): LoadShedderOptions =>
  Object.fromEntries(
    Object.entries(options).filter(([name]) => Object.hasOwn(loadShedderChecks, name)),
  ) as LoadShedderOptions;
