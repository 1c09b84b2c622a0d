import { Transform } from 'node:stream';
import { UndecodableError } from './decode-errors';

/**
 * Hands a zstd body on frame by frame (RFC 8878, 3.1), and fails where it breaks off. Node's decoder before 26 drops what follows a
 * frame in the same chunk, and before 24 takes half a frame for a whole one.
 */
export class ZstdFrames extends Transform {
  readonly #walk = walkFrames();
  /** Bytes of the field at hand that are still to come, and its value as far as it is known. */
  #missingBytes = this.#walk.next().value;
  #seenBytes = 0;
  #field = 0;
  #inFrame = false;

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    let from = 0;
    for (let at = 0; at < chunk.length; ) {
      at += this.#take(chunk.subarray(at));
      if (this.#inFrame && at < chunk.length) continue;
      this.push(chunk.subarray(from, at));
      from = at;
    }
    done();
  }

  override _flush(done: (error?: Error) => void): void {
    if (this.#inFrame) done(new UndecodableError('zstd', new Error('unexpected end of file')));
    else done();
  }

  /** @returns how many bytes belong to the field at hand. */
  #take(bytes: Buffer): number {
    const taken = Math.min(bytes.length, this.#missingBytes);
    for (let i = 0; i < taken && this.#seenBytes < 4; i++) this.#field += bytes[i]! * 256 ** this.#seenBytes++;
    this.#missingBytes -= taken;
    this.#inFrame = true;
    if (this.#missingBytes === 0) this.#next();
    return taken;
  }

  #next(): void {
    do {
      const step = this.#walk.next(this.#field).value;
      this.#inFrame = step !== FRAME_END;
      this.#missingBytes = step;
      this.#field = this.#seenBytes = 0;
    } while (!this.#inFrame && this.#missingBytes === 0);
  }
}
