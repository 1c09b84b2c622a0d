import type { PlanOptions } from './plan';
import type { FolderReport } from './precompress-folder';
import { table } from './table';

/** What was done, and what it saves. */
export function summary(
  { files }: FolderReport,
  { encodings, minBytes }: Pick<PlanOptions, 'encodings' | 'minBytes'>,
): string {
  const counted = files.filter(({ bytes }) => bytes >= minBytes);
  const made = files.reduce((total, file) => total + file.made, 0);
  const removed = files.reduce((total, file) => total + file.removed, 0);
  const saved = counted.length > 0 ? table(counted, encodings) : 'no files to compress';
  return `${saved}\n${made} made, ${removed} removed\n`;
}

/** A line for each file that failed, in their order. */
export const failuresText = ({ failures }: FolderReport): string =>
  failures
    .map(({ path, error }) => `failed: ${path.slice(1)}: ${error.message}\n`)
    .sort()
    .join('');
