import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip, deflateRawSync } from 'node:zlib';
import type { Hooks } from '@spillway/core';
import fc from 'fast-check';
import { Decoder } from '../dist/decoder';
import { createDecompress } from '../dist/decompress';
import { coders } from './coded-requests';

const UNLIMITED = { maxBytes: Number.POSITIVE_INFINITY, maxRatio: Number.POSITIVE_INFINITY };

const streamOf = (chunks: readonly Uint8Array[]) => Readable.from(chunks, { objectMode: false });

/** What comes out of the stages that `decompress` puts before a body. */
async function decompressed(field: string, chunks: readonly Uint8Array[]): Promise<Buffer> {
  const headers = { 'content-encoding': field };
  const request = { method: 'POST', originalUrl: '/', headers, protocol: 'http', host: 'localhost' };
  const { requestBody } = createDecompress({ maxRatio: UNLIMITED.maxRatio })(request, {}) as Hooks;
  const parts: unknown[] = [streamOf(chunks), ...[requestBody!].flat(), (body: Readable) => buffer(body)];
  return (await pipeline(parts as never)) as unknown as Buffer;
}

const variants: (readonly [name: string, code: (body: Buffer) => Buffer])[] = [
  ...Object.entries(coders),
  ['x-gzip', coders.gzip!] as const,
  ['deflate', (body: Buffer) => deflateRawSync(body)] as const,
];

/** Cuts a body where the fractions say. */
function cut(body: Buffer, fractions: readonly number[]): Buffer[] {
  const at = fractions.map((fraction) => Math.floor(fraction * body.length)).sort((a, b) => a - b);
  return [0, ...at].map((from, i) => body.subarray(from, at[i]));
}

const fraction = fc.double({ min: 0, max: 1, noNaN: true });
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.tuple(fc.uint8Array({ maxLength: 30 }), fc.nat(3000)).map(([part, count]) => repeated(part, count)),
);
const repeated = (part: Uint8Array, count: number) =>
  Buffer.concat(Array.from({ length: count }, () => part));

it('any bytes come out as they went in, by any three codings and in any chunks', async () => {
  const codings = fc.array(fc.constantFrom(...variants), { minLength: 1, maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(
      bytes,
      codings,
      fc.array(fraction, { maxLength: 9 }),
      async (body, applied, fractions) => {
        const coded = applied.reduce<Buffer>((part, [, code]) => code(part), Buffer.from(body));
        const field = applied.map(([name]) => name).join(', ');
        expect((await decompressed(field, cut(coded, fractions))).equals(body)).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

it('a part of a body in one coding never passes for the whole', async () => {
  await fc.assert(
    fc.asyncProperty(bytes, fc.constantFrom(...variants), fraction, async (body, [name, code], at) => {
      const coded = code(Buffer.from(body));
      const part = coded.subarray(0, Math.floor(at * (coded.length - 1)));
      if (part.length > 0) await expect(decompressed(name, [part])).rejects.toMatchObject({ status: 400 });
    }),
    { numRuns: 300 },
  );
});

it('any bytes at all either are a body or a client error', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1 }), fc.constantFrom(...variants), async (body, [name]) => {
      const failed = await decompressed(name, [body]).then(
        () => undefined,
        (error) => error.status,
      );
      expect([undefined, 400, 413]).toContain(failed);
    }),
    { numRuns: 500 },
  );
});

it('chunks that wait for node are given to it as one', async () => {
  const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
  const flushed: Buffer[] = [];
  gzip.on('data', (chunk) => flushed.push(chunk));
  for (let i = 0; i < 500; i++) await new Promise((done) => gzip.write('x', done));
  gzip.destroy();
  const decoder = new Decoder('gzip', UNLIMITED);
  for (const chunk of flushed) decoder.write(chunk);
  let [bytes, reads] = [0, 0];
  for await (const chunk of decoder) {
    bytes += chunk.length;
    reads++;
    if (bytes === 500) break;
  }
  expect(flushed.length).toBeGreaterThanOrEqual(500);
  expect(reads).toBeLessThan(10);
});

describe('a body in zstd, where node has it,', () => {
  const read = (...parts: readonly (string | Buffer)[]) => {
    const body = Buffer.concat(
      parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : part)),
    );
    return decompressed('zstd', [body]).catch((error) => [error.status, error.cause?.message]);
  };
  const empty = '28b52ffd2000010000';

  it('asks for a window of 8 MB at most', async () => {
    if (!coders.zstd) return;
    const windowOf = (log: number) => ['28b52ffd00', Buffer.of((log - 10) << 3), '09000041'];
    expect(await read(...windowOf(23))).toEqual(Buffer.from('A'));
    expect(await read(...windowOf(24))).toEqual([400, 'Frame requires too much memory for decoding']);
  });

  it('is a client error where the first of several frames is damaged', async () => {
    if (!coders.zstd) return;
    const damaged = '28b52ffd20002d0000ffffffffff';
    expect(await read(empty, empty)).toEqual(Buffer.alloc(0));
    expect(await read(damaged, empty, empty)).toEqual([400, expect.any(String)]);
  });

  it('is not made of any number of short frames', async () => {
    if (!coders.zstd) return;
    expect(await read(empty.repeat(1000))).toEqual(Buffer.alloc(0));
    expect(await read(empty.repeat(1001))).toEqual([400, 'too many short frames']);
  });
});
