import type { Coding } from '../codec';
import { filesUnder, type Wanted } from './walk';

/** A coding in which a file may lie beside itself: `app.js.br` beside `app.js`. */
export type SiblingCoding = Exclude<Coding, 'deflate'>;

/** The best first: of those that a client wants alike, the first is sent. Brotli at its slowest makes the fewest bytes. */
export const SIBLING_CODINGS: readonly SiblingCoding[] = ['br', 'zstd', 'gzip'];

export const SUFFIXES: Readonly<Record<SiblingCoding, string>> = { zstd: '.zst', br: '.br', gzip: '.gz' };

/** The files of a folder, by their paths below it (`/js/app.js`), and which siblings each has. Siblings are files like any other. */
export function filesWithSiblings(
  folder: string,
  isWanted?: Wanted,
): ReadonlyMap<string, readonly SiblingCoding[]> {
  const paths = new Set(filesUnder(folder, isWanted));
  const siblingsOf = (path: string) => SIBLING_CODINGS.filter((coding) => paths.has(path + SUFFIXES[coding]));
  return new Map([...paths].map((path) => [path, siblingsOf(path)]));
}
