import type { IncomingMessage } from 'node:http';
import { type Duplex, Readable } from 'node:stream';
import { hookError } from '../events';
import { sendReply } from './attach';
import { onceClosed, type Response } from './response';

/** `_readableState` holds what has arrived already; node's own streams are functions, so a new one can be made in place. */
interface Internals {
  _readableState: object;
}
const beginReadable = Readable as unknown as { call(stream: Readable, options: object): void };

/**
 * Splits the request in two: what arrives from the wire, also what has arrived already, goes to a source of its own and through
 * the stage; the request gets a new readable side, fed by what comes out. Whoever reads `req` (a body parser, `pipe`, `for
 * await`) reads that, with backpressure all the way to the socket.
 */
export function substituteBody(res: Response, stage: Duplex): void {
  const req = res.req as IncomingMessage & Internals;
  const prototype = Object.getPrototypeOf(req) as Readable;
  const source = new Readable({ read: () => prototype._read.call(req, 0) }) as Readable & Internals;
  source._readableState = req._readableState;
  beginReadable.call(req, { autoDestroy: false, highWaterMark: req.readableHighWaterMark });

  // Node's parser pushes here what it reads from the socket, and stops reading where this returns false.
  req.push = (chunk, encoding) => source.push(chunk, encoding);
  req._read = () => void stage.resume();

  stage.on('data', (chunk) => {
    if (!prototype.push.call(req, chunk)) stage.pause();
  });
  stage.once('end', () => prototype.push.call(req, null));
  stage.once('error', (error) => {
    source.unpipe(stage);
    source.resume();
    failBody(res, req, error);
  });
  onceClosed(res, () => {
    stage.destroy();
    // A keep-alive connection goes on with the next request only once this one's body is read.
    source.unpipe(stage);
    source.resume();
  });
  source.pipe(stage);
  stage.pause();
}

/** Whoever reads the body gets the error; where nobody does, the response tells the client. */
function failBody(res: Response, req: IncomingMessage, error: Error & { status?: number }): void {
  hookError.publish({ error, hook: 'requestBody' });
  if (req.listenerCount('error') > 0) req.emit('error', error);
  else if (!res.headersSent) sendReply(res, { status: error.status ?? 500 });
  else res.destroy(error);
}
