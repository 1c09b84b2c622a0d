import { promisify } from 'node:util';
import {
  type BrotliOptions,
  brotliCompress,
  brotliCompressSync,
  constants,
  createBrotliCompress,
} from 'node:zlib';
import { type Codec, paceOf } from './codec';

/** What brotli can be told, with node's names; its level is `params[BROTLI_PARAM_QUALITY]`. */
export type BrotliTuning = Pick<BrotliOptions, 'chunkSize' | 'params' | 'flush' | 'finishFlush'>;

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;

/** Node's own default, 11, takes a second for a megabyte. */
const USUAL_QUALITY = 4;

/** A stream that stays open for long gets a window of 16 KiB. */
const SMALL = { params: { [BROTLI_PARAM_LGWIN]: 14 }, chunkSize: 4096 };

const nsPerByte = paceOf([
  [1, 4],
  [3, 6],
  [4, 10],
  [6, 18],
  [9, 60],
  [11, 1000],
]);

const codeLater = promisify<Buffer, BrotliOptions, Buffer>(brotliCompress);

/** Brotli (RFC 7932). */
export function brotli(tuning: BrotliTuning = {}): Codec {
  const options = (level: number, params: BrotliOptions['params'] = {}): BrotliOptions => ({
    ...tuning,
    params: { ...params, ...tuning.params, [BROTLI_PARAM_QUALITY]: level },
  });
  const wholeOptions = (body: Buffer, level: number) =>
    options(level, { [BROTLI_PARAM_SIZE_HINT]: body.length });
  return {
    coding: 'br',
    fastest: 1,
    slowest: 11,
    usual: Number(tuning.params?.[BROTLI_PARAM_QUALITY] ?? USUAL_QUALITY),
    nsPerByte,
    codeSync: (body, level) => brotliCompressSync(body, wholeOptions(body, level)),
    code: (body, level) => codeLater(body, wholeOptions(body, level)),
    stream: (level, { live }) =>
      createBrotliCompress(
        live
          ? {
              chunkSize: SMALL.chunkSize,
              ...options(level, SMALL.params),
              flush: constants.BROTLI_OPERATION_FLUSH,
            }
          : options(level),
      ),
  };
}
