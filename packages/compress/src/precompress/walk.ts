import { type Dirent, readdirSync } from 'node:fs';

/** Which entries of a folder count; a folder that doesn't is not entered. */
export type Wanted = (entry: Dirent) => boolean;

/**
 * The paths of all files below a folder, each with a slash in front and between. What a symbolic link points to is not looked at: it
 * counts as a file, so nothing is walked twice or left the folder for.
 */
export function* filesUnder(folder: string, isWanted: Wanted = () => true, below = ''): Generator<string> {
  for (const entry of readdirSync(folder + below, { withFileTypes: true })) {
    if (!isWanted(entry)) continue;
    const path = `${below}/${entry.name}`;
    if (entry.isDirectory()) yield* filesUnder(folder, isWanted, path);
    else yield path;
  }
}
