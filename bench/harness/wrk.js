const { execFile } = require('node:child_process');
const path = require('node:path');
const { promisify } = require('node:util');
const { ensureCommand } = require('./debian');

const ensureWrk = () => ensureCommand('wrk');

const CONNECTIONS = 64;
const NEW_URLS = path.join(__dirname, 'new-urls.lua');

let runs = 0;

/**
 * Loads one server as fast as it answers.
 * @param how `newUrls`: a path; each request is of another URL under it, and none comes again in a later load.
 */
async function load(port, { seconds, headers = {}, connections = CONNECTIONS, newUrls }) {
  const { stdout } = await promisify(execFile)('wrk', [
    '-t1',
    `-c${connections}`,
    `-d${seconds}s`,
    '--latency',
    ...Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]),
    ...(newUrls ? ['-s', NEW_URLS] : []),
    `http://127.0.0.1:${port}/`,
    ...(newUrls ? ['--', newUrls, String(++runs)] : []),
  ]);
  const number = (pattern) => Number(pattern.exec(stdout)?.[1] ?? 0);
  return {
    requests: number(/(\d+) requests in/),
    perSecond: number(/Requests\/sec:\s+([\d.]+)/),
    medianMs: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(stdout)),
    /** Answers other than 2xx and 3xx. */
    refused: number(/Non-2xx or 3xx responses: (\d+)/),
  };
}

const MS = { us: 0.001, ms: 1, s: 1000 };

const milliseconds = ([, number, unit]) => Number(number) * MS[unit];

module.exports = { ensureWrk, load };
