import { execFile, execFileSync } from 'node:child_process';
import { chownSync, existsSync, readdirSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { findServer, freePort, missingServer, type RealServer, ServerFolder } from '@spillway/core/testing';
import { Client } from 'pg';
import { type Owner, Postmaster } from './postmaster';

/** Debian has the commands of each version in a folder of its own, off the PATH. */
const DEBIAN_FOLDER = '/usr/lib/postgresql';

const POSTGRES: RealServer = {
  command: 'postgres',
  env: 'POSTGRES_BIN',
  debianPackage: 'postgresql',
  folders: () =>
    (existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [])
      .sort((one, other) => Number(other) - Number(one))
      .map((version) => join(DEBIAN_FOLDER, version, 'bin')),
};

export interface PostgresOptions {
  /** By name, what would stand in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
}

/**
 * Starts a PostgreSQL of its own, empty, whose user `postgres` needs no password.
 * @throws where there is none, saying what to install or to set.
 */
export async function startPostgres({ settings = {} }: PostgresOptions = {}): Promise<Postgres> {
  const command = findServer(POSTGRES);
  if (!command) throw new Error(missingServer(POSTGRES));
  const owner = ownerOfServers();
  const folder = new ServerFolder('postgres');
  try {
    if (owner.uid !== undefined) chownSync(folder.path, owner.uid, owner.gid!);
    const data = join(folder.path, 'data');
    // Locale C: what the server says of itself is read.
    const how = ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    // On the PATH may be a link to the one command alone.
    const initdb = join(dirname(realpathSync(command)), 'initdb');
    await promisify(execFile)(initdb, how, { cwd: folder.path, ...owner });
    const postgres = new Postgres(folder, await freePort(), (port) => {
      const all = {
        port,
        listen_addresses: '127.0.0.1',
        unix_socket_directories: '',
        fsync: 'off',
        ...settings,
      };
      const args = Object.entries(all).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
      return new Postmaster(command, ['-D', data, ...args], { cwd: folder.path, ...owner });
    });
    await postgres.restart();
    return postgres;
  } catch (error) {
    folder.remove();
    throw error;
  }
}

/** As root another user, for PostgreSQL refuses to run as root. */
function ownerOfServers(): Owner {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { stdio: 'pipe' }));
  try {
    return { uid: id('-u'), gid: id('-g') };
  } catch (cause) {
    throw new Error('PostgreSQL does not run as root, and there is no user postgres to run it as', { cause });
  }
}

export class Postgres {
  readonly port: number;
  /** Of its database `postgres`, as its user of that name. */
  readonly url: string;
  readonly #folder: ServerFolder;
  readonly #start: (port: number) => Postmaster;
  #postmaster: Postmaster | undefined;
  #isStopped = false;

  constructor(folder: ServerFolder, port: number, start: (port: number) => Postmaster) {
    this.port = port;
    this.url = `postgres://postgres@127.0.0.1:${port}/postgres`;
    this.#folder = folder;
    this.#start = start;
  }

  /** The postmaster's. @throws where it does not run. */
  get pid(): number {
    return this.#running.pid;
  }

  /** Runs one statement on a connection of its own. */
  async sql<Row = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = new Client({ connectionString: this.url, ssl: false });
    // The statement fails with it.
    client.on('error', () => {});
    try {
      await client.connect();
      return (await client.query(text, [...values])).rows as Row[];
    } finally {
      await client.end();
    }
  }

  /** Ends it as an operator does, which ends all connections, and starts it: same port, same data. Also after `kill`. */
  async restart(): Promise<void> {
    await this.#end('SIGINT');
    this.#postmaster = this.#start(this.port);
    this.#folder.pid = this.#postmaster.pid;
    await this.#postmaster.ready();
  }

  /**
   * Kills the postmaster, and waits until all processes of the server have ended; each does when it notices. One that
   * computes without a pause does not until it is done.
   */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /**
   * Kills the process of one connection. The postmaster then ends all others too, for they share memory. Resolves when it
   * takes connections again.
   * @param pid as of `pg_backend_pid()`.
   */
  async killBackend(pid: number): Promise<void> {
    const found = await this.sql('SELECT FROM pg_stat_activity WHERE pid = $1', [pid]);
    if (found.length === 0) throw new Error(`${pid} is no process of this server`);
    const ready = this.#running.ready();
    process.kill(pid, 'SIGKILL');
    await ready;
  }

  /** Ends it, whatever it is at, and removes its data. */
  async stop(): Promise<void> {
    if (this.#isStopped) return;
    this.#isStopped = true;
    try {
      // One that was killed has left shared memory, which only its successor clears away.
      if (!this.#postmaster) await this.restart();
      await this.#end('SIGQUIT');
    } finally {
      this.#folder.remove();
    }
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    if (!this.#postmaster) return;
    await this.#postmaster.end(signal);
    this.#postmaster = undefined;
    this.#folder.pid = undefined;
  }

  get #running(): Postmaster {
    if (!this.#postmaster) throw new Error('PostgreSQL does not run');
    return this.#postmaster;
  }
}
