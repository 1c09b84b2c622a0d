import {
  clientKey,
  type Filter,
  type HttpRequest,
  isReplay,
  nodeRequestOf,
  nodeResponseOf,
  type Outcome,
} from '@spillway/core';
import type { ShedReason } from './admission';
import { awaitsBody, isWithClient } from './client-side';
import { LoadShedder } from './load-shedder';
import { type LoadShedderOptions, loadShedderChecks } from './load-shedder-options';
import { type BackpressureOptions, checkBackpressureOptions } from './options';
import { createRefusal } from './refusal';
import { isHealthCheck, pathOf, READINESS } from './skip';
import { trafficOfRequest } from './traffic';

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

  return (request, context) => {
    // What the server sends itself once more waits for nobody.
    if (isReplay(context)) return undefined;
    const req = nodeRequestOf(context);
    const traffic = trafficOfRequest(req);
    // Whatever is skipped: no balancer may send more to a server that is going.
    if (traffic?.draining && pathOf(request) === READINESS) return refuse(request, 'load');
    if (skip ? skip(context) : isHealthCheck(request)) {
      shedder.skip();
      traffic?.meet(req);
      return undefined;
    }
    const res = nodeResponseOf(context)!;
    const deadlineMs = capped(deadlineOf?.(context), maxDeadlineMs);
    const admission = shedder.ask({
      priority: priorityOf?.(context),
      key: keyOf?.(context),
      client: () => (clientOf ? clientOf(context) : clientKey(request.ip)),
      deadlineMs,
      isDone: (ranMs, running) => isWithClient(res, ranMs) || awaitsBody(req, running),
    });
    if (typeof admission === 'string') return refuse(request, admission);
    traffic?.add(req, res);
    const leave = () => {
      traffic?.responses.delete(res);
      admission.leave();
    };
    if (admission.state === 'running') return { deadlineMs, onClose: leave };
    const wait = admission.whenSettled().then((reason): Outcome => {
      if (reason || req.socket.destroyed) {
        leave();
        return refuse(request, reason ?? 'timeout');
      }
      return { deadlineMs: deadlineMs - (shedder.now() - admission.sinceMs), onClose: leave };
    });
    return { wait, onAbort: leave };
  };
}

/** What no clock can tell is no deadline. */
const capped = (deadlineMs: number | undefined, maxMs: number): number =>
  typeof deadlineMs === 'number' && !Number.isNaN(deadlineMs)
    ? Math.min(deadlineMs, maxMs)
    : Number.POSITIVE_INFINITY;

const shedderOptions = (options: LoadShedderOptions): LoadShedderOptions =>
  Object.fromEntries(
    Object.entries(options).filter(([name]) => Object.hasOwn(loadShedderChecks, name)),
  ) as LoadShedderOptions;
