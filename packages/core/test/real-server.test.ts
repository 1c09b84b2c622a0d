import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline';
import { findServer, freePort, missingServer, ServerFolder } from '@spillway/core/testing';

const ENV = 'SPILLWAY_TEST_SERVER';
const COMMAND = 'spillway-test-server';

let temp: string;
const { PATH } = process.env;

beforeEach(() => {
  temp = mkdtempSync(join(tmpdir(), 'spillway-test-'));
});

afterEach(() => {
  process.env.PATH = PATH;
  delete process.env[ENV];
  rmSync(temp, { recursive: true });
});

/** A folder that has the command. */
function folderOf(name: string): string {
  const folder = join(temp, name);
  mkdirSync(folder);
  writeFileSync(join(folder, COMMAND), '#!/bin/sh\n');
  chmodSync(join(folder, COMMAND), 0o755);
  return folder;
}

describe('the command of a real server', () => {
  const server = { command: COMMAND, env: ENV, debianPackage: COMMAND };
  const find = (folders: readonly string[] = []) => findServer({ ...server, folders: () => folders });

  it('is by its variable, then on the PATH, then in the first folder that has it', () => {
    const [byVariable, onPath, older, newer] = ['variable', 'path', 'older', 'newer'].map(folderOf);
    const folders = [join(temp, 'nowhere'), newer!, older!];
    expect(find(folders)).toBe(join(newer!, COMMAND));
    process.env.PATH = [PATH, onPath].join(delimiter);
    expect(find(folders)).toBe(join(onPath!, COMMAND));
    process.env[ENV] = byVariable;
    expect(find(folders)).toBe(join(byVariable!, COMMAND));
    process.env[ENV] = join(byVariable!, COMMAND);
    expect(find(folders)).toBe(join(byVariable!, COMMAND));
  });

  it('is not looked for elsewhere where its variable is wrong', () => {
    process.env[ENV] = temp;
    expect(() => find([folderOf('there')])).toThrow(`${ENV} is ${temp}, and there is no ${COMMAND} there`);
  });

  it('is told how to be had', () => {
    expect(missingServer(server)).toBe(
      `there is no ${COMMAND}: install it (Debian: apt-get install ${COMMAND}) or set ${ENV}`,
    );
  });
});

it('a free port is below those that connections get', async () => {
  for (let i = 0; i < 20; i++) {
    const port = await freePort();
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
  }
});

describe('the folder of a real server', () => {
  it('is removed with what is in it', () => {
    const folder = new ServerFolder('test');
    writeFileSync(join(folder.path, 'data'), '');
    folder.remove();
    expect(existsSync(folder.path)).toBe(false);
  });

  it('is gone with its server once its process is killed', async () => {
    // The server writes a line, and holds the output open until it ends.
    const script = `
      const { ServerFolder } = require('@spillway/core/testing');
      const folder = new ServerFolder('test');
      const stdio = ['ignore', 'inherit', 'ignore'];
      folder.pid = require('node:child_process').spawn('sleep', ['1000'], { stdio }).pid;
      console.log(folder.path);
      setInterval(() => {}, 1000);`;
    const env = { ...process.env, TMPDIR: temp };
    const stdio = ['ignore', 'pipe', 'inherit'] as const;
    const child = spawn(process.execPath, ['-e', script], { cwd: __dirname, env, stdio: [...stdio] });
    const serverEnded = once(child.stdout!, 'close');
    const [path] = (await once(createInterface(child.stdout!), 'line')) as [string];
    expect(existsSync(path)).toBe(true);
    const changes = watch(temp)[Symbol.asyncIterator]();
    const change = changes.next();
    child.kill('SIGKILL');
    await Promise.all([serverEnded, change]);
    expect(existsSync(path)).toBe(false);
    await changes.return!();
  });
});
