import { gzip as code, createGzip, gzipSync } from 'node:zlib';
import type { Codec } from './codec';
import { type ZlibTuning, zlibCodec } from './zlib-codec';

/** gzip (RFC 1952). */
export const gzip = (tuning: ZlibTuning = {}): Codec =>
  zlibCodec('gzip', { create: createGzip, codeSync: gzipSync, code }, tuning);
