import type { IncomingMessage } from 'node:http';
import type { Filter } from '@spillway/core';
import { createCompress } from './compress';
import { createDecompress, type DecompressOptions } from './decompress';
import type { CompressOptions } from './options';
import { createPrecompressed, type PrecompressedOptions } from './precompressed';

/**
 * Compression as a filter for `inFront` and `stack` of `@spillway/core/http`.
 * @throws {OptionError} naming the option that is wrong.
 */
export const compress = (options?: CompressOptions<IncomingMessage>): Filter<IncomingMessage> =>
  createCompress(options);

/**
 * Decodes the bodies of requests before anybody reads them.
 * @throws {OptionError} naming the option that is wrong.
 */
export const decompress = (options?: DecompressOptions): Filter<IncomingMessage> => createDecompress(options);

/**
 * Has the static file server behind it send precompressed siblings.
 * @param root the folder that the server sends.
 * @throws {OptionError} naming the option that is wrong, or the folder that is missing.
 */
export const precompressed = (root: string, options?: PrecompressedOptions): Filter<IncomingMessage> =>
  createPrecompressed(root, options);
