import { existsSync, statSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { resolve } from 'node:path';
import {
  type Check,
  checkOptions,
  type Filter,
  isArrayOf,
  isEither,
  isFunction,
  isOneOf,
  OptionError,
} from '@spillway/core';
import { createAcceptEncodingReader, negotiate, parseAcceptEncoding } from './negotiate';
import { isFingerprinted } from './precompress/fingerprint';
import { createLocator } from './precompress/place';
import { SIBLING_CODINGS, type SiblingCoding } from './precompress/siblings';
import { readFolder } from './precompress/static-file';

export interface PrecompressedOptions {
  /** Codings whose siblings are sent, the best first: of those that the client wants alike, the first. @default br, zstd, gzip */
  readonly encodings?: readonly SiblingCoding[] | undefined;
  /** What paths begin with where no router takes it off, as on Koa: `'/assets'`. @default '' */
  readonly prefix?: string | undefined;
  /** The file that the static server sends for a folder; false: none. @default 'index.html' */
  readonly index?: string | false | undefined;
  /**
   * Which files never change, by their paths below the folder (`/js/app.3f2a9c1b.js`): clients keep them for a year, and don't ask
   * again even when reloading (RFC 8246). Where a bundler has a folder for them, an expression that names it is surer than their
   * names are. @default those whose names carry a hash
   */
  readonly immutable?: false | RegExp | ((path: string) => boolean) | undefined;
}

/**
 * A filter before a static file server: where a file has a sibling in a coding that the client accepts, the path of the request is
 * made the sibling's, and the server sends that, with its own validators and ranges. Mount it right before the server, since what
 * stands in between sees the sibling's path.
 *
 * The folder is read once: siblings that are added later are not known, those that are gone are not asked for.
 * @param root the folder that the server sends.
 * @throws {OptionError} naming the option that is wrong, or the folder that is missing.
 */
export function createPrecompressed<Context extends object>(
  root: string,
  options: PrecompressedOptions = {},
): Filter<Context> {
  checkRoot(root);
  checkOptions('precompressed', options, checks);
  const { encodings = SIBLING_CODINGS, prefix = '', index = 'index.html', immutable } = options;
  const folder = resolve(root);
  const files = readFolder(folder, { encodings, isImmutable: matcherOf(immutable) });
  const locate = createLocator({ prefix, index });
  const read = createAcceptEncodingReader();
  return (request, context) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return undefined;
    const req = nodeRequestOf(context);
    const place = locate(req.url!, request.originalUrl);
    const file = place && files.get(place.path);
    if (!file) return undefined;
    const accepted = request.headers['accept-encoding'] as string | undefined;
    const coding = negotiate(accepted === undefined ? WANTS_IDENTITY : read(accepted), file.codings);
    const form = file.forms[(coding ?? 'identity') as SiblingCoding | 'identity'];
    // What an application answers in place of a file that is gone must not be called coded, or be kept for a year.
    if (!form || !existsSync(folder + place.path + form.suffix)) return file.otherwise;
    if (form.suffix !== '') req.url = place.urlWith(form.suffix);
    return form.hooks;
  };
}

/** The context is a request of node's own or of Express, or Koa's context. */
const nodeRequestOf = (context: object): IncomingMessage =>
  (context as { req?: IncomingMessage }).req ?? (context as IncomingMessage);

/** Of a request that doesn't say: any coding would do (RFC 9110, 12.5.3), but whoever can read one says so. */
const WANTS_IDENTITY = parseAcceptEncoding('identity');

function checkRoot(root: string): void {
  if (typeof root !== 'string' || !statSync(root, { throwIfNoEntry: false })?.isDirectory())
    throw new OptionError('precompressed', 'root', 'must be a folder that is there', root);
}

const isPrefix: Check = (value) =>
  typeof value === 'string' && /^(?:\/.*[^/])?$/.test(value) ? undefined : "must be a path such as '/assets'";

const isFileName: Check = (value) =>
  typeof value === 'string' && /^[^/]+$/.test(value) ? undefined : 'must be the name of a file';

const isExpression: Check = (value) => (value instanceof RegExp ? undefined : 'must be a regular expression');

const checks: Readonly<Record<keyof PrecompressedOptions, Check>> = {
  encodings: isArrayOf(isOneOf(...SIBLING_CODINGS)),
  prefix: isPrefix,
  index: isEither(isFileName, isOneOf(false)),
  immutable: isEither(isExpression, isFunction, isOneOf(false)),
};

function matcherOf(
  immutable: PrecompressedOptions['immutable'] = isFingerprinted,
): (path: string) => boolean {
  if (immutable === false) return () => false;
  // Unlike `test` it knows no `lastIndex`, with which a global expression would skip every other file.
  return typeof immutable === 'function' ? immutable : (path) => path.search(immutable) >= 0;
}
