/** Takes a streamed body, up to a bound. */
export class Collector {
  readonly #maxBytes: number;
  #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @returns false once it has become too long; then nothing is kept. */
  take(chunk: Buffer): boolean {
    this.#bytes += chunk.length;
    if (this.#bytes <= this.#maxBytes) this.#chunks.push(Buffer.from(chunk));
    else this.#chunks = [];
    return this.#bytes <= this.#maxBytes;
  }

  body(): Buffer {
    return Buffer.concat(this.#chunks);
  }
}
