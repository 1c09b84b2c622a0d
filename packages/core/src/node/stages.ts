import { finished } from 'node:stream';
import { isNativeError } from 'node:util/types';
import { hookError } from '../events';
import type { BodyAction, Stage } from '../filter';
import { type Below, type Callback, isClosed, onceClosed, type Response } from './response';

/** What the bytes of a streamed body pass on their way out. */
export type Step = Extract<BodyAction, { through: unknown } | { tap: unknown }>;

export interface Sink {
  write(chunk: unknown, encoding?: BufferEncoding, done?: Callback): boolean;
  end(chunk?: unknown, encoding?: BufferEncoding, done?: Callback): void;
}

/** The way out of a response: its stages, the first of them the first to see the application's bytes, then what lies below. */
export class Outlet implements Sink {
  readonly #res: Response;
  readonly #below: Below;
  readonly #tell: () => void;
  readonly #first: Sink;
  /** Nearest to the socket first. */
  readonly #streams: readonly Stage[];
  #full = false;
  /** Whether each write is to leave at once. */
  #live = false;

  /** @param tell says that whoever writes may go on. */
  constructor(res: Response, below: Below, stages: readonly Step[], tell: () => void) {
    this.#res = res;
    this.#below = below;
    this.#tell = tell;
    this.#streams = stages.flatMap((stage) => ('through' in stage ? stage.through : [])).reverse();
    this.#first = stages.reduceRight<Sink>(
      (next, stage) =>
        'through' in stage ? this.#pipeThrough(stage.through, next) : tapInto(res, stage, next),
      this.#bottom(),
    );
  }

  write(chunk: unknown, encoding?: BufferEncoding, done?: Callback): boolean {
    return this.#first.write(chunk, encoding, done);
  }

  end(chunk?: unknown, encoding?: BufferEncoding, done?: Callback): void {
    this.#first.end(chunk, encoding, done);
  }

  /** Lets go what stages hold back, and from now on each write. */
  flush(): void {
    this.#live = true;
    for (const through of this.#streams) through.flush?.();
  }

  /** There is room below. */
  drained(): void {
    this.#full = false;
    this.flow();
  }

  /** Sets each stage going again, and whoever writes once all of them have room. */
  flow(): void {
    if (this.#full) return;
    for (const through of this.#streams) if (through.resume().writableNeedDrain) return;
    this.#tell();
  }

  /** `end` writes first: HTTP/2's own `end(chunk)` calls `write` on the response, and the chunk would pass the stages twice. */
  #bottom(): Sink {
    const res = this.#res;
    const below = this.#below;
    const write: Sink['write'] = (chunk, encoding, done) => {
      const room = below.write.call(res, chunk, encoding, done);
      this.#full = room === false;
      return room;
    };
    return {
      write,
      end: (chunk, encoding, done) => {
        if (chunk !== undefined && chunk !== null) write(chunk, encoding);
        below.end.call(res, done);
      },
    };
  }

  #pipeThrough(through: Stage, next: Sink): Sink {
    const res = this.#res;
    const flushSoon = createFlushSoon(through);
    let whenSent: Callback | undefined;
    through.on('data', (chunk) => {
      if (!next.write(chunk)) through.pause();
    });
    through.on('drain', () => this.flow());
    finished(through, { writable: false }, (error) => {
      if (!error) next.end(undefined, undefined, whenSent);
      else if (!isClosed(res)) destroyBy(res, error, 'through');
    });
    onceClosed(res, () => through.destroy());
    return {
      write: (chunk, encoding, done) => {
        const room = through.write(chunk, encoding as BufferEncoding, done);
        if (this.#live) flushSoon();
        return room;
      },
      end: (chunk, encoding, done) => {
        whenSent = done;
        through.end(chunk, encoding as BufferEncoding);
      },
    };
  }
}

/** One flush for all that is written in a turn of the event loop: each costs bytes and time. */
function createFlushSoon(through: Stage): () => void {
  let due = false;
  const flush = () => {
    due = false;
    if (!through.writableEnded && !through.destroyed) through.flush?.();
  };
  return () => {
    if (!due) setImmediate(flush);
    due = true;
  };
}

function tapInto(res: Response, { tap, end }: Extract<Step, { tap: unknown }>, next: Sink): Sink {
  const guarded = (look: () => void) => {
    try {
      look();
    } catch (error) {
      destroyBy(res, error, 'tap');
    }
  };
  return {
    write: (chunk, encoding, done) => {
      guarded(() => tap(toBuffer(chunk, encoding)));
      return next.write(chunk, encoding, done);
    },
    end: (chunk, encoding, done) => {
      if (chunk !== undefined && chunk !== null) guarded(() => tap(toBuffer(chunk, encoding)));
      guarded(end);
      next.end(chunk, encoding, done);
    },
  };
}

/** The head has left, so nothing truthful can be said any more. */
export function destroyBy(res: Response, error: unknown, hook: string): void {
  hookError.publish({ error, hook });
  // Without an error the body would look complete on HTTP/2.
  res.destroy(isNativeError(error) ? error : new Error(`${hook} failed`, { cause: error }));
}

export function toBuffer(chunk: unknown, encoding?: BufferEncoding): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, encoding);
  if (Buffer.isBuffer(chunk)) return chunk;
  const { buffer, byteOffset, byteLength } = chunk as Uint8Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}
