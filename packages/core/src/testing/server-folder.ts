import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Reads ids of processes, the last one valid, until whoever writes them is gone; then ends what is left behind. */
const GUARD = `
while read -r line; do pid=$line; done
if [ -n "$pid" ] && kill -INT "$pid"; then
  for try in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    kill -0 "$pid" || break
    sleep 0.1
  done
  kill -KILL "$pid"
fi
rm -rf "$1"`;

/**
 * A temporary folder, and a server that runs on it. Both are gone once this process is, even where it is killed: a shell
 * of its own sees to that.
 */
export class ServerFolder {
  readonly path: string;
  readonly #guard: ChildProcess;

  /** @param server for the folder's name. */
  constructor(server: string) {
    this.path = mkdtempSync(join(tmpdir(), `spillway-${server}-`));
    // In a session of its own: an interrupt at the terminal is not for it.
    const stdio = ['pipe', 'ignore', 'ignore'] as const;
    this.#guard = spawn('/bin/sh', ['-c', GUARD, 'guard', this.path], { stdio: [...stdio], detached: true });
    this.#guard.unref();
    // Without it a folder may be left behind, no more.
    this.#guard.on('error', () => {});
    this.#guard.stdin!.on('error', () => {});
  }

  /** The server's process; undefined where it has ended. */
  set pid(pid: number | undefined) {
    this.#guard.stdin!.write(`${pid ?? ''}\n`);
  }

  /** The server has ended. */
  remove(): void {
    this.pid = undefined;
    rmSync(this.path, { recursive: true, force: true, maxRetries: 3 });
    this.#guard.stdin!.end();
  }
}
