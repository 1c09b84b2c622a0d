import type { Context, Middleware, Next } from 'koa';
import type { Fields, Filter, ResponseHead } from './filter';
import { attach, callNative } from './node/attach';
import { setFields } from './node/fields';
import { innerLayer, intercept } from './node/intercept';
import { type Host, walk } from './node/walk';
import { signalOf } from './signal';

/** Middleware as Koa 2 and 3 take it. */
export type KoaMiddleware = Middleware;

const DONE = Promise.resolve();

const KOA: Host<Context, Next> = {
  attach(ctx, res, hooks) {
    if (hooks.provide) Object.assign(ctx.state, hooks.provide);
    if (hooks.deadlineMs !== undefined) defineSignal(ctx);
    if (hooks.headers || hooks.append) keepOnError(ctx, hooks);
    if (hooks.onHead) extendWritable(ctx.app.response);
    attach(res, hooks);
  },
  /** Through `ctx`, so that middleware further out sees status and body. */
  reply(ctx, res, reply) {
    // Koa guesses a type where none is said; the reply says its own, or there is none.
    res.removeHeader('Content-Type');
    setFields(res, reply);
    const isTyped = res.hasHeader('Content-Type');
    ctx.status = reply.status;
    ctx.body = reply.body ?? '';
    if (!isTyped) res.removeHeader('Content-Type');
    return DONE;
  },
  delegate: (ctx, res, next, outcome) => callNative(res, outcome, ctx, next),
  fail(_next, error) {
    throw error;
  },
  pass: (next) => next(),
};

/** What tells a Koa context from the request of another framework. */
export type KoaContext = Pick<Context, 'request' | 'response'>;

/** Mounts one filter in Koa 2 and 3: `app.use(toKoa(filter))`. */
export const toKoa = <Ctx extends KoaContext = Context>(filter: Filter<Ctx>): KoaMiddleware =>
  stack([filter]);

/** Mounts several filters as one middleware, the first outermost. */
export function stack<Ctx extends KoaContext = Context>(filters: readonly Filter<Ctx>[]): KoaMiddleware {
  const inOrder = [...filters] as unknown as readonly Filter<Context>[];
  return (ctx, next) => walk(KOA, inOrder, 0, ctx.request, ctx as Context, ctx.res, next) as Promise<unknown>;
}

const KEPT = Symbol('spillway.kept');
type Keeping = Context & { [KEPT]?: readonly Fields[] | Fields };

/** Koa drops every field when a handler throws. What filters have set is put back before the head leaves. */
function keepOnError(ctx: Keeping, fields: Fields): void {
  const kept = ctx[KEPT];
  ctx[KEPT] = kept === undefined ? fields : [kept, fields].flat();
  extendOnError(ctx.app.context);
}

const extended = new WeakSet<object>();

/** Once for an application, so that a request which doesn't fail pays for one property and no promise. */
function extendOnError(prototype: Pick<Context, 'onerror'>): void {
  if (extended.has(prototype)) return;
  extended.add(prototype);
  const { onerror } = prototype;
  prototype.onerror = function (this: Keeping, error: Error) {
    const kept = this[KEPT];
    // Koa calls it without an error at the end of each streamed body.
    if (error && kept !== undefined && !this.res.headersSent)
      intercept(this.res, { onHead: (head) => putBack(head, [kept].flat()), outer: {} });
    return onerror.call(this, error);
  };
}

function putBack(head: ResponseHead, kept: readonly Fields[]): undefined {
  const missing = new Set(kept.flatMap((fields) => Object.keys({ ...fields.headers, ...fields.append })));
  for (const name of missing) if (head.getHeader(name) !== undefined) missing.delete(name);
  for (const fields of kept) {
    setFields(head, {
      ...(fields.headers && { headers: only(missing, fields.headers) }),
      ...(fields.append && { append: only(missing, fields.append) }),
    });
  }
}

/** Made when it is asked for; `signalOf` node's own request gives the same. */
function defineSignal(ctx: Context): void {
  (ctx.req as { res?: Context['res'] }).res ??= ctx.res;
  if ('signal' in ctx.state) return;
  Object.defineProperty(ctx.state, 'signal', {
    configurable: true,
    enumerable: true,
    get: () => signalOf(ctx),
  });
}

const extendedResponses = new WeakSet<object>();

/**
 * Once for an application: where the client has left, Koa drops the body that the application gave. Who takes part in the response may
 * need it all the same, for others.
 */
function extendWritable(prototype: object): void {
  if (extendedResponses.has(prototype)) return;
  extendedResponses.add(prototype);
  const writable = inheritedGetter(prototype, 'writable');
  Object.defineProperty(prototype, 'writable', {
    configurable: true,
    get(this: Pick<Context, 'res'>) {
      return innerLayer(this.res) !== undefined || writable.call(this);
    },
  });
}

function inheritedGetter(from: object, name: string): () => unknown {
  for (let owner: object | null = from; owner; owner = Object.getPrototypeOf(owner)) {
    const get = Object.getOwnPropertyDescriptor(owner, name)?.get;
    if (get) return get;
  }
  return () => true;
}

const only = <Value>(
  names: ReadonlySet<string>,
  fields: Readonly<Record<string, Value>>,
): Record<string, Value> => Object.fromEntries(Object.entries(fields).filter(([name]) => names.has(name)));
