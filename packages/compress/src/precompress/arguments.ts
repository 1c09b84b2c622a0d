import { statSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SIBLING_CODINGS, type SiblingCoding } from './siblings';

export interface Arguments {
  readonly folder: string;
  readonly encodings: readonly SiblingCoding[];
  readonly minBytes: number;
  readonly force: boolean;
}

/** Wrong usage; the message says what is wrong with it. */
export class UsageError extends Error {}

export const USAGE = `Usage: spillway-precompress DIR [options]

Writes compressed siblings (app.js.zst, app.js.br, app.js.gz) beside the files
below DIR, for precompressed() of @spillway/compress to serve. Files that don't
become 5 % smaller get none. Siblings older than their file are made anew or
removed; those up to date stay.

Options:
  --encodings LIST   any of br, zstd, gzip; zstd needs node 22.15 or later
                     (default: br,zstd,gzip)
  --min-bytes N      smallest file that gets siblings (default: 1024)
  --force            make those anew that are up to date too
  --help             print this

Left alone: dot files, symbolic links, types that don't compress.
Exit status: 0; 1 where a file failed; 2 for wrong usage.
`;

/**
 * @returns 'help' where that was asked for.
 * @throws {UsageError}
 */
export function readArguments(args: readonly string[]): Arguments | 'help' {
  const { values, positionals } = parse(args);
  if (values.help) return 'help';
  const [folder, ...others] = positionals;
  if (folder === undefined || others.length > 0) throw new UsageError('one folder is needed');
  if (!statSync(folder, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`${folder} is not a folder`);
  return {
    folder,
    encodings: values.encodings === undefined ? SIBLING_CODINGS : readEncodings(values.encodings),
    minBytes: readBytes(values['min-bytes']),
    force: values.force,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        encodings: { type: 'string' },
        'min-bytes': { type: 'string', default: '1024' },
        force: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function readEncodings(list: string): readonly SiblingCoding[] {
  const encodings = [...new Set(list.split(','))];
  for (const each of encodings) {
    if (!SIBLING_CODINGS.includes(each as SiblingCoding))
      throw new UsageError(`--encodings takes ${SIBLING_CODINGS.join(', ')}, got '${each}'`);
  }
  return encodings as SiblingCoding[];
}

function readBytes(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new UsageError(`--min-bytes takes a number of bytes, got '${text}'`);
  return Number(text);
}
