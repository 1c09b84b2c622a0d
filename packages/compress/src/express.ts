import type { IncomingMessage } from 'node:http';
import { type ExpressMiddleware, toExpress } from '@spillway/core/express';
import type { Request, Response } from 'express';
import { createCompress } from './compress';
import { judgeType } from './content-types';
import { createDecompress, type DecompressOptions } from './decompress';
import type { CompressOptions } from './options';
import { createPrecompressed, type PrecompressedOptions } from './precompressed';

export interface ExpressCompressOptions<Req extends IncomingMessage = Request>
  extends Omit<CompressOptions<Req>, 'filter'> {
  /** Which responses are coded. @default `compress.filter` */
  readonly filter?: ((req: Req, res: Response) => boolean) | undefined;
}

/**
 * Compression as middleware for Express 4 and 5.
 * @throws {OptionError} naming the option that is wrong.
 */
export function compress<Req extends IncomingMessage = Request>({
  filter,
  ...options
}: ExpressCompressOptions<Req> = {}): ExpressMiddleware {
  return toExpress(
    createCompress<Req>({
      ...options,
      ...(filter && { filter: (req) => filter(req, (req as unknown as Request).res!) }),
    }),
  );
}

/** What is coded where no `filter` says otherwise. */
compress.filter = (_req: IncomingMessage, res: Pick<Response, 'getHeader'>): boolean =>
  judgeType(res.getHeader('Content-Type')).compressible;

/**
 * Decodes the bodies of requests before anybody reads them.
 * @throws {OptionError} naming the option that is wrong.
 */
export const decompress = (options?: DecompressOptions): ExpressMiddleware =>
  toExpress(createDecompress(options));

/**
 * Has the static file server behind it send precompressed siblings.
 * @param root the folder that the server sends.
 * @throws {OptionError} naming the option that is wrong, or the folder that is missing.
 */
export const precompressed = (root: string, options?: PrecompressedOptions): ExpressMiddleware =>
  toExpress(createPrecompressed<Request>(root, options));
