import type { IncomingMessage } from 'node:http';
import type { Filter } from '@spillway/core';
import { createCompress } from './compress';
import type { CompressOptions } from './options';

/**
 * Compression as a filter for `inFront` and `stack` of `@spillway/core/http`.
 * @throws {OptionError} naming the option that is wrong.
 */
export const compress = (options?: CompressOptions<IncomingMessage>): Filter<IncomingMessage> =>
  createCompress(options);
