import { randomInt } from 'node:crypto';
import type { Stage } from '@spillway/core';

const HEADER_BYTES = 10;
const FLAGS = 3;
const HAS_COMMENT = 0x10;

/**
 * A gzip body with a comment of random length in its header (RFC 1952, 2.3), so that equal bodies differ in length. An attacker who
 * makes a page reflect guesses of a secret beside it (BREACH) then has to ask more often: noise slows the attack down, and ends it no
 * more than any padding does.
 * @param maxBytes the longest comment; half of it on average is what each response grows by.
 */
export function withComment(coded: Buffer, maxBytes: number): Buffer {
  const header = Buffer.from(coded.subarray(0, HEADER_BYTES));
  header[FLAGS]! |= HAS_COMMENT;
  const comment = Buffer.alloc(randomInt(maxBytes + 1) + 1, 'x');
  comment[comment.length - 1] = 0;
  return Buffer.concat([header, comment, coded.subarray(HEADER_BYTES)]);
}

/** The same for a stream, whose header comes with the first bytes. */
export function commentInto(stream: Stage, maxBytes: number): Stage {
  const { push } = stream;
  stream.push = function (this: Stage, chunk: Buffer | null, ...rest: []) {
    this.push = push;
    return push.call(this, chunk && withComment(chunk, maxBytes), ...rest);
  };
  return stream;
}
