import { type KoaContext, type KoaMiddleware, toKoa } from '@spillway/core/koa';
import type { Context } from 'koa';
import { createCompress } from './compress';
import { createDecompress, type DecompressOptions } from './decompress';
import type { CompressOptions } from './options';
import { createPrecompressed, type PrecompressedOptions } from './precompressed';

export interface KoaCompressOptions<Ctx extends KoaContext = Context>
  extends Omit<CompressOptions<Ctx>, 'filter'> {
  /** Which responses are coded, by their type. @default what mime-db calls compressible */
  readonly filter?: ((type: string) => boolean) | undefined;
}

/** What a handler may say of its own response, as `ctx.compress`. */
export type KoaOverride = boolean | Omit<KoaCompressOptions, ForAll>;

/** What concerns requests too, or all responses together. */
type ForAll =
  | 'filter'
  | 'etag'
  | 'notAcceptable'
  | 'refuse'
  | 'syncBudgetMs'
  | 'concurrency'
  | 'keptBytes'
  | 'keptBy';

/**
 * Compression as middleware for Koa 2 and 3.
 * @throws {OptionError} naming the option that is wrong.
 */
export const compress = <Ctx extends KoaContext = Context>({
  filter,
  ...options
}: KoaCompressOptions<Ctx> = {}): KoaMiddleware =>
  toKoa(
    createCompress<Ctx>(
      {
        ...options,
        ...(filter && { filter: (_ctx, head) => filter(typeOf(head.getHeader('Content-Type'))) }),
      },
      (ctx) => (ctx as { compress?: KoaOverride }).compress as CompressOptions<Ctx> | boolean | undefined,
    ),
  );

/**
 * Decodes the bodies of requests before anybody reads them.
 * @throws {OptionError} naming the option that is wrong.
 */
export const decompress = (options?: DecompressOptions): KoaMiddleware => toKoa(createDecompress(options));

/**
 * Has the static file server behind it send precompressed siblings.
 * @param root the folder that the server sends.
 * @throws {OptionError} naming the option that is wrong, or the folder that is missing.
 */
export const precompressed = (root: string, options?: PrecompressedOptions): KoaMiddleware =>
  toKoa(createPrecompressed<Context>(root, options));

const typeOf = (field: unknown): string =>
  String(field ?? '')
    .split(';', 1)[0]!
    .trim();
