const { execFileSync, spawnSync } = require('node:child_process');
const fs = require('node:fs');

const isInstalled = (command) =>
  (process.env.PATH ?? '').split(':').some((folder) => fs.existsSync(`${folder}/${command}`));

/**
 * Installs a command by Debian's package of it, where that can be done.
 * @throws where the command is neither there nor to be had.
 */
function ensureCommand(command, debianPackage = command) {
  if (isInstalled(command)) return;
  const missing = `this benchmark needs ${command} on the PATH (Debian: apt-get install ${debianPackage})`;
  if (process.getuid?.() !== 0 || !fs.existsSync('/etc/debian_version')) throw new Error(missing);
  try {
    // A service that a package brings is not to be started.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
    execFileSync('apt-get', ['update'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', debianPackage], { stdio: 'ignore', env });
  } catch (cause) {
    throw new Error(missing, { cause });
  }
}

/** The first number of the line in which a command tells its version, whichever stream it writes that to. */
function versionOf(command, flag) {
  const { stdout, stderr } = spawnSync(command, [flag], { encoding: 'utf8' });
  return /\d+(?:\.\d+)+/.exec(stdout + stderr)[0];
}

module.exports = { ensureCommand, isInstalled, versionOf };
