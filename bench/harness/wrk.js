const { execFile, execFileSync } = require('node:child_process');
const fs = require('node:fs');
const { promisify } = require('node:util');

const MISSING =
  'the http benchmark needs wrk on the PATH (Debian: apt-get install wrk; macOS: brew install wrk)';

const isInstalled = () =>
  (process.env.PATH ?? '').split(':').some((folder) => fs.existsSync(`${folder}/wrk`));

/** @throws where wrk is neither there nor to be had. */
function ensureWrk() {
  if (isInstalled()) return;
  if (process.getuid?.() !== 0 || !fs.existsSync('/etc/debian_version')) throw new Error(MISSING);
  try {
    execFileSync('apt-get', ['update'], { stdio: 'ignore' });
    execFileSync('apt-get', ['install', '-y', 'wrk'], { stdio: 'ignore' });
  } catch (cause) {
    throw new Error(MISSING, { cause });
  }
}

const CONNECTIONS = 64;

/** Loads one server as fast as it answers. */
async function load(port, seconds, headers = {}) {
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1',
    `-c${CONNECTIONS}`,
    `-d${seconds}s`,
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    `http://127.0.0.1:${port}/`,
  ]);
  const number = (pattern) => Number(pattern.exec(stdout)?.[1] ?? 0);
  return {
    requests: number(/(\d+) requests in/),
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    /** Answers other than 2xx and 3xx. */
    refused: number(/Non-2xx or 3xx responses: (\d+)/),
  };
}

module.exports = { ensureWrk, load };
