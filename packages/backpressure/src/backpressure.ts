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
import { awaitsBody, isWithClient } from './client-side';
import { isDraining } from './drain';
import { LoadShedder, type LoadShedderOptions, loadShedderChecks } from './load-shedder';
import { type BackpressureOptions, checkBackpressureOptions } from './options';
import { createRefusal } from './refusal';
import { isHealthCheck, pathOf, READINESS } from './skip';
import { serverOf, type Traffic, trafficOf } from './traffic';

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
    const traffic = noteRequest(context);
    const res = nodeResponseOf(context)!;
    const onClose = () => {
      traffic?.responses.delete(res);
      admission.leave();
    };
    return { deadlineMs, onClose };
  };

  const wait = (request: HttpRequest, context: Context, admission: Admission, deadlineMs: number): Wait => {
    const traffic = noteRequest(context);
    const onAbort = () => {
      traffic?.responses.delete(nodeResponseOf(context)!);
      admission.leave();
    };
    const settled = admission.whenSettled().then((reason) => {
      const isGone = nodeRequestOf(context).socket.destroyed;
      if (!reason && !isGone)
        return run(context, admission, deadlineMs - (shedder.now() - admission.sinceMs));
      onAbort();
      return refuse(request, reason ?? 'timeout');
    });
    return { wait: settled, onAbort };
  };

  return (request, context) => {
    // What the server sends itself once more waits for nobody.
    if (isReplay(context)) return undefined;
    if (isUnready(request, context)) return refuse(request, 'load');
    if (skip ? skip(context) : isHealthCheck(request)) {
      shedder.skip();
      trafficOfRequest(context)?.meet(nodeRequestOf(context));
      return undefined;
    }
    const deadlineMs = capped(deadlineOf?.(context), maxDeadlineMs);
    const res = nodeResponseOf(context);
    const admission = shedder.ask({
      priority: priorityOf?.(context),
      key: keyOf?.(context),
      client: () => (clientOf ? clientOf(context) : clientKey(request.ip)),
      deadlineMs,
      isDone:
        res && ((ranMs, running) => isWithClient(res, ranMs) || awaitsBody(nodeRequestOf(context), running)),
    });
    if (typeof admission === 'string') return refuse(request, admission);
    return admission.state === 'waiting'
      ? wait(request, context, admission, deadlineMs)
      : run(context, admission, deadlineMs);
  };
}

/** Readiness fails while the server is going, so that no balancer sends it more; whatever is skipped. */
const isUnready = (request: HttpRequest, context: object): boolean =>
  isDraining(nodeRequestOf(context)) && pathOf(request) === READINESS;

/** Notes a request until it is over, with what its server has to finish. */
function noteRequest(context: object): Traffic | undefined {
  const traffic = trafficOfRequest(context);
  traffic?.add(nodeRequestOf(context), nodeResponseOf(context)!);
  return traffic;
}

function trafficOfRequest(context: object): Traffic | undefined {
  const server = serverOf(nodeRequestOf(context));
  return server && trafficOf(server);
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
