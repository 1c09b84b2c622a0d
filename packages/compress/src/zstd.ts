import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { Stage } from '@spillway/core';
import { type Codec, paceOf } from './codec';

/** What zstd can be told, with node's names; its level is `params[ZSTD_c_compressionLevel]`. */
export interface ZstdTuning {
  readonly chunkSize?: number | undefined;
  readonly flush?: number | undefined;
  readonly finishFlush?: number | undefined;
  readonly params?: Readonly<Record<number, number>> | undefined;
}

/** Node has it from 22.15 on; its types for node 20 don't know it. */
interface Zstd {
  zstdCompress(body: Buffer, options: ZstdTuning, done: (error: Error | null, coded: Buffer) => void): void;
  zstdCompressSync(body: Buffer, options: ZstdTuning): Buffer;
  createZstdCompress(options: ZstdTuning): Stage;
  readonly constants: Readonly<
    Record<'ZSTD_c_compressionLevel' | 'ZSTD_c_windowLog' | 'ZSTD_e_flush', number>
  >;
}

const USUAL_LEVEL = 3;

/** A stream that stays open for long gets a window of 16 KiB. */
const SMALL_WINDOW_LOG = 14;

/** Levels above it would take larger windows than 8 MB, which a decoder may refuse (RFC 9659). */
const LAST_OF_SMALL_WINDOWS = 19;
const MAX_WINDOW_LOG = 23;

const nsPerByte = paceOf([
  [1, 2],
  [4, 3],
  [8, 10],
  [22, 200],
]);

/** Zstandard (RFC 8878); undefined where node lacks it. */
export function zstd(tuning: ZstdTuning = {}): Codec | undefined {
  if (!('zstdCompress' in zlib)) return undefined;
  const { zstdCompress, zstdCompressSync, createZstdCompress, constants } = zlib as unknown as Zstd;
  const { ZSTD_c_compressionLevel, ZSTD_c_windowLog, ZSTD_e_flush } = constants;
  const codeLater = promisify<Buffer, ZstdTuning, Buffer>(zstdCompress);
  const options = (level: number, params: ZstdTuning['params'] = {}): ZstdTuning => ({
    ...tuning,
    params: {
      ...(level > LAST_OF_SMALL_WINDOWS && { [ZSTD_c_windowLog]: MAX_WINDOW_LOG }),
      ...params,
      ...tuning.params,
      [ZSTD_c_compressionLevel]: level,
    },
  });
  return {
    coding: 'zstd',
    fastest: 1,
    slowest: 22,
    usual: tuning.params?.[ZSTD_c_compressionLevel] ?? USUAL_LEVEL,
    nsPerByte,
    codeSync: (body, level) => zstdCompressSync(body, options(level)),
    code: (body, level) => codeLater(body, options(level)),
    stream: (level, { live }) =>
      createZstdCompress(
        live
          ? {
              chunkSize: 4096,
              ...options(level, { [ZSTD_c_windowLog]: SMALL_WINDOW_LOG }),
              flush: ZSTD_e_flush,
            }
          : options(level),
      ),
  };
}
