import { type KoaContext, type KoaMiddleware, toKoa } from '@spillway/core/koa';
import type { Context } from 'koa';
import { createCompress } from './compress';
import type { CompressOptions } from './options';

export interface KoaCompressOptions<Ctx extends KoaContext = Context>
  extends Omit<CompressOptions<Ctx>, 'filter'> {
  /** Which responses are coded, by their type. @default what mime-db calls compressible */
  readonly filter?: ((type: string) => boolean) | undefined;
}

/** What a handler may say of its own response, as `ctx.compress`. */
export type KoaOverride = boolean | Omit<KoaCompressOptions, 'filter'>;

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

const typeOf = (field: unknown): string =>
  String(field ?? '')
    .split(';', 1)[0]!
    .trim();
