import type { Coding } from './codec';

/** What is wrong with a coded body is the client's doing; frameworks read that off an error's status. */
abstract class CodedBodyError extends Error {
  readonly status: number;
  readonly statusCode: number;
  readonly expose = true;

  constructor(status: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.status = status;
    this.statusCode = status;
  }
}

/** More came out than `maxBytes`. */
export class DecodedBytesError extends CodedBodyError {
  readonly code = 'ERR_DECODED_BYTES';
  constructor(readonly maxBytes: number) {
    super(413, `the body must decode to at most ${maxBytes} bytes`);
  }
}

/** More came out for each byte on the wire than `maxRatio`. */
export class DecodedRatioError extends CodedBodyError {
  readonly code = 'ERR_DECODED_RATIO';
  constructor(readonly maxRatio: number) {
    super(413, `the body must decode to at most ${maxRatio} times its bytes`);
  }
}

/** The body is not what its coding says, or breaks off; `cause` is node's own error. */
export class UndecodableError extends CodedBodyError {
  readonly code = 'ERR_UNDECODABLE';
  constructor(
    readonly coding: Coding,
    cause: Error,
  ) {
    super(400, `the body is not valid ${coding}`, { cause });
  }
}
