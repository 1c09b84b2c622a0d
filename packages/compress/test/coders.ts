import zlib, { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';

type Coder = (body: Buffer | string) => Buffer;

/** Node has it from 22.15 on; its types for node 20 don't know it. */
export const { zstdCompressSync } = zlib as unknown as { readonly zstdCompressSync?: Coder };

/** What this node codes, by the name in Content-Encoding. */
export const coders: Readonly<Record<string, Coder>> = {
  gzip: (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body),
  ...(zstdCompressSync && { zstd: (body: Buffer | string) => zstdCompressSync(body) }),
};

export const rawDeflate: Coder = (body) => deflateRawSync(body);

/** A body with several codings, the first of them applied first. */
export const codeBy = (names: readonly string[], body: Buffer | string): Buffer =>
  names.reduce<Buffer>((coded, name) => coders[name]!(coded), Buffer.from(body));
