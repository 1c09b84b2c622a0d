import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Http2ServerResponse } from 'node:http2';
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

/**
 * Whether all that a handler waits for is the rest of its request's body; once that has come, it has a slot again. Who doesn't read waits for
 * something else, and keeps its slot: else a body that never ends would be a way around the limit.
 */
export function awaitsBody(req: IncomingMessage, running: Admission): boolean {
  const isRead = req.readableFlowing === true || req.listenerCount('readable') > 0;
  if (req.complete || !isRead || req.readableLength > 0) return false;
  req.once('end', () => running.retake());
  return true;
}
