import zlib, { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { Got } from '@spillway/core/testing';

const decoders: Readonly<Record<string, (coded: Buffer) => Buffer>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
  ...('zstdDecompressSync' in zlib && { zstd: zlib.zstdDecompressSync as (coded: Buffer) => Buffer }),
};

/** The codings of this version of node. */
export const CODINGS = Object.keys(decoders);

export function decoded({ headers, body }: Pick<Got, 'headers' | 'body'>): Buffer {
  const coding = headers['content-encoding'];
  return coding === undefined ? body : decoders[coding]!(body);
}

/** JSON of about so many bytes, as compressible as such things are. */
export function json(bytes: number): string {
  const rows: unknown[] = [];
  for (let id = 0, length = 0; length < bytes; id++) {
    const row = { id, name: `product ${(id * 7919) % 1000}`, price: (id * 13) % 97, tags: ['a', 'b'] };
    rows.push(row);
    length += JSON.stringify(row).length + 1;
  }
  return JSON.stringify(rows);
}

export const JSON_TYPE = { 'Content-Type': 'application/json; charset=utf-8' };
