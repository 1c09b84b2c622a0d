import { Duplex } from 'node:stream';
import type { Coding } from './codec';
import { DecodedBytesError, DecodedRatioError, UndecodableError } from './decode-errors';
import { type NodeDecoder, openDecoder } from './decoders';
import { ZstdFrames } from './zstd-frames';

export interface DecodeLimits {
  readonly maxBytes: number;
  readonly maxRatio: number;
}

/** Fewer decoded bytes are not judged by their ratio: a short list of equal items is no bomb. */
const MIN_JUDGED_BYTES = 65_536;

/**
 * Takes one coding off, and fails as soon as more comes out than the limits allow. Node's decoder is opened by
 * the first byte: a body that nobody reads costs none, and one without a byte is empty whatever its client says.
 */
export class Decoder extends Duplex {
  readonly #coding: Coding;
  readonly #limits: DecodeLimits;
  readonly #outermost: Decoder;
  readonly #frames: ZstdFrames | undefined;
  #decoder: NodeDecoder | undefined;
  #writtenBytes = 0;
  #decodedBytes = 0;

  /** @param outermost takes off the coding that was applied last, where this one doesn't. */
  constructor(coding: Coding, limits: DecodeLimits, outermost?: Decoder) {
    super();
    this.#coding = coding;
    this.#limits = limits;
    this.#outermost = outermost ?? this;
    this.#frames = coding === 'zstd' ? new ZstdFrames() : undefined;
  }

  /** What node has taken in so far. */
  get codedBytes(): number {
    return this.#decoder?.bytesWritten ?? 0;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    this.#feed(chunk, done);
  }

  /** A write to node costs 25 us however short it is, and a client may send chunks of one byte. */
  override _writev(chunks: readonly { readonly chunk: Buffer }[], done: () => void): void {
    this.#feed(Buffer.concat(chunks.map(({ chunk }) => chunk)), done);
  }

  override _final(done: () => void): void {
    if (!this.#decoder) this.push(null);
    else if (this.#frames?.isWhole === false) this.#fail(new Error('unexpected end of file'));
    else this.#decoder.end();
    done();
  }

  override _read(): void {
    this.#decoder?.resume();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#decoder?.destroy();
    done(error);
  }

  #feed(chunk: Buffer, done: () => void): void {
    this.#decoder ??= this.#open(chunk);
    this.#writtenBytes += chunk.length;
    const pieces = this.#frames?.split(chunk) ?? [chunk];
    if (this.#frames?.isShattered) return this.#fail(new Error('too many short frames'));
    const last = pieces.pop()!;
    for (const piece of pieces) this.#decoder.write(piece);
    this.#decoder.write(last, done);
  }

  #open(first: Buffer): NodeDecoder {
    return openDecoder(this.#coding, first)
      .on('data', (chunk) => this.#emit(chunk))
      .on('end', () => this.#end())
      .on('error', (error) => this.#fail(error));
  }

  #emit(chunk: Buffer): void {
    this.#decodedBytes += chunk.length;
    const excess = excessOf(this.#decodedBytes, this.#outermost.codedBytes, this.#limits);
    if (excess) this.destroy(excess);
    else if (!this.push(chunk)) this.#decoder!.pause();
  }

  /** Node ends at the end of the coded data, and leaves alone what follows. */
  #end(): void {
    if (this.codedBytes === this.#writtenBytes) this.push(null);
    else this.#fail(new Error('bytes follow its end'));
  }

  #fail(cause: Error): void {
    this.destroy(new UndecodableError(this.#coding, cause));
  }
}

function excessOf(decodedBytes: number, codedBytes: number, { maxBytes, maxRatio }: DecodeLimits) {
  if (decodedBytes > maxBytes) return new DecodedBytesError(maxBytes);
  if (decodedBytes < MIN_JUDGED_BYTES || decodedBytes <= codedBytes * maxRatio) return undefined;
  return new DecodedRatioError(maxRatio);
}
