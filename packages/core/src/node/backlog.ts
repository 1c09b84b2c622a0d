import type { Callback } from './response';
import type { Sink } from './stages';

/** A producer that ignores backpressure while a head is held is cut off here. */
const MAX_BYTES = 64 * 1024 * 1024;

interface Call {
  readonly chunk: unknown;
  readonly encoding: BufferEncoding | undefined;
  readonly done: Callback | undefined;
  readonly last: boolean;
}

/** What the application has written to a response whose head is held. */
export class Backlog {
  readonly #calls: Call[] = [];
  #bytes = 0;

  /** @throws {RangeError} beyond 64 MiB. */
  push(call: Call): void {
    this.#bytes += (call.chunk as { length?: number } | undefined)?.length ?? 0;
    if (this.#bytes > MAX_BYTES)
      throw new RangeError(`more than ${MAX_BYTES} bytes written to a held response`);
    this.#calls.push(call);
  }

  pourInto(sink: Sink): void {
    for (const { chunk, encoding, done, last } of this.#calls) {
      if (last) sink.end(chunk, encoding, done);
      else sink.write(chunk, encoding, done);
    }
  }

  drop(): void {
    for (const { done } of this.#calls) callBack(done);
  }
}

export function callBack(done: Callback | undefined, error?: Error): void {
  if (done) process.nextTick(done, error);
}
