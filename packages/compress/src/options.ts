import {
  type Check,
  checkOptions,
  type HttpRequest,
  isArrayOf,
  isEither,
  isFunction,
  isInteger,
  isNumber,
  isObject,
  isOneOf,
  isText,
  OptionError,
  type RefuseBy,
  type ResponseHead,
} from '@spillway/core';
import { parse as parseBytes } from 'bytes';
import type { BrotliTuning } from './brotli';
import { CODINGS, type Coding } from './codec';
import type { EtagMode } from './fields';
import type { SameBy } from './kept';
import type { ZlibTuning } from './zlib-codec';
import type { ZstdTuning } from './zstd';

/** What a coding and its level may be chosen by. */
export interface BodyInfo {
  readonly request: HttpRequest;
  /** Content-Type as the application set it. */
  readonly type: string | undefined;
  /** Bytes of the uncoded body; undefined of a stream that doesn't say. */
  readonly bytes: number | undefined;
  /** Whether each write is to reach the client at once. */
  readonly live: boolean;
}

export interface CompressOptions<Context = unknown>
  extends Omit<ZlibTuning, 'level' | 'flush' | 'finishFlush'> {
  /** Bodies of fewer bytes are sent as they are; a number or a text such as `'1kb'`. @default 1024 */
  readonly threshold?: number | string | undefined;
  /** Which responses are coded. @default by Content-Type, what mime-db calls compressible */
  readonly filter?: ((context: Context, head: ResponseHead) => boolean) | undefined;
  /**
   * Codings offered, the best first: of those that the client wants alike, the first is sent.
   * @default zstd where node has it, then gzip for bodies up to 20 kB and for streams, br for larger ones, then deflate
   */
  readonly encodings?: readonly Coding[] | ((body: BodyInfo) => readonly Coding[]) | undefined;
  /**
   * zlib's level for gzip and deflate, -1 to 9; a function gives the level of any coding, and what is none means the usual one.
   * 'auto' works at the usual level of each coding, and at faster ones as the load of the process rises.
   * @default 'auto'
   */
  readonly level?: number | 'auto' | ((coding: Coding, body: BodyInfo) => number) | undefined;
  /** For gzip alone; false: not offered. */
  readonly gzip?: ZlibTuning | false | undefined;
  /** For deflate alone; false: not offered. */
  readonly deflate?: ZlibTuning | false | undefined;
  /** Node's options of brotli; false: not offered. */
  readonly brotli?: BrotliTuning | false | undefined;
  /** Another name of `brotli`. */
  readonly br?: BrotliTuning | false | undefined;
  /** Node's options of zstd; false: not offered. */
  readonly zstd?: ZstdTuning | false | undefined;
  /** The Accept-Encoding of requests that have none; `'*'` means gzip. @default 'identity' */
  readonly defaultEncoding?: string | undefined;
  /** Another name of `defaultEncoding`. */
  readonly enforceEncoding?: string | undefined;
  /**
   * What becomes of strong entity tags of coded bodies: weakened, or told apart by a suffix that is taken off again in requests.
   * @default 'weak'
   */
  readonly etag?: EtagMode | undefined;
  /** Where the client accepts neither a coding offered nor the body as it is: it gets that all the same, or a 406. @default 'identity' */
  readonly notAcceptable?: 'identity' | 'refuse' | undefined;
  /** Whether a 406 is a reply, or an error of http-errors for the framework's error handling. @default 'reply' */
  readonly refuse?: RefuseBy | undefined;
  /** Milliseconds for which a body may be coded on the main thread; what takes longer goes to another thread. 0 to 1000. @default 0.25 */
  readonly syncBudgetMs?: number | undefined;
  /** Bodies coded on other threads at a time, 1 to 1024. @default the number of cores less one */
  readonly concurrency?: number | undefined;
  /** Bytes of coded bodies that are kept for the next time, 0 for none. @default 32 MiB */
  readonly keptBytes?: number | undefined;
  /** Which bodies are kept: buffers marked as stable (a cache marks its own), or any, known by their SHA-256. @default 'identity' */
  readonly keptBy?: SameBy | undefined;
  /**
   * Bytes that a random comment makes a response longer by at most, against guesses by length (BREACH); only gzip is offered then.
   * 0 to 65,535. @default 0
   */
  readonly hideLengthBytes?: number | undefined;
}

const isThreshold: Check = (value) =>
  typeof value === 'string' && parseBytes(value) !== null ? undefined : "must be a size such as '1kb'";

/** Which options node has; what their values may be it says itself, once the first codec is made. */
const isTuning =
  (...names: readonly string[]): Check =>
  (value) => {
    if (value === false) return undefined;
    if (isObject(value)) return 'must be an object or false';
    const unknown = Object.keys(value as object).find((name) => !names.includes(name));
    return unknown === undefined ? undefined : `must have no other options than ${names.join(', ')}`;
  };

const FOR_ALL = ['chunkSize', 'flush', 'finishFlush'];
const isZlibTuning = isTuning('level', 'memLevel', 'strategy', 'windowBits', ...FOR_ALL);
const isParamTuning = isTuning('params', ...FOR_ALL);

const compressChecks: Readonly<Record<string, Check>> = {
  threshold: isEither(isNumber(0, Number.POSITIVE_INFINITY), isThreshold),
  filter: isFunction,
  encodings: isEither(isArrayOf(isOneOf(...CODINGS)), isFunction),
  level: isEither(isInteger(-1, 9), isOneOf('auto'), isFunction),
  chunkSize: isInteger(64),
  memLevel: isInteger(1, 9),
  strategy: isInteger(0, 4),
  windowBits: isInteger(9, 15),
  gzip: isZlibTuning,
  deflate: isZlibTuning,
  brotli: isParamTuning,
  br: isParamTuning,
  zstd: isParamTuning,
  defaultEncoding: isText,
  enforceEncoding: isText,
  etag: isOneOf('weak', 'suffix'),
  notAcceptable: isOneOf('identity', 'refuse'),
  refuse: isOneOf('reply', 'throw'),
  syncBudgetMs: isNumber(0, 1000),
  concurrency: isInteger(1, 1024),
  keptBytes: isInteger(0),
  keptBy: isOneOf('identity', 'content'),
  hideLengthBytes: isInteger(0, 65_535),
};

/** Two names of one thing. */
const ALIASES = [
  ['defaultEncoding', 'enforceEncoding'],
  ['brotli', 'br'],
] as const;

/** @throws {OptionError} for a wrong option, an unknown one, or two that contradict one another. */
export function checkCompressOptions(options: CompressOptions<never>): void {
  checkOptions('compress', options, compressChecks);
  for (const [name, alias] of ALIASES) {
    if (options[name] === undefined || options[alias] === undefined) continue;
    throw new OptionError('compress', name, `and ${alias} can't go together`, options[name]);
  }
  const { hideLengthBytes, gzip } = options;
  if (hideLengthBytes && gzip === false)
    throw new OptionError(
      'compress',
      'hideLengthBytes',
      'works with gzip alone, which is not offered',
      hideLengthBytes,
    );
}

/** Each thing by one name. */
export function canonical<Context>(options: CompressOptions<Context>): CompressOptions<Context> {
  const { br, enforceEncoding, brotli = br, defaultEncoding = enforceEncoding, ...others } = options;
  return {
    ...others,
    ...(brotli !== undefined && { brotli }),
    ...(defaultEncoding !== undefined && { defaultEncoding }),
  };
}

export const thresholdBytes = (threshold: number | string): number =>
  typeof threshold === 'number' ? threshold : parseBytes(threshold)!;
