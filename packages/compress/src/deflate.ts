import { deflate as code, createDeflate, deflateSync } from 'node:zlib';
import type { Codec } from './codec';
import { type ZlibTuning, zlibCodec } from './zlib-codec';

/** deflate: the zlib format (RFC 1950), which is what RFC 9110, 8.4.1.2 means by that name. */
export const deflate = (tuning: ZlibTuning = {}): Codec =>
  zlibCodec('deflate', { create: createDeflate, codeSync: deflateSync, code }, tuning);
