const { execFile } = require('node:child_process');
const { promisify } = require('node:util');
const { ensureCommand } = require('./debian');

const ensureWrk = () => ensureCommand('wrk');

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
