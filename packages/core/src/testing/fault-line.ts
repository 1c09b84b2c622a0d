import { Duplex } from 'node:stream';

/** What a network does to all that goes over it, at present. */
export interface Conditions {
  latencyMs: number;
  /** Each way of each connection by itself. */
  bytesPerSecond: number;
  /** Nothing arrives. */
  isDark: boolean;
}

/** Null is the end. */
interface Held {
  readonly chunk: Buffer | null;
  readonly cameAtMs: number;
}

type Done = () => void;

/** So much is under way before the sender has to wait. */
const MAX_BYTES = 256 * 1024;

/** A narrow line passes pieces of what it takes in so long, lest a chunk arrive late and whole. */
const PIECE_MS = 20;

/** One way of a connection: what goes in comes out in order, when the conditions let it. */
export class FaultLine extends Duplex {
  readonly #conditions: Readonly<Conditions>;
  readonly #held: Held[] = [];
  #bytes = 0;
  #isWanted = false;
  #resume: Done | undefined;
  /** When it has carried what was on it. */
  #freeAtMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(conditions: Readonly<Conditions>) {
    super();
    this.#conditions = conditions;
  }

  /** Looks at the conditions again. */
  changed(): void {
    this.#freeAtMs = 0;
    this.#ship();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: Done): void {
    this.#hold(chunk);
    if (this.#bytes < MAX_BYTES) done();
    else this.#resume = done;
    this.#ship();
  }

  override _final(done: Done): void {
    this.#hold(null);
    done();
    this.#ship();
  }

  override _read(): void {
    this.#isWanted = true;
    this.#ship();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    clearTimeout(this.#timer);
    this.#held.length = 0;
    done(error);
  }

  #hold(chunk: Buffer | null): void {
    this.#bytes += chunk?.length ?? 0;
    this.#held.push({ chunk, cameAtMs: performance.now() });
  }

  #ship(): void {
    clearTimeout(this.#timer);
    while (this.#isWanted && this.#held[0] && !this.#conditions.isDark) {
      const dueMs = Math.max(this.#held[0].cameAtMs + this.#conditions.latencyMs, this.#freeAtMs);
      const waitMs = dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.#ship(), Math.ceil(waitMs));
        return;
      }
      this.#shipFirst(this.#held[0]);
    }
  }

  #shipFirst({ chunk, cameAtMs }: Held): void {
    this.#held.shift();
    if (!chunk) return void this.push(null);
    const { bytesPerSecond } = this.#conditions;
    const piece = chunk.subarray(0, Math.ceil((bytesPerSecond * PIECE_MS) / 1000));
    if (piece.length < chunk.length) this.#held.unshift({ chunk: chunk.subarray(piece.length), cameAtMs });
    this.#freeAtMs = performance.now() + (piece.length / bytesPerSecond) * 1000;
    this.#bytes -= piece.length;
    this.#isWanted = this.push(piece);
    if (this.#bytes < MAX_BYTES) this.#takeMore();
  }

  #takeMore(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }
}
