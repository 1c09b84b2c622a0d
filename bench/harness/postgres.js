const { execFile, spawn } = require('node:child_process');
const { once } = require('node:events');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { setTimeout: pause } = require('node:timers/promises');
const { promisify } = require('node:util');
const pg = require('pg');
const { ensureCommand, versionOf } = require('./debian');
const { freePort } = require('./ports');

/** It refuses to run as root. */
const NOBODY = 65_534;

const DEBIAN = '/usr/lib/postgresql';

/** What is measured is the way to the database, not its disk. */
const SETTINGS = ['fsync=off', 'listen_addresses=127.0.0.1'];

/**
 * Starts a PostgreSQL of its own, in a folder of its own.
 * @returns `url`, `version`, and `stop()`, which removes it; it doesn't outlive this process in any case.
 */
async function startPostgres({ maxConnections = 100 } = {}) {
  const commands = ensurePostgres();
  const server = new Server(commands, await freePort());
  process.on('exit', () => server.kill());
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));
  await server.start([...SETTINGS, `max_connections=${maxConnections}`]);
  return {
    url: server.url,
    version: versionOf(path.join(commands, 'postgres'), '--version'),
    stop: () => server.stop(),
  };
}

class Server {
  #commands;
  #port;
  #folder = fs.mkdtempSync(path.join(os.tmpdir(), 'bench-postgres-'));
  #child;

  constructor(commands, port) {
    this.#commands = commands;
    this.#port = port;
  }

  get url() {
    return `postgres://postgres@127.0.0.1:${this.#port}/postgres`;
  }

  async start(settings) {
    const as = process.getuid() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
    if (as.uid) fs.chownSync(this.#folder, as.uid, as.gid);
    const data = path.join(this.#folder, 'data');
    const command = (name) => path.join(this.#commands, name);
    const how = ['-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'];
    await promisify(execFile)(command('initdb'), ['-D', data, ...how], as);
    const all = [...settings, `unix_socket_directories=${this.#folder}`].flatMap((one) => ['-c', one]);
    const options = { ...as, stdio: 'ignore' };
    this.#child = spawn(command('postgres'), ['-D', data, '-p', String(this.#port), ...all], options);
    await answering(this.url, this.#child);
  }

  /** In good order, though clients may still be connected. */
  async stop() {
    this.#child.kill('SIGINT');
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    fs.rmSync(this.#folder, { recursive: true, force: true });
  }

  /** At once. Its processes may write to the folder for a moment yet. */
  kill() {
    this.#child?.kill('SIGQUIT');
    fs.rmSync(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

async function answering(url, child) {
  for (let tries = 0; tries < 250 && child.exitCode === null; tries++) {
    const client = new pg.Client(url);
    try {
      await client.connect();
      return await client.end();
    } catch {
      await pause(20); // it is still starting
    }
  }
  throw new Error('PostgreSQL does not answer');
}

/** @returns the folder of its commands, installed where that can be done. */
function ensurePostgres() {
  const found = commandFolder();
  if (found) return found;
  ensureCommand('postgres', 'postgresql');
  return commandFolder();
}

const commandFolder = () =>
  [process.env.POSTGRES_BIN, ...(process.env.PATH ?? '').split(':'), ...debianFolders()].find(
    (folder) => folder && ['initdb', 'postgres'].every((name) => fs.existsSync(path.join(folder, name))),
  );

/** The newest version first. */
const debianFolders = () =>
  fs.existsSync(DEBIAN)
    ? fs
        .readdirSync(DEBIAN)
        .sort((a, b) => Number(b) - Number(a))
        .map((version) => path.join(DEBIAN, version, 'bin'))
    : [];

module.exports = { startPostgres };
