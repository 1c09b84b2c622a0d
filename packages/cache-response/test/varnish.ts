import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Client } from '@spillway/core/testing';

/** What the README says that Varnish needs. */
const EDGE_VCL = /```vcl\n(.*?)```/s.exec(readFileSync(join(__dirname, '../README.md'), 'utf8'))![1]!;

/** Where varnishd is: by VARNISHD, on the PATH, or from Debian's package; undefined where it can't be had. */
export function findVarnish(): string | undefined {
  const isSet = process.env.VARNISHD;
  if (isSet) return isSet;
  return onPath('varnishd') ?? (installed('varnish') ? onPath('varnishd') : undefined);
}

/** Debian has servers where only root looks for commands. */
const onPath = (command: string): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin']
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path));

function installed(debianPackage: string): boolean {
  if (process.getuid?.() !== 0 || !existsSync('/etc/debian_version')) return false;
  // The service that comes with the package is not to be started.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const apt = (...args: string[]) =>
    execFileSync('/usr/bin/apt-get', ['-o', 'DPkg::Lock::Timeout=60', ...args], {
      stdio: 'ignore',
      env,
      timeout: 120_000,
    });
  try {
    apt('update');
    apt('install', '-y', debianPackage);
    return true;
  } catch {
    return false;
  }
}

/** A Varnish that runs, with `EDGE_VCL`. */
export interface Varnish {
  readonly port: number;
  /** Takes connections, and answers none. */
  freeze(): void;
  /** Ends at once, whatever it is at. */
  kill(): void;
  stop(): Promise<void>;
}

/** Starts one in front of a server on 127.0.0.1. */
export async function startVarnish(varnishd: string, originPort: number): Promise<Varnish> {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-varnish-'));
  const vcl = join(folder, 'edge.vcl');
  const port = await freePort();
  writeFileSync(
    vcl,
    `vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "${originPort}"; }\n${EDGE_VCL}`,
  );
  const args = ['-F', '-n', join(folder, 'run'), '-a', `127.0.0.1:${port}`, '-f', vcl, '-s', 'malloc,16m'];
  // Without a jail, which would let go of root and then find no way into the folder.
  const manager = spawn(varnishd, ['-j', 'none', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = once(manager, 'exit').finally(() => rmSync(folder, { recursive: true, maxRetries: 3 }));
  const worker = await new Promise<number>((resolve, reject) => {
    let log = '';
    const read = (text: Buffer) => {
      log += text;
      const started = /Child \((\d+)\) said Child starts/.exec(log);
      if (started) resolve(Number(started[1]));
    };
    manager.stdout.on('data', read);
    manager.stderr.on('data', read);
    exited.then(() => reject(new Error(`varnishd has ended: ${log}`)), reject);
  });
  // It says so some time before it answers.
  await new Client(port, false).get();
  const signal = (name: NodeJS.Signals) => {
    // The manager first: it would start another worker.
    manager.kill(name);
    process.kill(worker, name);
  };
  return {
    port,
    freeze: () => signal('SIGSTOP'),
    kill: () => signal('SIGKILL'),
    async stop() {
      if (manager.exitCode === null && manager.signalCode === null) signal('SIGKILL');
      await exited;
    },
  };
}

/** Varnish picks no port by itself. Below those that connections get, lest one connects to itself. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const server = createServer().listen(port, '127.0.0.1');
    const isFree = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    await new Promise((closed) => server.close(closed));
    if (isFree) return port;
  }
}
