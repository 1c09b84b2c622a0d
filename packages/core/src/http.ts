import { type IncomingMessage, type RequestListener, type ServerResponse, STATUS_CODES } from 'node:http';
import { warning } from './events';
import type { Filter, Reply } from './filter';
import { compileTrust, FrontRequest, type TrustProxy } from './front';
import { attach, callNative } from './node/attach';
import { sendReply } from './node/reply';
import { type Host, walk } from './node/walk';
import { checkOptions, OptionError } from './options';

export interface FrontOptions {
  /**
   * Which proxies to believe about the client's address, protocol and host; Express's meanings of `trust proxy`.
   * In production it has to be said, `false` included. @default false
   */
  readonly trustProxy?: TrustProxy | undefined;
}

type Next = (error?: unknown) => void;

/** Middleware as node:http knows it: where nothing is answered, `next` goes on. */
export type NodeMiddleware = (req: IncomingMessage, res: ServerResponse, next: Next) => void;

const NODE: Host<IncomingMessage, Next> = {
  attach(req, res, hooks) {
    if (hooks.provide) Object.assign(req, hooks.provide);
    attach(res, hooks);
  },
  reply: (_req, res, reply) => sendReply(res, reply),
  delegate: (req, res, next, outcome) => callNative(res, outcome, req, res, next).catch(next),
  fail: (next, error) => next(error),
  pass: (next) => next(),
};

/**
 * Several filters as one function for a listener of node:http or node:http2, the first outermost.
 * @throws {OptionError} for a wrong `trustProxy`.
 */
export function stack(
  filters: readonly Filter<IncomingMessage>[],
  options: FrontOptions = {},
): NodeMiddleware {
  checkOptions('stack', options, { trustProxy: () => undefined });
  const { trustProxy } = options;
  const inOrder = [...filters];
  const trust = trustProxy === undefined || trustProxy === false ? undefined : compileTrust(trustProxy);
  let warned = trustProxy !== undefined;
  return (req: IncomingMessage & { res?: ServerResponse }, res, next) => {
    req.res ??= res; // as Express links them
    if (!warned && req.headers['x-forwarded-for'] !== undefined) {
      warned = true;
      warning.publish(UNTRUSTED_PROXY);
    }
    walk(NODE, inOrder, 0, new FrontRequest(req, trust), req, res, next);
  };
}

const UNTRUSTED_PROXY = {
  code: 'X_FORWARDED_FOR_IGNORED',
  message:
    'A request carries X-Forwarded-For, but trustProxy is not set: all clients behind that proxy count as one. ' +
    'Set trustProxy to the number of proxies in front of this server, or to false where there is none.',
};

/**
 * Filters in front of a whole application: an Express app, Koa's `app.callback()`, any request listener. They run before
 * anything of the application does, its logs and its authentication too.
 * @throws {OptionError} for a wrong `trustProxy`, or none with NODE_ENV=production.
 */
export function inFront(
  app: RequestListener,
  filters: readonly Filter<IncomingMessage>[],
  options: FrontOptions = {},
): RequestListener {
  if (options.trustProxy === undefined && process.env.NODE_ENV === 'production') {
    throw new OptionError(
      'inFront',
      'trustProxy',
      'must be set in production (false where no proxy is in front)',
      undefined,
    );
  }
  const enter = stack(filters, options);
  return (req, res) =>
    enter(req, res, (error) => {
      if (error === undefined) app(req, res);
      else answerError(res, error);
    });
}

function answerError(res: ServerResponse, error: unknown): void {
  if (res.headersSent) return void res.destroy();
  try {
    sendReply(res, errorReply(error));
  } catch {
    // The error's own fields can't be sent.
    sendReply(res, errorReply(undefined));
  }
}

interface HttpError {
  readonly status?: number;
  readonly expose?: boolean;
  readonly message?: string;
  readonly headers?: Reply['headers'];
}

/** What an error says of itself, by the properties that http-errors gives it. */
function errorReply(error: unknown): Reply {
  const { status = 500, expose = false, message, headers } = (error ?? {}) as HttpError;
  const known = status >= 400 && status <= 599 ? status : 500;
  return {
    status: known,
    headers: { ...headers, 'Content-Type': 'text/plain; charset=utf-8' },
    body: `${(expose && message) || (STATUS_CODES[known] ?? 'Error')}\n`,
  };
}
