import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** A server of another program that tests run against. */
export interface RealServer {
  readonly command: string;
  /** The variable of the environment that says where the command is, or in which folder. */
  readonly env: string;
  readonly debianPackage: string;
  /** Folders that it may be in besides those of the PATH, the best first. @default none */
  readonly folders?: () => readonly string[];
}

/**
 * Where a server's command is: by its variable, on the PATH, in its further folders, or, as root on Debian, from its
 * package, whose service is not started. Undefined where it can't be had.
 * @throws where the variable names what is not there.
 */
export function findServer(server: RealServer): string | undefined {
  const isSet = process.env[server.env];
  if (isSet) return named(isSet, server);
  const found = search(server);
  if (found || !isInstallable()) return found;
  install(server.debianPackage);
  return search(server);
}

/** What to do where `findServer` has found none. */
export function missingServer({ command, env, debianPackage }: RealServer): string {
  return `there is no ${command}: install it (Debian: apt-get install ${debianPackage}) or set ${env}`;
}

function named(value: string, { command, env }: RealServer): string {
  const path = existsSync(value) && statSync(value).isDirectory() ? join(value, command) : value;
  if (!existsSync(path)) throw new Error(`${env} is ${value}, and there is no ${command} there`);
  return path;
}

/** Debian has servers where only root looks for commands. */
const search = ({ command, folders }: RealServer): string | undefined =>
  [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', ...(folders?.() ?? [])]
    .map((folder) => join(folder, command))
    .find((path) => existsSync(path));

const isInstallable = (): boolean => process.getuid?.() === 0 && existsSync('/etc/debian_version');

function install(debianPackage: string): void {
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
  } catch {
    // Whether it is there now is looked at next: another process may have been at it too.
  }
}
