import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2';
import type { Admission } from './admission';

/** Longer than this nobody counts on a request: what never answers must not hold its slot for ever. */
const STUCK_MS = 60_000;

/** Whether a response needs no slot any more: what is left to do is its client's, or nothing will ever be done. */
export function isWithClient(res: ServerResponse, ranMs: number): boolean {
  if (ranMs >= STUCK_MS || res.writableEnded) return true;
  return res.headersSent && (res.statusCode === 101 || isBackedUp(res) || isEventStream(res));
}

/** Whether more was written than the client takes. */
function isBackedUp(res: ServerResponse): boolean {
  const { stream } = res as unknown as Partial<Http2ServerResponse>;
  return (stream ?? res).writableNeedDrain;
}

const EVENT_STREAM = /^content-type: *text\/event-stream/im;

function isEventStream(res: ServerResponse): boolean {
  const type = res.getHeader('Content-Type');
  if (type !== undefined) return /^text\/event-stream/i.test(String(type));
  // What `writeHead` was given is in the head alone.
  const { _header } = res as { _header?: unknown };
  return typeof _header === 'string' && EVENT_STREAM.test(_header);
}

/** The time that a client takes to send its body is not the server's: it has no slot meanwhile. */
export function excludeUpload(req: IncomingMessage, admission: Admission): void {
  if (req.complete || !hasBody(req)) return;
  // What came together with the head is parsed by then.
  setImmediate(() => {
    if (req.complete || req.destroyed) return;
    admission.release();
    req.once('end', () => admission.retake());
  });
}

function hasBody(req: IncomingMessage): boolean {
  const { headers } = req;
  // Over HTTP/2 a body need not be announced.
  if (req.httpVersionMajor === 2) return !(req as unknown as Http2ServerRequest).stream.endAfterHeaders;
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}
