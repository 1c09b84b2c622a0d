import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, freePort, type RealServer, ServerFolder } from '@spillway/core/testing';

/** What the README says that Varnish needs. */
const EDGE_VCL = /```vcl\n(.*?)```/s.exec(readFileSync(join(__dirname, '../README.md'), 'utf8'))![1]!;

export const VARNISH: RealServer = { command: 'varnishd', env: 'VARNISHD', debianPackage: 'varnish' };

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
  const folder = new ServerFolder('varnish');
  const vcl = join(folder.path, 'edge.vcl');
  const port = await freePort();
  writeFileSync(
    vcl,
    `vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "${originPort}"; }\n${EDGE_VCL}`,
  );
  const args = [
    '-F',
    '-n',
    join(folder.path, 'run'),
    '-a',
    `127.0.0.1:${port}`,
    '-f',
    vcl,
    '-s',
    'malloc,16m',
  ];
  // Without a jail, which would let go of root and then find no way into the folder.
  const manager = spawn(varnishd, ['-j', 'none', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  folder.pid = manager.pid;
  const exited = once(manager, 'exit').finally(() => folder.remove());
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
