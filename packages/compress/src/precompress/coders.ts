import { brotli } from '../brotli';
import { gzip } from '../gzip';
import { zstd } from '../zstd';
import type { SiblingCoding } from './siblings';

type Code = (content: Buffer) => Promise<Buffer>;

const BEST_BROTLI = 11;
const BEST_GZIP = 9;
/** Above it a decoder needs a window of more than the 8 MB that it must have (RFC 9659). */
const BEST_ZSTD = 19;

const codecs = [
  [zstd(), BEST_ZSTD],
  [brotli(), BEST_BROTLI],
  [gzip({ memLevel: 9 }), BEST_GZIP],
] as const;

/** Codes at the best level there is, since it is done once; without zstd where node lacks it. */
export const coders: ReadonlyMap<SiblingCoding, Code> = new Map(
  codecs.flatMap(([codec, level]) =>
    codec ? [[codec.coding as SiblingCoding, (content: Buffer) => codec.code(content, level)]] : [],
  ),
);
