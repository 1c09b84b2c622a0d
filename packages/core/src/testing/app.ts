import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Readable } from 'node:stream';

/** What the application of a test answers; each host says it by its framework's own means. */
export interface Answer {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
  /** A body known in full: `res.send` on Express, `ctx.body` on Koa. */
  readonly body?: string | Buffer;
  readonly json?: object;
  readonly stream?: Readable;
}

/** A request as it has reached the application. */
export interface Handled {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** Where the host puts what filters provide: `req` itself, `ctx.state` on Koa. */
  readonly provided: Readonly<Record<string, unknown>>;
}

/** Answers, throws what its framework shall handle, or returns nothing where it answers on `res` itself. */
export type App = (request: Handled) => Answer | void | Promise<Answer | void>;
