import { renameSync, rmSync, type Stats, utimesSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/**
 * Writes a file whole or not at all: under a name of its own, which no static server sends, and then in place. It is done at once, so
 * that a signal comes before or after it.
 * @param like whose permissions and time it gets. Had the file changed since these were read, its siblings would be out of date; and
 * machines that make the same siblings send them with the same validators.
 */
export function writeWhole(file: string, content: Buffer, like: Pick<Stats, 'mode' | 'mtimeMs'>): void {
  const temporary = join(dirname(file), `.${basename(file)}.${process.pid}.tmp`);
  try {
    writeFileSync(temporary, content, { mode: like.mode & 0o777 });
    // One more, since what is set may come out a fraction earlier.
    const time = new Date(Math.ceil(like.mtimeMs) + 1);
    utimesSync(temporary, time, time);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
