import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import type { Response } from './response';

/** What several filters have a request's fields be, above what the client sent. */
const shownOf = new WeakMap<IncomingMessage, IncomingHttpHeaders[]>();

/**
 * Has the application read other fields than the client sent. The client's own object stays as it is: whoever holds either sees the
 * same in it for ever.
 * @returns takes them back, in whatever order several are.
 */
export function substituteHeaders({ req }: Response, headers: IncomingHttpHeaders): () => void {
  const shown = shownOf.get(req) ?? [req.headers];
  shownOf.set(req, shown);
  shown.push(headers);
  put(req, headers);
  return () => {
    const at = shown.indexOf(headers);
    if (at < 0) return;
    shown.splice(at, 1);
    if (req.headers === headers) put(req, shown.at(-1)!);
  };
}

function put(req: IncomingMessage, headers: IncomingHttpHeaders): void {
  // The compatibility API of HTTP/2 has a getter and no setter.
  if (!Reflect.set(req, 'headers', headers))
    Object.defineProperty(req, 'headers', { value: headers, configurable: true });
}
