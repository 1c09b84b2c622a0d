import { promisify } from 'node:util';
import { constants, type Deflate, type Gzip, type ZlibOptions } from 'node:zlib';
import { type Codec, type Coding, paceOf, type StreamKind } from './codec';

/** What gzip and deflate can be told, with node's names, meanings and defaults. */
export type ZlibTuning = Pick<ZlibOptions, 'level' | 'chunkSize' | 'memLevel' | 'strategy' | 'windowBits'>;

interface Functions {
  readonly create: (options: ZlibOptions) => Gzip | Deflate;
  readonly codeSync: (body: Buffer, options: ZlibOptions) => Buffer;
  readonly code: (
    body: Buffer,
    options: ZlibOptions,
    done: (error: Error | null, coded: Buffer) => void,
  ) => void;
}

/** A stream that stays open for long gets a window of 8 KiB: 136 KB in all in place of 234, for a few per cent more bytes. */
const SMALL = { windowBits: 13, memLevel: 6, chunkSize: 4096 };

const MIN_WINDOW_BITS = 9;
const MAX_WINDOW_BITS = 15;
/** A match must begin this many bytes before the window's end (zlib's MIN_LOOKAHEAD). */
const LOOKAHEAD = 262;

const nsPerByte = paceOf([
  [1, 4],
  [4, 5],
  [6, 8],
  [9, 20],
]);

/** DEFLATE (RFC 1951) in either of its wrappers. */
export function zlibCodec(coding: Coding, { create, codeSync, code }: Functions, tuning: ZlibTuning): Codec {
  const codeLater = promisify(code);
  /** A window that the body fits in is enough, and what is larger costs time to be made ready. */
  const wholeOptions = (body: Buffer, level: number): ZlibOptions => ({
    windowBits: windowBitsFor(body.length),
    ...tuning,
    level,
  });
  return {
    coding,
    fastest: 1,
    usual: tuning.level === undefined || tuning.level === constants.Z_DEFAULT_COMPRESSION ? 6 : tuning.level,
    nsPerByte,
    codeSync: (body, level) => codeSync(body, wholeOptions(body, level)),
    code: (body, level) => codeLater(body, wholeOptions(body, level)),
    stream: (level: number, { live }: StreamKind) =>
      create({
        ...(live && { ...SMALL, flush: constants.Z_SYNC_FLUSH }),
        ...tuning,
        level,
      }),
  };
}

function windowBitsFor(size: number): number {
  const bits = 32 - Math.clz32(size + LOOKAHEAD - 1);
  return Math.min(MAX_WINDOW_BITS, Math.max(MIN_WINDOW_BITS, bits));
}
