import type { IncomingMessage, ServerResponse } from 'node:http';
import type { ServerHttp2Stream } from 'node:http2';

/** Node's response, by HTTP/1.1 or by the compatibility API of HTTP/2. */
export type Response = ServerResponse;

export type Callback = (error?: Error | null) => void;

/** The methods by which a response leaves, as node's overloads are really called. */
export interface Methods {
  // biome-ignore-start lint/suspicious/noExplicitAny: node's own overloads
  writeHead(this: Response, status: number, reason?: any, fields?: any): any;
  write(this: Response, chunk: any, encoding?: any, done?: any): boolean;
  end(this: Response, chunk?: any, encoding?: any, done?: any): any;
  // biome-ignore-end lint/suspicious/noExplicitAny: node's own overloads
  flushHeaders(this: Response): void;
  /** Lets go what stages hold back; node itself has none, npm `compression` brought the name. */
  flush?(this: Response): void;
}

/** What lies below a layer: node's methods, or those of somebody who patched the response before. */
export interface Below extends Methods {
  readonly on: Response['on'];
}

export const methodsOf = ({ writeHead, write, end, flushHeaders, flush, on }: Response & Methods): Below =>
  ({ writeHead, write, end, flushHeaders, flush, on }) as Below;

/**
 * A reason phrase belongs to the status that it was given with.
 * @throws {RangeError} where the status is not that of a final response.
 */
export function setStatus(head: { statusCode: number; statusMessage?: string }, status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 599) {
    throw new RangeError(`status must be an integer from 200 to 599, got ${status}`);
  }
  // HTTP/2 has no reason, and node warns where it is touched.
  if (status !== head.statusCode && Object.hasOwn(head, 'statusMessage')) head.statusMessage = '';
  head.statusCode = status;
}

/** True once nobody can be answered any more. */
export function isClosed(res: Response): boolean {
  const { closed } = res as { closed?: boolean };
  return closed === undefined ? (streamOf(res)?.destroyed ?? true) : closed || isOrphan(res);
}

/** HTTP/2's compatibility API has a `stream` in place of much else. */
export const streamOf = (res: Response): Partial<ServerHttp2Stream> | undefined =>
  (res as { stream?: ServerHttp2Stream }).stream;

/** True of a closed response whose last byte was never handed over. */
export function isCutOff(res: Response): boolean {
  if (!res.writableFinished) return true;
  // Node ends the stream of HTTP/2 itself when the client leaves. On Express a property that isn't there is looked for at length.
  return res.req.httpVersionMajor === 2 && (streamOf(res)?.aborted ?? false);
}

/** A pipelined response waits for its socket; when the client leaves meanwhile, it never closes. */
const isOrphan = (res: Response): boolean =>
  res.socket === null && !res.writableFinished && res.req.socket.destroyed;

/**
 * Calls back once when the response is over, at once where it is already; in the order of the calls.
 * @returns takes the call back.
 */
export function onceClosed(res: Response, listener: () => void): () => void {
  if (isClosed(res)) {
    listener();
    return () => {};
  }
  allowListener(res);
  if (res.socket === null) return onceClosedOrOrphaned(res, listener);
  res.once('close', listener);
  return () => void res.off('close', listener);
}

/** Many filters are no leak; 0 is no limit. Not said before it has to be: on Express a property more costs as much as all else here. */
function allowListener(res: Response): void {
  const max = res.getMaxListeners();
  if (max > 0 && res.listenerCount('close') >= max) res.setMaxListeners(max + 1);
}

function onceClosedOrOrphaned(res: Response, listener: () => void): () => void {
  const { socket } = res.req;
  const waiting = pipelined.get(socket) ?? listenToSocket(socket);
  const tell = () => {
    forget();
    listener();
  };
  const forget = () => {
    res.off('close', tell);
    waiting.delete(tell);
  };
  res.once('close', tell);
  waiting.add(tell);
  return forget;
}

/** One listener a socket, however many responses are pipelined on it. */
function listenToSocket(socket: IncomingMessage['socket']): Set<() => void> {
  const waiting = new Set<() => void>();
  pipelined.set(socket, waiting);
  socket.once('close', () => {
    for (const tell of waiting) tell();
  });
  return waiting;
}
const pipelined = new WeakMap<object, Set<() => void>>();
