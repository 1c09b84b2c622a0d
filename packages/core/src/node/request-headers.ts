import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Response } from './response';

/**
 * Has the application read other fields than the client sent. The client's own object stays as it is: whoever holds either sees the
 * same in it for ever.
 * @returns gives the client's back.
 */
export function substituteHeaders({ req }: Response, headers: IncomingHttpHeaders): () => void {
  const own = req.headers;
  put(req, headers);
  return () => {
    if (req.headers === headers) put(req, own);
  };
}

function put(req: IncomingMessage, headers: IncomingHttpHeaders): void {
  // The compatibility API of HTTP/2 has a getter and no setter.
  if (!Reflect.set(req, 'headers', headers))
    Object.defineProperty(req, 'headers', { value: headers, configurable: true });
}
