import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface, type Interface } from 'node:readline';

/** Whom a process belongs to; nothing for whoever starts it. */
export interface Owner {
  readonly uid?: number;
  readonly gid?: number;
}

/** What it says when it takes connections, in locale C. */
const READY = 'database system is ready to accept connections';

/** So many of its last lines tell why it has ended. */
const MAX_LINES = 30;

/** One run of a PostgreSQL. */
export class Postmaster {
  readonly #child: ChildProcess;
  readonly #lines: Interface;
  readonly #last: string[] = [];
  /** Every process of the server writes to the one log: it ends with the last of them. */
  readonly #gone: Promise<unknown>;

  constructor(command: string, args: readonly string[], { cwd, ...owner }: Owner & { readonly cwd: string }) {
    const stdio = ['ignore', 'ignore', 'pipe'] as const;
    this.#child = spawn(command, args, { cwd, ...owner, stdio: [...stdio] });
    this.#gone = once(this.#child, 'close');
    this.#lines = createInterface(this.#child.stderr!);
    this.#lines.on('line', (line) => {
      this.#last.push(line);
      if (this.#last.length > MAX_LINES) this.#last.shift();
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves when it says next that it takes connections. */
  ready(): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = (line: string) => {
        if (!line.includes(READY)) return;
        this.#lines.off('line', look);
        resolve();
      };
      this.#lines.on('line', look);
      const ended = () => reject(new Error(`PostgreSQL has ended: ${this.#last.join('\n')}`));
      this.#gone.then(ended, reject);
    });
  }

  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    await this.#gone;
  }
}
