import type { Duplex } from 'node:stream';
import type { BodyAction } from '../filter';
import { hookError } from '../events';
import { type Callback, type Methods, onceClosed, type Response } from './response';

/** What the bytes of a streamed body pass on their way out. */
export type Stage = Extract<BodyAction, { through: Duplex } | { tap: unknown }>;

export interface Sink {
  write(chunk: unknown, encoding?: BufferEncoding | Callback, done?: Callback): boolean;
  end(chunk?: unknown, encoding?: BufferEncoding | Callback, done?: Callback): void;
}

/** The first stage is the first to see the application's bytes. */
export function connect(res: Response, stages: readonly Stage[], below: Methods): Sink {
  const streams = stages.flatMap((stage) => ('through' in stage ? stage.through : [])).reverse();
  if (streams.length > 0) holdDrain(res, streams);
  return stages.reduceRight<Sink>(
    (next, stage) => ('through' in stage ? pipeThrough(res, stage.through, next) : tapInto(res, stage, next)),
    bottom(res, below),
  );
}

/** `end` writes first: HTTP/2's own `end(chunk)` calls `write` on the response, and the chunk would pass the stages twice. */
function bottom(res: Response, below: Methods): Sink {
  return {
    write: (chunk, encoding, done) => below.write.call(res, chunk, encoding, done),
    end: (chunk, encoding, done) => {
      if (chunk !== undefined && chunk !== null) below.write.call(res, chunk, encoding);
      below.end.call(res, done);
    },
  };
}

function tapInto(res: Response, { tap, end }: Extract<Stage, { tap: unknown }>, next: Sink): Sink {
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

function pipeThrough(res: Response, through: Duplex, next: Sink): Sink {
  through.on('data', (chunk) => {
    if (!next.write(chunk)) through.pause();
  });
  through.once('end', () => next.end());
  through.on('error', (error) => destroyBy(res, error, 'through'));
  through.on('drain', () => res.emit('drain'));
  onceClosed(res, () => through.destroy());
  return {
    write: (chunk, encoding, done) => through.write(chunk, encoding as BufferEncoding, done),
    end: (chunk, encoding, done) => void through.end(chunk, encoding as BufferEncoding, done),
  };
}

/**
 * The socket has room again, but the stages may have none: each is resumed, the nearest to the socket first, and the
 * producer hears of it only where all of them have room.
 */
function holdDrain(res: Response, streams: readonly Duplex[]): void {
  const { emit } = res;
  const hasRoom = (through: Duplex) => !through.resume().writableNeedDrain;
  res.emit = function (this: Response, event: string | symbol, ...args: unknown[]): boolean {
    return event === 'drain' && !streams.every(hasRoom) ? false : emit.call(this, event, ...args);
  } as Response['emit'];
}

/** The head has left, so nothing truthful can be said any more. */
export function destroyBy(res: Response, error: unknown, hook: string): void {
  hookError.publish({ error, hook });
  res.destroy(error instanceof Error ? error : undefined);
}

export function toBuffer(chunk: unknown, encoding?: unknown): Buffer {
  if (typeof chunk === 'string') return Buffer.from(chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : 'utf8');
  if (Buffer.isBuffer(chunk)) return chunk;
  const { buffer, byteOffset, byteLength } = chunk as Uint8Array;
  return Buffer.from(buffer, byteOffset, byteLength);
}
