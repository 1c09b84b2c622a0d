import { buffer } from 'node:stream/consumers';
import zlib, { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Filter } from '@spillway/core';
import type { App, Got, Handled, RequestOptions, TestHost } from '@spillway/core/testing';
import { createDecompress } from '../dist/decompress';

type Coder = (body: Buffer | string) => Buffer;

/** Node has it from 22.15 on; its types for node 20 don't know it. */
const { zstdCompressSync } = zlib as unknown as { readonly zstdCompressSync?: Coder };

/** Each coding of this node by its name in Content-Encoding, in the order in which a 415 tells them. */
export const coders: Readonly<Record<string, Coder>> = {
  gzip: (body) => gzipSync(body),
  deflate: (body) => deflateSync(body),
  br: (body) => brotliCompressSync(body),
  ...(zstdCompressSync && { zstd: (body) => zstdCompressSync(body) }),
};

/** A body with several codings, the first of them applied first. */
export const codeBy = (names: readonly string[], body: Buffer | string): Buffer =>
  names.reduce<Buffer>((coded, name) => coders[name]!(coded), Buffer.from(body as Buffer));

export const coded = (coding: string, body: NonNullable<RequestOptions['body']>): RequestOptions => ({
  method: 'POST',
  headers: { 'content-encoding': coding },
  body,
});

/** Answers what it has read, or with the error that it got in place of the rest. */
export const echo = async ({ req }: Handled) => {
  try {
    return { body: await buffer(req) };
  } catch (error) {
    const { status, code, message } = error as Error & { status: number; code: string };
    return { status, json: { code, message } };
  }
};

/** Reads to the end, and has no ear for errors. */
export const deaf = ({ req, res }: Handled): void => {
  req.resume().once('end', () => res.end('all of it'));
};

/** One request to a server of its own. */
export const ask = (
  host: TestHost,
  options: RequestOptions,
  { filter = createDecompress(), app = echo }: { filter?: Filter; app?: App } = {},
): Promise<Got> => host.serve([filter], app, (client) => client.send(options));
