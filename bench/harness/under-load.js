const http = require('node:http');
const { performance } = require('node:perf_hooks');
const { startChild } = require('./child');
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

/** Dialing a port of the ephemeral range that nobody listens on can connect to itself. */
function listenBelowEphemeral(server) {
  return new Promise((resolve, reject) => {
    const attempt = () => server.listen(20_000 + Math.floor(Math.random() * 10_000), '127.0.0.1');
    server.on('error', (error) => (error.code === 'EADDRINUSE' ? attempt() : reject(error)));
    server.on('listening', () => resolve(server.address().port));
    attempt();
  });
}

/**
 * Servers under load by turns, each alone and in a process of its own.
 * @param contestants `{ label, args, headers, refuses, execPath }`, the first of them the one that others are compared with; the file's
 * `inChild(...args)` is what `served` makes.
 * @returns a table, with bytes a response where `columns` asks for them.
 */
exports.underLoad = async (title, file, contestants, { rounds, warmup, seconds }, columns = COLUMNS) => {
  const servers = await Promise.all(contestants.map((contestant) => start(file, contestant)));
  const slices = Object.fromEntries(servers.map((server) => [server.label, () => slice(server, seconds)]));
  await rotate(slices, warmup);
  const samples = await rotate(slices, rounds);
  for (const { child } of servers) child.stop();
  const of = (label, what) => samples[label].map((sample) => sample[what]);
  const [first] = contestants;
  const rows = contestants.map(({ label }) => ({
    name: label,
    cells: columns.map(({ what, ratio }) =>
      ratio ? ratios(of(label, what), of(first.label, what)) : quartiles(of(label, what)),
    ),
  }));
  return table(
    title,
    columns.map(({ name }) => name),
    rows,
  );
};

const PER_SECOND = { name: 'requests a second', what: 'perSecond' };
const CPU = { name: 'CPU us a request', what: 'cpuUs' };

/** What stands in the tables, and as a ratio to the first contestant. */
const COLUMNS = [
  PER_SECOND,
  { name: 'of plain', what: 'perSecond', ratio: true },
  CPU,
  { name: 'CPU of plain', what: 'cpuUs', ratio: true },
];
exports.WITH_BYTES = [
  ...COLUMNS,
  { name: 'main thread us', what: 'mainUs' },
  { name: 'bytes', what: 'bytes' },
];

async function start(file, { label, args, headers = {}, refuses = false, execPath }) {
  const child = startChild(file, args, [], execPath);
  const port = await child.call('listen');
  const answer = await ask(port, headers); // all that a refusing one admits
  return { label, refuses, headers, child, port, bytes: answer };
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

async function slice({ label, refuses, headers, child, port, bytes }, seconds) {
  const before = await child.call('spentUs');
  const { requests, perSecond, refused } = await load(port, seconds, headers);
  const after = await child.call('spentUs');
  if (refused !== (refuses ? requests : 0))
    throw new Error(`${label}: ${refused} of ${requests} were refused`);
  const each = (what) => (after[what] - before[what]) / requests;
  return { perSecond, bytes, cpuUs: each('cpuUs'), mainUs: each('mainUs') };
}
