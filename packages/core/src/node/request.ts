import type { IncomingMessage, ServerResponse } from 'node:http';

/** A request in any form that a filter or an application has of it: node's, Express's, Koa's context or its request. */
interface AnyRequest {
  readonly req?: IncomingMessage;
  readonly res?: ServerResponse;
}

/** Node's own request, of any form that a framework or a mount makes of it. */
export const nodeRequestOf = (request: object): IncomingMessage =>
  (request as AnyRequest).req ?? (request as IncomingMessage);

/** Node's response to it, where a framework or a filter's mount has linked the two. */
export const nodeResponseOf = (request: object): ServerResponse | undefined =>
  (request as AnyRequest).res ?? (nodeRequestOf(request) as AnyRequest).res;

/** Path and query as the client sent them, whatever router the request has passed. */
export const targetOf = (req: IncomingMessage): string =>
  (req as { originalUrl?: string }).originalUrl ?? req.url!;
