import { IncomingMessage, type OutgoingHttpHeaders, type RequestListener, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { Nowhere } from './node/nowhere';
import { nodeRequestOf, targetOf } from './node/request';

/** How the application answered a request that was sent once more. */
export interface Replayed {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  /** False where the response was destroyed before its end. */
  readonly complete: boolean;
}

/** Requests made by `replay`, and whether there ever was one. */
interface Replays {
  any: boolean;
  /** What each was made of. */
  readonly requests: WeakMap<object, IncomingMessage>;
}

// Symbol.for: a second copy of this package must know a replay of the first.
const REPLAYS = Symbol.for('spillway.replays.v2');
const registry = globalThis as { [key: symbol]: Replays | undefined };
registry[REPLAYS] ??= { any: false, requests: new WeakMap() };
const replays = registry[REPLAYS];

const BODY_FIELDS = ['content-length', 'transfer-encoding', 'expect'];

/** Whether a request was made by `replay`: it is to be neither counted, nor queued, nor refused. */
export const isReplay = (request: object): boolean =>
  // Most applications send none, and on Express each property that is looked for costs.
  replays.any && replays.requests.has(nodeRequestOf(request));

/** Node's own request of which a replay was made; undefined of any other request. */
export const originalOf = (request: object): IncomingMessage | undefined =>
  replays.any ? replays.requests.get(nodeRequestOf(request)) : undefined;

/**
 * Sends a request once more through the root application, detached from the client: nobody reads the body of the answer but
 * the filters on its way. It is GET or HEAD, and no replay of a replay.
 * @param request Express's, Koa's context or request, or node's.
 * @param headers fields in place of the request's own; undefined takes one away.
 * @param app what to send it to. @default whatever listens on the server that the request came in by
 * @throws {TypeError} (as a rejection) for another method, a replay, or a request whose server is not known.
 */
export async function replay(
  request: object,
  headers: Readonly<Record<string, string | undefined>> = {},
  app?: RequestListener,
): Promise<Replayed> {
  const original = nodeRequestOf(request);
  if (original.method !== 'GET' && original.method !== 'HEAD') {
    throw new TypeError(`replay: only GET and HEAD can be sent once more, got ${original.method}`);
  }
  if (isReplay(original)) throw new TypeError('replay: the request is a replay itself');
  const listener = app ?? listenerOf(original);
  const req = detachedRequest(original, headers);
  const res = new ServerResponse(req);
  res.assignSocket(req.socket);
  return new Promise((resolve) => {
    // Its socket is closed in place of a server that would go on with the connection.
    res.once('finish', () => req.socket.destroy());
    res.once('close', () =>
      resolve({ status: res.statusCode, headers: res.getHeaders(), complete: res.writableFinished }),
    );
    listener(req, res);
  });
}

function listenerOf({ socket }: IncomingMessage): RequestListener {
  const { server } = socket as { server?: { emit(event: 'request', ...args: unknown[]): boolean } };
  if (!server) throw new TypeError('replay: the server of the request is not known, hand in the application');
  return (req, res) => void server.emit('request', req, res);
}

function detachedRequest(original: IncomingMessage, headers: Readonly<Record<string, string | undefined>>) {
  const req = new IncomingMessage(new Nowhere(original.socket) as unknown as Socket);
  replays.any = true;
  replays.requests.set(req, original);
  req.method = original.method!;
  req.url = targetOf(original);
  req.httpVersion = '1.1';
  req.httpVersionMajor = req.httpVersionMinor = 1;
  for (const [name, value] of Object.entries({ ...fieldsOf(original), ...headers })) {
    if (value === undefined) continue;
    req.headers[name] = value;
    for (const each of [value].flat()) req.rawHeaders.push(name, each);
  }
  req.complete = true;
  req.push(null);
  return req;
}

/** Without those of a body, and with HTTP/2's authority as the host that it is. */
function fieldsOf({ headers }: IncomingMessage): IncomingMessage['headers'] {
  const host = headers.host ?? (headers[':authority'] as string | undefined);
  const kept = Object.entries(headers).filter(
    ([name]) => !name.startsWith(':') && !BODY_FIELDS.includes(name),
  );
  return { ...Object.fromEntries(kept), host };
}
