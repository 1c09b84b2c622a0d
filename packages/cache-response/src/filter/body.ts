import { Transform } from 'node:stream';
import { type Body, isStable, type ResponseHead } from '@spillway/core';

/** Bytes of our own: the application may write to its own again, and a slice of node's pool would keep all of it. */
export function own(body: Body, bytes: number): Buffer {
  if (isStable(body) && body.length === bytes) return body;
  const copy = Buffer.allocUnsafeSlow(bytes);
  if (typeof body === 'string') copy.write(body);
  else body.copy(copy);
  return copy;
}

/** What a response says of the length of its body; NaN where that is no number. */
export function declaredLength(head: Pick<ResponseHead, 'getHeader'>): number | undefined {
  const field = head.getHeader('Content-Length');
  if (field === undefined) return undefined;
  return /^\d+$/.test(String(field)) ? Number(field) : Number.NaN;
}

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
    const body = Buffer.allocUnsafeSlow(this.#bytes);
    let at = 0;
    for (const chunk of this.#chunks) at += chunk.copy(body, at);
    return body;
  }
}

/** A stage that looks at a body and lets nothing of it through. */
export const swallow = (tap: (chunk: Buffer) => void, end: () => void): Transform =>
  new Transform({
    transform(chunk, _encoding, done) {
      tap(chunk);
      done();
    },
    flush(done) {
      end();
      done();
    },
  });
