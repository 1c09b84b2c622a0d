import type { ServerResponse } from 'node:http';

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
}

export const methodsOf = ({ writeHead, write, end, flushHeaders }: Response): Methods =>
  ({ writeHead, write, end, flushHeaders }) as Methods;

/** True once nobody can be answered any more. */
export function isClosed(res: Response): boolean {
  // HTTP/2's compatibility API has a `stream` in place of `closed`.
  const { closed, stream } = res as { closed?: boolean; stream?: { destroyed: boolean } };
  return closed === undefined ? (stream?.destroyed ?? true) : closed || isOrphan(res);
}

/** A pipelined response waits for its socket; when the client leaves meanwhile, it never closes. */
const isOrphan = (res: Response): boolean => res.socket === null && !res.writableFinished && res.req.socket.destroyed;

/**
 * Calls back once when the response is over, at once where it is already.
 * @returns takes the call back.
 */
export function onceClosed(res: Response, listener: () => void): () => void {
  if (isClosed(res)) {
    listener();
    return () => {};
  }
  if (res.socket !== null) {
    res.once('close', listener);
    return () => res.off('close', listener);
  }
  const waiters = waitersOf(res);
  const told = () => {
    forget();
    listener();
  };
  const forget = () => {
    res.off('close', told);
    waiters.delete(told);
  };
  res.once('close', told);
  waiters.add(told);
  return forget;
}

/** One listener a socket, however many responses are pipelined on it. */
function waitersOf({ req: { socket } }: Response): Set<() => void> {
  const found = pipelined.get(socket);
  if (found) return found;
  const waiters = new Set<() => void>();
  pipelined.set(socket, waiters);
  socket.once('close', () => {
    for (const told of [...waiters]) told();
  });
  return waiters;
}
const pipelined = new WeakMap<object, Set<() => void>>();
