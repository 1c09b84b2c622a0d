import { rmSync, type Stats, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { coders } from './coders';
import { type PlanOptions, planFor } from './plan';
import { SIBLING_CODINGS, type SiblingCoding, SUFFIXES } from './siblings';
import { writeWhole } from './write-whole';

/** A file once its siblings have been seen to. */
export interface FileReport {
  readonly path: string;
  readonly bytes: number;
  /** Bytes of the siblings that it has now. */
  readonly siblingBytes: ReadonlyMap<SiblingCoding, number>;
  readonly made: number;
  readonly removed: number;
}

/** A sibling that saves less is not worth a file. */
const MAX_RATIO = 0.95;

/** Makes what a file lacks and removes what is out of date. */
export async function precompressFile(
  folder: string,
  path: string,
  options: PlanOptions,
): Promise<FileReport> {
  const file = folder + path;
  const stats = statSync(file);
  const siblings = siblingsOf(file);
  const { make, remove, keep } = planFor(stats, siblings, options);
  for (const coding of remove) rmSync(file + SUFFIXES[coding]);
  const made = make.length > 0 ? await makeSiblings(file, stats, make) : new Map<SiblingCoding, number>();
  const kept = keep.map((coding) => [coding, siblings.get(coding)!.size] as const);
  const useless = make.filter((coding) => siblings.has(coding) && !made.has(coding));
  return {
    path,
    bytes: stats.size,
    siblingBytes: new Map([...kept, ...made]),
    made: made.size,
    removed: remove.length + useless.length,
  };
}

function siblingsOf(file: string): ReadonlyMap<SiblingCoding, Stats> {
  const found = SIBLING_CODINGS.map(
    (coding) => [coding, statSync(file + SUFFIXES[coding], { throwIfNoEntry: false })] as const,
  );
  return new Map(found.filter((entry): entry is [SiblingCoding, Stats] => entry[1]?.isFile() === true));
}

/** @returns bytes of those that were worth it; of the others none is left. */
async function makeSiblings(file: string, stats: Stats, codings: readonly SiblingCoding[]) {
  const content = await readFile(file);
  const made = new Map<SiblingCoding, number>();
  for (const coding of codings) {
    const coded = await coders.get(coding)!(content);
    const sibling = file + SUFFIXES[coding];
    if (coded.length > content.length * MAX_RATIO) {
      rmSync(sibling, { force: true });
      continue;
    }
    writeWhole(sibling, coded, stats);
    made.set(coding, coded.length);
  }
  return made;
}
