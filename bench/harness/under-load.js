const http = require('node:http');
const { performance } = require('node:perf_hooks');
const { startChild } = require('./child');
const { listenBelowEphemeral } = require('./ports');
const { rotate } = require('./rotate');
const { quartiles, ratios } = require('./statistics');
const { table } = require('./table');
const { load } = require('./wrk');

/** In the process of one contestant: its server, and what that has spent so far. */
exports.served = (listener) => {
  const server = http.createServer(listener);
  return {
    listen: () => listenBelowEphemeral(server),
    spentUs() {
      const { user, system } = process.cpuUsage();
      return { cpuUs: user + system, mainUs: performance.eventLoopUtilization().active * 1000 };
    },
  };
};

/**
 * Servers under load by turns, each alone and in a process of its own.
 * @param contestants `{ label, args, execPath, refuses, fill, reaches }` and how each is loaded, `{ headers, connections, newUrls }`; the
 * first of them is the one that others are compared with; the file's `inChild(...args)` is what `served` makes. `fill`: requests of
 * other URLs before anything is measured; `reaches(calls, requests)`: whether the application behind it was asked as often as meant.
 * @returns a table, with bytes a response where `columns` asks for them.
 */
exports.underLoad = async (title, file, contestants, { rounds, warmup, seconds }, columns = COLUMNS) => {
  const servers = await Promise.all(contestants.map((contestant) => start(file, contestant)));
  const slices = Object.fromEntries(servers.map((server) => [server.label, () => slice(server, seconds)]));
  await rotate(slices, warmup);
  const samples = await rotate(slices, rounds);
  for (const { child } of servers) child.stop();
  const [first] = contestants;
  const rows = contestants.map(({ label }) => ({
    name: label,
    cells: columns.map((column) => cellOf(column, samples[label], samples[first.label])),
  }));
  return table(
    title,
    columns.map(({ name }) => name),
    rows,
  );
};

function cellOf({ what, ratio, less }, samples, firstSamples) {
  const own = samples.map((sample) => sample[what]);
  const first = firstSamples.map((sample) => sample[what]);
  if (less) return ratios(first, own);
  return ratio ? ratios(own, first) : quartiles(own);
}

/** Where the URLs lie that a server is filled with. */
exports.FILLED = '/filled';

const PER_SECOND = { name: 'requests a second', what: 'perSecond' };
const CPU = { name: 'CPU us a request', what: 'cpuUs' };

/** What stands in the tables, and as a ratio to the first contestant. */
const COLUMNS = [
  PER_SECOND,
  { name: 'of plain', what: 'perSecond', ratio: true },
  CPU,
  { name: 'CPU of plain', what: 'cpuUs', ratio: true },
];
/** How many times less CPU than the first contestant. */
exports.TIMES_LESS = 'times less CPU';
exports.TO_PLAIN = [PER_SECOND, CPU, { name: exports.TIMES_LESS, what: 'cpuUs', less: true }];
exports.WITH_BYTES = [
  ...COLUMNS,
  { name: 'main thread us', what: 'mainUs' },
  { name: 'bytes', what: 'bytes' },
];

async function start(file, { label, args, execPath, refuses = false, fill = 0, reaches, ...how }) {
  const child = startChild(file, args, [], execPath);
  const port = await child.call('listen');
  const bytes = await ask(port, how.headers); // all that a refusing one admits
  for (let sent = 0; sent < fill; )
    sent += (await load(port, { seconds: 1, newUrls: exports.FILLED })).requests;
  return { label, refuses, reaches, how, child, port, bytes };
}

/** Bytes of the body as they come. */
const ask = (port, headers) =>
  new Promise((resolve, reject) => {
    http
      .get({ host: '127.0.0.1', port, headers, agent: false }, (response) => {
        let bytes = 0;
        response.on('data', (chunk) => {
          bytes += chunk.length;
        });
        response.on('end', () => resolve(bytes));
      })
      .on('error', reject);
  });

async function slice({ label, refuses, reaches, how, child, port, bytes }, seconds) {
  const before = await child.call('spentUs');
  const { requests, perSecond, medianMs, refused } = await load(port, { ...how, seconds });
  const after = await child.call('spentUs');
  if (refused !== (refuses ? requests : 0))
    throw new Error(`${label}: ${refused} of ${requests} were refused`);
  const calls = after.calls - before.calls;
  if (reaches && !reaches(calls, requests))
    throw new Error(`${label}: ${calls} of ${requests} reached the application`);
  const each = (what) => (after[what] - before[what]) / requests;
  return { perSecond, medianMs, bytes, cpuUs: each('cpuUs'), mainUs: each('mainUs') };
}
