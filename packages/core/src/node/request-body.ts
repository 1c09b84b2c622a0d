import type { IncomingMessage } from 'node:http';
import { type Duplex, finished, Readable } from 'node:stream';
import { hookError } from '../events';
import { sendReply } from './reply';
import { isClosed, onceClosed, type Response } from './response';

/** `_readableState` holds what has arrived already; node's own streams are functions, so a new one can be made in place. */
interface Internals {
  _readableState: object;
}
type Request = IncomingMessage & Internals & { readonly stream?: { readonly destroyed: boolean } };
const beginReadable = Readable as unknown as { call(stream: Readable, options: object): void };

const substituted = new WeakMap<IncomingMessage, SubstitutedBody>();

/** Has the application read what comes out of `stage` in place of the request's body; a second stage reads from the first. */
export function substituteBody(res: Response, stage: Duplex): void {
  const found = substituted.get(res.req);
  if (found) return found.add(stage);
  const body = new SubstitutedBody(res, res.req as Request);
  substituted.set(res.req, body);
  body.add(stage);
}

/**
 * Splits a request in two: what arrives from the wire, also what has arrived already, goes to a source of its own; the request
 * gets a new readable side, fed by what comes out of the stages. Whoever reads `req` (a body parser, `pipe`, `for await`)
 * reads that, with backpressure all the way to the socket; nothing is read into the stages before.
 */
class SubstitutedBody {
  readonly #res: Response;
  readonly #req: Request;
  readonly #prototype: Readable;
  readonly #source: Readable & Internals;
  readonly #stages: Duplex[] = [];
  #last: Readable | undefined;
  #failed = false;

  constructor(res: Response, req: Request) {
    this.#res = res;
    this.#req = req;
    this.#prototype = Object.getPrototypeOf(req);
    this.#source = new Readable({ read: () => this.#readWire() }) as Readable & Internals;
    this.#source._readableState = req._readableState;
    beginReadable.call(req, { autoDestroy: false, highWaterMark: req.readableHighWaterMark });
    // Node's parser pushes here what it reads from the socket, and stops reading where this returns false.
    req.push = (chunk, encoding) => this.#source.push(chunk, encoding);
    req._read = () => {
      this.#last ??= this.#connect();
      this.#last.resume();
    };
    forgetLength(req);
    onceClosed(res, () => this.#discard());
  }

  add(stage: Duplex): void {
    this.#stages.push(stage);
    finished(stage, { writable: false }, (error) => {
      // Those that are destroyed with the one that failed fail with it.
      if (error && !this.#failed && !isClosed(this.#res)) this.#fail(error);
    });
  }

  #readWire(): void {
    const { stream, socket } = this.#req;
    // Both have nothing to be read from once the client has gone, and node's own methods rely on it.
    const gone = stream ? stream.destroyed : !socket;
    if (!gone) this.#prototype._read.call(this.#req, 0);
  }

  #connect(): Readable {
    const last = this.#stages.reduce<Readable>((from, stage) => from.pipe(stage), this.#source);
    last.on('data', (chunk) => {
      if (!this.#push(chunk)) last.pause();
    });
    last.once('end', () => this.#push(null));
    return last;
  }

  #push(chunk: Buffer | null): boolean {
    return this.#prototype.push.call(this.#req, chunk);
  }

  /** A keep-alive connection goes on with the next request only once this one's body is read. */
  #discard(): void {
    this.#source.unpipe();
    this.#source.resume();
    for (const stage of this.#stages) stage.destroy();
    // A part of a body must not look complete to those who listen for its end alone.
    if (!this.#failed) this.#push(null);
  }

  /** Whoever reads the body gets the error; where nobody listens for it, the response tells the client. */
  #fail(error: Error & { status?: number }): void {
    const res = this.#res;
    this.#failed = true;
    hookError.publish({ error, hook: 'requestBody' });
    if (this.#req.listenerCount('error') > 0) {
      this.#req.emit('error', error);
      // Body parsers pass the error on once the request has ended.
      this.#push(null);
    } else if (res.headersSent) res.destroy(error);
    else sendReply(res, { status: isClientError(error.status) ? error.status : 500 });
    this.#discard();
  }
}

/** The length was that of the wire; a body parser still has to see that there is a body. */
function forgetLength({ headers }: IncomingMessage): void {
  if (headers['content-length'] === undefined) return;
  delete headers['content-length'];
  headers['transfer-encoding'] = 'chunked';
}

const isClientError = (status: unknown): status is number =>
  Number.isInteger(status) && (status as number) >= 400 && (status as number) < 500;
