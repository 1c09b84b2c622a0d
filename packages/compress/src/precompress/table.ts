import { extname } from 'node:path';
import { format } from 'bytes';
import type { FileReport } from './precompress-file';
import type { SiblingCoding } from './siblings';

type Row = readonly string[];

/**
 * What siblings save, a line a type of file and one for all: bytes of the files, and of what a client gets in each coding, where a
 * file without a sibling counts as it is.
 */
export function table(files: readonly FileReport[], codings: readonly SiblingCoding[]): string {
  const types = [...new Set(files.map(typeOf))].sort();
  return aligned([
    ['type', 'files', 'before', ...codings, 'saved'],
    ...types.map((type) =>
      rowOf(
        type,
        files.filter((file) => typeOf(file) === type),
        codings,
      ),
    ),
    rowOf('total', files, codings),
  ]);
}

const typeOf = ({ path }: FileReport): string => extname(path) || '(none)';

function rowOf(name: string, files: readonly FileReport[], codings: readonly SiblingCoding[]): Row {
  const before = sum(files.map(({ bytes }) => bytes));
  const after = codings.map((coding) => sum(files.map((file) => bytesIn(coding, file))));
  const least = sum(files.map(({ bytes, siblingBytes }) => Math.min(bytes, ...siblingBytes.values())));
  return [
    name,
    String(files.length),
    readable(before),
    ...after.map(readable),
    `${before === 0 ? 0 : Math.round((1 - least / before) * 100)} %`,
  ];
}

const bytesIn = (coding: SiblingCoding, { bytes, siblingBytes }: FileReport): number =>
  siblingBytes.get(coding) ?? bytes;

const sum = (numbers: readonly number[]): number => numbers.reduce((total, each) => total + each, 0);

const readable = (bytes: number): string => format(bytes, { unitSeparator: ' ', decimalPlaces: 1 })!;

/** Names to the left, numbers to the right. */
function aligned(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  const line = ([name, ...cells]: Row) =>
    [name!.padEnd(widths[0]!), ...cells.map((cell, i) => cell.padStart(widths[i + 1]!))].join('  ');
  return rows.map((row) => `${line(row)}\n`).join('');
}
