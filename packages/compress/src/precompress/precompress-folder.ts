import type { Dirent } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Gate } from '../gate';
import { isCompressible, type PlanOptions } from './plan';
import { type FileReport, precompressFile } from './precompress-file';
import { filesWithSiblings } from './siblings';

interface Failure {
  readonly path: string;
  readonly error: Error;
}

export interface FolderReport {
  readonly files: readonly FileReport[];
  readonly failures: readonly Failure[];
}

/** Files that may become smaller, by their paths below the folder. */
export const listFiles = (folder: string): readonly string[] =>
  [...filesWithSiblings(folder, isPublic).keys()].filter(isCompressible);

/** What is linked to may lie elsewhere, where nothing is to be written. */
const isPublic = (entry: Dirent): boolean => !entry.name.startsWith('.') && !entry.isSymbolicLink();

/** Sees to as many files at a time as there are cores. One that fails stops no other. */
export async function precompressFiles(
  folder: string,
  paths: readonly string[],
  options: PlanOptions,
  onFile: () => void,
): Promise<FolderReport> {
  const gate = new Gate(availableParallelism());
  const files: FileReport[] = [];
  const failures: Failure[] = [];
  const seeTo = async (path: string) => {
    try {
      files.push(await precompressFile(folder, path, options));
    } catch (error) {
      failures.push({ path, error: error as Error });
    }
    onFile();
  };
  await Promise.all(paths.map((path) => gate.run(() => seeTo(path))));
  return { files, failures };
}
