import type { Transform } from 'node:stream';
import zlib, { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Coding } from './codec';

/** Node's own; `bytesWritten` counts what it has taken in. */
export type NodeDecoder = Transform & { readonly bytesWritten: number };

/** Node has it from 22.15 on; its types for node 20 don't know it. */
interface Zstd {
  createZstdDecompress(options: { readonly params: Readonly<Record<number, number>> }): NodeDecoder;
  readonly constants: Readonly<Record<'ZSTD_d_windowLogMax', number>>;
}

/** A decoder need not take windows above 8 MB (RFC 9659), and a frame's head alone could ask for 128. */
const MAX_WINDOW_LOG = 23;

const openers = new Map<Coding, (first: Buffer) => NodeDecoder>([
  ['gzip', () => createGunzip()],
  ['deflate', (first) => (isZlib(first) ? createInflate() : createInflateRaw())],
  ['br', () => createBrotliDecompress()],
]);
if ('createZstdDecompress' in zlib) openers.set('zstd', openZstd);

/** Codings that this node decodes. */
export const DECODABLE: readonly Coding[] = [...openers.keys()];

/** @param first the first bytes of the body, at least one. */
export const openDecoder = (coding: Coding, first: Buffer): NodeDecoder => openers.get(coding)!(first);

/**
 * Some clients say deflate and send it bare (RFC 1951), without zlib's head (RFC 1950) that RFC 9110 means by
 * the name. The head's first byte ends in 8, which in bare deflate could only begin an uncompressed block with
 * bits set that encoders leave clear.
 */
const isZlib = (first: Buffer): boolean => (first[0]! & 0x0f) === 8;

function openZstd(): NodeDecoder {
  const { createZstdDecompress, constants } = zlib as unknown as Zstd;
  return createZstdDecompress({ params: { [constants.ZSTD_d_windowLogMax]: MAX_WINDOW_LOG } });
}
