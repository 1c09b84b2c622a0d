import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import type { Duplex } from 'node:stream';

/** What a filter may know of a request. Express's `req` and Koa's `ctx.request` fit as they are. */
export interface HttpRequest {
  readonly method: string;
  /** Path and query as the client sent them, whatever router it passed. */
  readonly originalUrl: string;
  /** The framework's own object: a field put here is seen by the application. */
  readonly headers: IncomingHttpHeaders;
  /** The client's address by the host's own proxy rules; undefined over a unix socket or once the client has gone. */
  readonly ip?: string | undefined;
  readonly protocol: string;
  readonly host: string | undefined;
}

/** Status and fields of a response that is about to be sent. */
export interface ResponseHead {
  statusCode: number;
  getHeader(name: string): number | string | string[] | undefined;
  getHeaders(): OutgoingHttpHeaders;
  setHeader(name: string, value: number | string | readonly string[]): unknown;
  removeHeader(name: string): void;
}

/** A body known in full. A string is UTF-8. */
export type Body = string | Buffer;

/** Fields for the response; both forms are set at once and need no interception. */
export interface Fields {
  /** Set in place of what is there. */
  readonly headers?: OutgoingHttpHeaders;
  /** List fields, joined with a comma to what is there (RFC 9110, 5.3): two filters may both say something. */
  readonly append?: Readonly<Record<string, string>>;
}

/** An answer in place of the application's. */
export interface Reply extends Fields {
  readonly status: number;
  readonly body?: Body;
}

/**
 * A stream between the application and the client. Where it holds bytes back, `flush` lets them go: it is called when the application
 * flushes its response, and once in each turn of the event loop that writes, from then on.
 */
export type Stage = Duplex & { flush?(): unknown };

/** What becomes of the body once the head is known. Nothing returned: it is sent as it is. */
export type BodyAction =
  /** In place of a whole, a streamed or an absent body; what the application still writes is swallowed. */
  | { readonly replace: Body }
  /** In place of all that the application said: status, fields and body. Fields set outside of the filter stay. */
  | { readonly answer: Reply }
  /** A stream in between. */
  | { readonly through: Stage }
  /** Looks and doesn't touch; `end` is called only where the body was complete. */
  | { readonly tap: (chunk: Buffer) => void; readonly end: () => void };

/** How a response came to its end. */
export interface Closed {
  readonly status: number;
  /** True where the client left, or the response was destroyed, before its last byte was handed over. */
  readonly aborted: boolean;
  /** Milliseconds since the filter let the request pass. */
  readonly durationMs: number;
  /** What destroyed the response, where something did. */
  readonly error?: unknown;
}

/** Let the request pass and take part in its response. */
export interface Hooks extends Fields {
  /** Handed to the application: `req[name]` on Express and node:http, `ctx.state[name]` on Koa. */
  readonly provide?: Readonly<Record<string, unknown>>;
  /**
   * Milliseconds that the application has; then `signalOf` of the request aborts. On Koa the signal is `ctx.state.signal` too. Infinity
   * where only the client's leaving aborts it.
   */
  readonly deadlineMs?: number;
  /**
   * What the application reads in place of the request's fields; what the client sent is back before `onHead` is called.
   */
  readonly requestHeaders?: IncomingHttpHeaders;
  /**
   * What the application reads in place of the request's body: the body is written in, the application reads what comes out. Of
   * several, each reads from the one before.
   */
  readonly requestBody?: Duplex | readonly Duplex[];
  /**
   * Called once, before the first byte leaves; `whole` is the body where it is known in full (`''` for none), `outer` are the
   * fields that others had set before this filter took part: they are not the application's. A promise holds the head back.
   * Not called where the head had left before the filter saw the request.
   */
  readonly onHead?: (
    head: ResponseHead,
    whole: Body | undefined,
    outer: Readonly<OutgoingHttpHeaders>,
  ) => BodyAction | undefined | Promise<BodyAction | undefined>;
  /** An answer that overtakes the application's, where the head has not left by then. */
  readonly overtake?: Promise<Reply | undefined>;
  /** Called exactly once, also where the client left before the filter had answered. */
  readonly onClose?: (closed: Closed) => void;
}

/** Let the framework's own function answer: `(req, res, next)` on Express and node:http, `(ctx, next)` on Koa. */
export interface Delegate extends Fields {
  readonly delegate: (...native: never[]) => unknown;
}

/** Hand an error to the framework: `next(error)` on Express, a throw on Koa, its own `status` and `headers` on node:http. */
export interface Failure {
  readonly error: unknown;
}

/** What a filter decides of a request; undefined lets it pass. */
export type Outcome = Reply | Hooks | Delegate | Failure | undefined;

/** The outcome comes later; `onAbort` says that the client has left and nobody waits any more. */
export interface Wait {
  readonly wait: Promise<Outcome>;
  readonly onAbort?: () => void;
}

/** Framework-neutral middleware: looks at one request and says, as a value, what should happen. */
export type Filter<Context = unknown> = (
  request: HttpRequest,
  context: Context,
) => Outcome | Wait | Promise<Outcome | Wait>;
