import { lookup } from 'mime-types';
import { judgeType } from '../content-types';
import type { SiblingCoding } from './siblings';

export interface PlanOptions {
  /** Codings that are wanted, and that this version of node has. */
  readonly encodings: readonly SiblingCoding[];
  /** Smaller files stay alone. */
  readonly minBytes: number;
  /** Makes anew what is up to date. */
  readonly force: boolean;
}

/** Of fs.Stats, what a plan is made from. */
export interface FileState {
  readonly size: number;
  readonly mtimeMs: number;
}

/** What is to become of each sibling of one file. */
export interface Plan {
  readonly make: readonly SiblingCoding[];
  /** Older than the file: they would be sent in place of what it has become. */
  readonly remove: readonly SiblingCoding[];
  readonly keep: readonly SiblingCoding[];
}

/** Whether it is a file of a type that becomes smaller; others are left alone, whatever lies beside them. */
export const isCompressible = (path: string): boolean => judgeType(lookup(path)).compressible;

/** @param siblings those that there are. */
export function planFor(
  file: FileState,
  siblings: ReadonlyMap<SiblingCoding, FileState>,
  { encodings, minBytes, force }: PlanOptions,
): Plan {
  const isFresh = (coding: SiblingCoding) => siblings.get(coding)!.mtimeMs >= file.mtimeMs;
  const isDue = (coding: SiblingCoding) => force || !siblings.has(coding) || !isFresh(coding);
  const make = file.size < minBytes ? [] : encodings.filter(isDue);
  const others = [...siblings.keys()].filter((coding) => !make.includes(coding));
  return {
    make,
    remove: others.filter((coding) => !isFresh(coding)),
    keep: others.filter(isFresh),
  };
}
