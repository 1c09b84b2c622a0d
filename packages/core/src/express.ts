import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Request } from 'express';
import type { Filter } from './filter';
import { attach, callNative } from './node/attach';
import { extendPrototype } from './node/intercept';
import { sendReply } from './node/reply';
import type { Response } from './node/response';
import { type Host, walk } from './node/walk';

/** Middleware as Express 4 and 5 take it. Not generic, so that a route's own parameter types stay. */
export type ExpressMiddleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

type Next = (error?: unknown) => void;
interface App {
  readonly parent?: App;
  readonly response: Response;
}

const EXPRESS: Host<Request, Next> = {
  attach(req, res, hooks) {
    if (hooks.provide) Object.assign(req, hooks.provide);
    if (hooks.onHead || hooks.overtake) extendRoot((res as { app?: App }).app);
    attach(res, hooks);
  },
  reply: (_req, res, reply) => sendReply(res, reply),
  delegate: (req, res, next, outcome) => callNative(res, outcome, req, res, next).catch(next),
  fail: (next, error) => next(error),
  pass: (next) => next(),
};

/** Mounts one filter in Express 4 and 5: `app.use(toExpress(filter))`. */
export const toExpress = <Req extends IncomingMessage = Request>(filter: Filter<Req>): ExpressMiddleware =>
  stack([filter]);

/** Mounts several filters as one middleware, the first outermost. */
export function stack<Req extends IncomingMessage = Request>(
  filters: readonly Filter<Req>[],
): ExpressMiddleware {
  const inOrder = [...filters] as unknown as readonly Filter<Request>[];
  return (req, res, next) => void walk(EXPRESS, inOrder, 0, req as Request, req as Request, res, next);
}

const seen = new WeakSet<App>();

/** The response objects of mounted applications inherit from the outermost one's, and a request may leave a mounted one again. */
function extendRoot(app: App | undefined): void {
  if (app === undefined || seen.has(app)) return;
  seen.add(app);
  let root = app;
  while (root.parent) root = root.parent;
  extendPrototype(root.response);
}
