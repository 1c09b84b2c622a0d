const {
  CONNECTION_EACH,
  createItems,
  measureClient,
  POSTGRES_JS,
  PREPARED,
  SPILLWAY,
  UNPREPARED,
} = require('../db-clients');
const { startChild } = require('../harness/child');
const { startPostgres } = require('../harness/postgres');
const { rotate } = require('../harness/rotate');
const { quartiles, ratios } = require('../harness/statistics');
const { medianOf, table } = require('../harness/table');
const { atLeast } = require('../harness/targets');

const CONNECTIONS = 10;
const POOLS = [SPILLWAY, POSTGRES_JS, PREPARED, UNPREPARED];
/** By callers, who is measured: with 200 connections at once the server would be measured, and no client. */
const CONTESTANTS = {
  1: [...POOLS, CONNECTION_EACH],
  20: [...POOLS, CONNECTION_EACH],
  200: POOLS,
  2000: POOLS,
};

/** By callers, the least that ours may reach of each. */
const TARGETS = [
  [1, POSTGRES_JS, 0.95],
  [20, POSTGRES_JS, 1.25],
  [200, POSTGRES_JS, 1.25],
  [2000, POSTGRES_JS, 0.9],
  [200, PREPARED, 1.5],
];

exports.inChild = (name, url) => ({ slice: (how) => measureClient(name, url, how) });

exports.title = 'dbPool: queries';
exports.packages = ['pg', 'postgres'];
exports.scale = { rounds: 13, warmup: 1, warmupMs: 300, ms: 400 };
exports.quick = { rounds: 1, warmup: 0, warmupMs: 20, ms: 50 };

exports.run = async (scale) => {
  const server = await startPostgres();
  try {
    await createItems(server.url);
    const tables = [];
    for (const callers in CONTESTANTS) tables.push(await measure(Number(callers), server.url, scale));
    return { versions: { PostgreSQL: server.version }, tables, targets: targetsOf(tables) };
  } finally {
    await server.stop();
  }
};

async function measure(callers, url, { rounds, warmup, ...times }) {
  const names = CONTESTANTS[callers];
  const children = names.map((name) => startChild(__filename, [name, url]));
  const how = { max: CONNECTIONS, callers, ...times };
  const slices = Object.fromEntries(names.map((name, i) => [name, () => children[i].call('slice', how)]));
  await rotate(slices, warmup);
  const samples = await rotate(slices, rounds);
  await Promise.all(children.map((child) => child.stop()));
  const read = (name, what) => samples[name].map((sample) => sample[what]);
  const peers = [POSTGRES_JS, PREPARED, CONNECTION_EACH].filter((name) => names.includes(name));
  const rows = names.map((name) => ({
    name,
    cells: [
      quartiles(read(name, 'perSecond')),
      ...peers.map((peer) => ratios(read(name, 'perSecond'), read(peer, 'perSecond'))),
      quartiles(read(name, 'cpuUs')),
    ],
  }));
  return table(titleOf(callers), ['queries a second', ...peers.map(columnOf), 'CPU us'], rows);
}

const titleOf = (callers) => `${callers} caller${callers === 1 ? '' : 's'}`;
const columnOf = (peer) => `of ${peer}`;

const targetsOf = (tables) =>
  TARGETS.map(([callers, peer, bound]) => {
    const measured = tables.find(({ title }) => title === titleOf(callers));
    return atLeast(`${measured.title}: of ${peer}`, medianOf(measured, SPILLWAY, columnOf(peer)), bound);
  });
