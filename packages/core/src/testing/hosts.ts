import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { stack as expressStack } from '../express';
import type { Filter } from '../filter';
import { inFront, stack } from '../http';
import { stack as koaStack } from '../koa';
import type { Answer, App, Handled } from './app';

export type ConnectMiddleware = (
  req: IncomingMessage,
  res: ServerResponse,
  next: (error?: unknown) => void,
) => void;

/** What is mounted, the first outermost: a filter, or middleware of somebody else. */
export type Item = Filter<never> | { readonly connect: ConnectMiddleware };

/** Mounts items before an application, in one framework's way. */
export type MakeListener = (items: readonly Item[], app: App) => RequestListener;

type Next = (error?: unknown) => void;

interface ExpressApp {
  set(name: string, value: unknown): unknown;
  use(middleware: (req: never, res: never, next: Next) => void): unknown;
}
interface ExpressResponse extends ServerResponse {
  status(status: number): this;
  set(fields: object): this;
  send(body: unknown): this;
  json(body: unknown): this;
}
/** What `require('express')` gives, of version 4 or 5. */
export type ExpressModule = () => unknown;

/** Express, without entity tags and without logging of errors. */
export function expressHost(express: ExpressModule): MakeListener {
  return (items, app) => {
    const root = express() as ExpressApp;
    root.set('env', 'test');
    root.set('etag', false);
    root.set('x-powered-by', false);
    for (const item of items) root.use(isFilter(item) ? expressStack([item]) : item.connect);
    root.use((req: IncomingMessage, res: ExpressResponse, next: Next) => {
      handle(app, { req, res, provided: provided(req) }, next, (answer) => {
        res.status(answer.status ?? 200).set(answer.headers ?? {});
        if (answer.stream) return pipe(answer.stream, res, next);
        if (answer.json) return res.json(answer.json);
        return answer.body === undefined ? res.end() : res.send(answer.body);
      });
    });
    return root as unknown as RequestListener;
  };
}

interface KoaContext {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly state: Record<string, unknown>;
  status: number;
  body: unknown;
  respond?: boolean;
  set(fields: object): void;
}
interface KoaApp {
  silent: boolean;
  use(middleware: (ctx: KoaContext, next: () => Promise<unknown>) => Promise<unknown>): unknown;
  callback(): RequestListener;
}
/** What `require('koa')` gives, of version 2 or 3. */
export type KoaModule = new () => unknown;

/** Koa, without logging of errors. */
export function koaHost(Koa: KoaModule): MakeListener {
  return (items, app) => {
    const root = new Koa() as KoaApp;
    root.silent = true;
    for (const item of items) {
      root.use(
        isFilter(item) ? (koaStack([item]) as never) : (ctx, next) => entered(item.connect, ctx).then(next),
      );
    }
    root.use(async (ctx) => {
      const { req, res, state } = ctx;
      const answer = await app({ req, res, provided: state });
      if (!answer) {
        ctx.respond = false;
        return;
      }
      ctx.body = answer.stream ?? answer.json ?? answer.body ?? null;
      ctx.status = answer.status ?? 200;
      ctx.set(answer.headers ?? {});
    });
    return root.callback();
  };
}

const entered = (connect: ConnectMiddleware, { req, res }: KoaContext): Promise<void> =>
  new Promise((resolve, reject) => connect(req, res, (error) => (error ? reject(error) : resolve())));

/** Filters as middleware of a plain node:http or node:http2 listener. */
export function nodeHost(): MakeListener {
  return (items, app) => {
    const middleware = items.map((item) =>
      isFilter(item) ? stack([item as Filter<unknown>], { trustProxy: false }) : item.connect,
    );
    const listener = plainListener(app);
    return (req, res) => {
      const enter = (i: number, error?: unknown): void => {
        if (error !== undefined) return fail(res, error);
        if (i === middleware.length) return void listener(req, res);
        middleware[i]!(req, res, (failed) => enter(i + 1, failed));
      };
      enter(0);
    };
  };
}

/** Filters in front of a whole application; somebody else's middleware divides them into several fronts. */
export function frontHost(make: MakeListener = nodeHost()): MakeListener {
  return (items, app) => {
    let listener = make([], app);
    let filters: Filter<unknown>[] = [];
    for (const item of [...items].reverse()) {
      if (isFilter(item)) {
        filters.unshift(item as Filter<unknown>);
        continue;
      }
      const inner = inFront(listener, filters, { trustProxy: false });
      listener = (req, res) =>
        item.connect(req, res, (error) => (error ? fail(res, error) : inner(req, res)));
      filters = [];
    }
    return inFront(listener, filters, { trustProxy: false });
  };
}

const isFilter = (item: Item): item is Filter<never> => typeof item === 'function';

const provided = (req: IncomingMessage) => req as unknown as Handled['provided'];

function plainListener(app: App): RequestListener {
  return (req, res) => {
    const next = (error: unknown) => fail(res, error);
    handle(app, { req, res, provided: provided(req) }, next, (answer) => {
      res.statusCode = answer.status ?? 200;
      for (const [name, value] of Object.entries(answer.headers ?? {}))
        if (value !== undefined) res.setHeader(name, value);
      if (answer.stream) return pipe(answer.stream, res, next);
      if (!answer.json) return res.end(answer.body);
      res.setHeader('Content-Type', 'application/json; charset=utf-8');
      return res.end(JSON.stringify(answer.json));
    });
  };
}

function handle(app: App, request: Handled, fail: Next, answerWith: (answer: Answer) => unknown): void {
  new Promise<Answer | void>((resolve) => resolve(app(request)))
    .then((answer) => void (answer && answerWith(answer)))
    .catch(fail);
}

function pipe(stream: NonNullable<Answer['stream']>, res: ServerResponse, fail: Next): void {
  stream.once('error', fail);
  res.once('close', () => stream.destroy());
  stream.pipe(res);
}

/** As a small application would: the error's own status, and the connection's end where the head has left. */
function fail(res: ServerResponse, error: unknown): void {
  if (res.headersSent) return void res.destroy(error as Error);
  res.statusCode = (error as { status?: number }).status ?? 500;
  res.setHeader('Content-Type', 'text/plain; charset=utf-8');
  res.end('Error\n');
}
