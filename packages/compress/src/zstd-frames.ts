/** What comes next in a body, and by its value what comes then. */
interface Field {
  readonly bytes: number;
  readonly next: (value: number) => Field;
}

const MAGIC_OF_FRAME = 0xfd2fb528;
/** Without its last four bits, which are free. */
const MAGIC_OF_SKIPPED = 0x184d2a5;
const RLE = 1;

/** Where a frame begins, and the one before is complete. Node says it where a magic number is none. */
const MAGIC: Field = {
  bytes: 4,
  next: (magic) => {
    if (magic === MAGIC_OF_FRAME) return DESCRIPTOR;
    return magic >>> 4 === MAGIC_OF_SKIPPED ? SKIPPED_BYTES : anyOf(Number.POSITIVE_INFINITY, MAGIC);
  },
};

const SKIPPED_BYTES: Field = { bytes: 4, next: (bytes) => anyOf(bytes, MAGIC) };

const DESCRIPTOR: Field = {
  bytes: 1,
  next: (flags) => {
    const isSingle = (flags >> 5) & 1;
    const windowBytes = 1 - isSingle;
    const dictionaryBytes = [0, 1, 2, 4][flags & 3]!;
    const sizeBytes = [isSingle, 2, 4, 8][flags >> 6]!;
    const checksumBytes = flags & 4;
    return anyOf(windowBytes + dictionaryBytes + sizeBytes, block(checksumBytes));
  },
};

function block(checksumBytes: number): Field {
  const head: Field = {
    bytes: 3,
    next: (value) => {
      const isLast = (value & 1) === 1;
      const bytes = ((value >> 1) & 3) === RLE ? 1 : value >> 3;
      return anyOf(bytes, isLast ? anyOf(checksumBytes, MAGIC) : head);
    },
  };
  return head;
}

const anyOf = (bytes: number, after: Field): Field => (bytes === 0 ? after : { bytes, next: () => after });

/** A frame costs node 25 us however short it is: more than these must have so many bytes on average. */
const MAX_SHORT_FRAMES = 1_000;
const SHORT_FRAME_BYTES = 256;

/**
 * Follows the frames of a zstd body (RFC 8878, 3.1). Node needs that: before 26 it drops what follows a frame in
 * the same write, and before 24 it takes a part of a frame for the whole.
 */
export class ZstdFrames {
  #field = MAGIC;
  #takenBytes = 0;
  #value = 0;
  #frames = 0;
  #bytes = 0;

  /** Whether the body may end here. */
  get isWhole(): boolean {
    return this.#field === MAGIC && this.#takenBytes === 0;
  }

  /** Whether it is in more and shorter frames than anybody has reason to make. */
  get isShattered(): boolean {
    return this.#frames > MAX_SHORT_FRAMES && this.#frames * SHORT_FRAME_BYTES > this.#bytes;
  }

  /** The next bytes of the body, in pieces of which none goes beyond a frame's end. */
  split(chunk: Buffer): Buffer[] {
    const pieces: Buffer[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; ) {
      at = this.#take(chunk, at);
      if (this.isWhole) this.#frames++;
      else if (at < chunk.length) continue;
      pieces.push(chunk.subarray(from, at));
      from = at;
    }
    this.#bytes += chunk.length;
    return pieces;
  }

  /** @returns where the field at hand ends, or the chunk. */
  #take(chunk: Buffer, from: number): number {
    const { bytes, next } = this.#field;
    const to = Math.min(chunk.length, from + bytes - this.#takenBytes);
    // Values that matter have four bytes at most, the lowest first.
    for (let at = from; at < to && this.#takenBytes + at - from < 4; at++)
      this.#value += chunk[at]! * 256 ** (this.#takenBytes + at - from);
    this.#takenBytes += to - from;
    if (this.#takenBytes === bytes) {
      this.#field = next(this.#value);
      this.#takenBytes = this.#value = 0;
    }
    return to;
  }
}
