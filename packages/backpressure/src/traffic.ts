import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2Session } from 'node:http2';
import type { Server } from 'node:net';

/** What a server has to finish before it may go. */
export class Traffic {
  /** Requests that are not answered to their end. */
  readonly responses = new Set<ServerResponse>();
  /** HTTP/2 connections, idle ones too, which node itself doesn't know. */
  readonly sessions = new Set<Http2Session>();
  draining = false;

  /** Notes a request; its response is to be deleted when it is over. */
  add(req: IncomingMessage, res: ServerResponse): void {
    this.responses.add(res);
    this.meet(req);
    if (this.draining) announceEnd(req, res);
  }

  /** Notes the connection of a request. */
  meet(req: IncomingMessage): void {
    const session = sessionOf(req);
    if (session) this.know(session);
  }

  know(session: Http2Session): void {
    if (this.sessions.has(session)) return;
    this.sessions.add(session);
    session.once('close', () => this.sessions.delete(session));
  }
}

const traffics = new WeakMap<Server, Traffic>();

export function trafficOf(server: Server): Traffic {
  const found = traffics.get(server);
  if (found) return found;
  const traffic = new Traffic();
  traffics.set(server, traffic);
  server.on('session', (session) => traffic.know(session));
  return traffic;
}

/** That of the server which a request came to; undefined where it came over no connection. */
export function trafficOfRequest({ socket }: IncomingMessage): Traffic | undefined {
  const { server } = (socket ?? {}) as { readonly server?: Server };
  return server && trafficOf(server);
}

const sessionOf = (req: IncomingMessage): Http2Session | undefined =>
  (req as IncomingMessage & Partial<Http2ServerRequest>).stream?.session;

/** The newest response of each connection that was told its end. */
const newest = new WeakMap<object, ServerResponse>();

/** Says that the connection takes no further requests: `Connection: close` (RFC 9112, 9.6), GOAWAY (RFC 9113, 6.8). */
export function announceEnd(req: IncomingMessage, res: ServerResponse): void {
  const session = sessionOf(req);
  if (session) return session.close();
  // Of requests that were pipelined the last one ends the connection.
  const before = newest.get(req.socket);
  if (before && before !== res && !before.headersSent) before.shouldKeepAlive = true;
  newest.set(req.socket, res);
  // Not as a field: Koa drops those of a response that fails.
  res.shouldKeepAlive = false;
}
