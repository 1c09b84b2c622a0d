import {
  type Check,
  checkOptions,
  type Filter,
  type HttpRequest,
  isInteger,
  isNumber,
  isOneOf,
  type Outcome,
  problemReply,
  type RefuseBy,
  refusalError,
} from '@spillway/core';
import type { Coding } from './codec';
import { type DecodeLimits, Decoder } from './decoder';
import { DECODABLE } from './decoders';

export interface DecompressOptions {
  /**
   * Bytes of the decoded body, and of what each of several codings gives on the way to it, 1 to
   * 1,099,511,627,776. Whoever reads a larger body gets an error with status 413 as soon as it has passed them.
   * @default 1_048_576
   */
  readonly maxBytes?: number | undefined;
  /**
   * Decoded bytes for each byte on the wire, 1 to Infinity; more is a 413 too. Judged once 65,536 bytes have
   * come out, and by what has come so far: small bodies pass however repetitive they are.
   * @default 100
   */
  readonly maxRatio?: number | undefined;
  /** Codings of one body, 1 to 10. @default 3 */
  readonly maxCodings?: number | undefined;
  /**
   * Whether a 415 is a reply, or an error of http-errors for the framework's error handling. A 400 or 413 is
   * found while the body is read: whoever reads it gets the error; where nobody listens for one, it is a reply.
   * @default 'reply'
   */
  readonly refuse?: RefuseBy | undefined;
}

const checks: Readonly<Record<string, Check>> = {
  maxBytes: isInteger(1, 2 ** 40),
  maxRatio: isNumber(1, Number.POSITIVE_INFINITY),
  maxCodings: isInteger(1, 10),
  refuse: isOneOf('reply', 'throw'),
};

/**
 * A filter that decodes the bodies of requests (RFC 9110, 8.4) before anybody reads them: gzip, deflate with and
 * without zlib's wrapper, br, and zstd where node has it. A body that is not what its Content-Encoding says, that
 * breaks off, or that goes on after its end is an error with status 400; further members of gzip and frames of
 * zstd belong to it. A body without a byte is empty.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createDecompress(options: DecompressOptions = {}): Filter {
  checkOptions('decompress', options, checks);
  const { maxBytes = 1_048_576, maxRatio = 100, maxCodings = 3, refuse } = options;
  const limits = { maxBytes, maxRatio };
  return (request) => {
    const field = request.headers['content-encoding'];
    if (field === undefined) return undefined;
    const codings = parseContentEncoding(field);
    if (codings.length === 0) return undefined;
    if (codings.length > maxCodings) return tooMany(request, refuse, maxCodings);
    if (!codings.every(isDecodable)) return unsupported(request, refuse);
    delete request.headers['content-encoding'];
    return { requestBody: decodersOf(codings, limits) };
  };
}

/** The codings in the order in which they were applied, without those that change nothing. */
function parseContentEncoding(field: string): string[] {
  const names = field.split(',').map((name) => name.trim().toLowerCase());
  return names
    .filter((name) => name !== '' && name !== 'identity')
    .map((name) => (name === 'x-gzip' ? 'gzip' : name));
}

const isDecodable = (name: string): name is Coding => DECODABLE.includes(name as Coding);

/** The last one applied comes off first. */
function decodersOf(codings: readonly Coding[], limits: DecodeLimits): Decoder[] {
  const [last, ...before] = codings.toReversed();
  const outermost = new Decoder(last!, limits);
  return [outermost, ...before.map((coding) => new Decoder(coding, limits, outermost))];
}

const ACCEPTED = DECODABLE.join(', ');

const unsupported = (request: HttpRequest, refuse: RefuseBy | undefined): Outcome =>
  refusal(request, refuse, 'ERR_UNSUPPORTED_CODING', `The body's content codings may be ${ACCEPTED}.`);

const tooMany = (request: HttpRequest, refuse: RefuseBy | undefined, maxCodings: number): Outcome =>
  refusal(
    request,
    refuse,
    'ERR_TOO_MANY_CODINGS',
    `The body may have ${maxCodings} content codings at most.`,
  );

/** A 415 says by Accept-Encoding that the coding was the reason (RFC 9110, 12.5.3 and 15.5.16). */
function refusal(request: HttpRequest, refuse: RefuseBy | undefined, code: string, detail: string): Outcome {
  const reply = problemReply(request, { status: 415, detail });
  const explained = { ...reply, headers: { ...reply.headers, 'Accept-Encoding': ACCEPTED } };
  return refuse === 'throw' ? refusalError(explained, { code }) : explained;
}
