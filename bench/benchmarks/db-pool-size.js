const { availableParallelism } = require('node:os');
const { createItems, measureClient, PREPARED, SPILLWAY } = require('../db-clients');
const { startChild } = require('../harness/child');
const { linePlot } = require('../harness/plots');
const { startPostgres } = require('../harness/postgres');
const { rotate } = require('../harness/rotate');
const { quartiles, ratios } = require('../harness/statistics');
const { table } = require('../harness/table');

const NAMES = [SPILLWAY, PREPARED];
const SIZES = [2, 3, 5, 10, 20, 50, 100];
const CALLERS = 200;
/** What `Pool` takes where nothing is said, with the database on this machine. */
const DEFAULT = 2 * availableParallelism() + 1;

exports.inChild = (name, url) => ({
  slice: async (max, times) =>
    (await measureClient(name, url, { max, callers: CALLERS, ...times })).perSecond,
});

exports.title = 'dbPool: size';
exports.packages = ['pg'];
exports.scale = { rounds: 9, warmup: 1, warmupMs: 300, ms: 500 };
exports.quick = { rounds: 1, warmup: 0, warmupMs: 20, ms: 50 };

exports.run = async (scale) => {
  const server = await startPostgres({ maxConnections: 150 });
  try {
    await createItems(server.url);
    const measured = await measure(server.url, scale);
    return {
      versions: { PostgreSQL: server.version },
      tables: [measured],
      targets: [],
      plots: { 'db-pool-size.svg': plot(measured) },
    };
  } finally {
    await server.stop();
  }
};

async function measure(url, { rounds, warmup, ...times }) {
  const slices = {};
  const children = NAMES.map((name) => startChild(__filename, [name, url]));
  for (const size of SIZES) {
    for (const [i, name] of NAMES.entries())
      slices[keyOf(name, size)] = () => children[i].call('slice', size, times);
  }
  await rotate(slices, warmup);
  const samples = await rotate(slices, rounds);
  await Promise.all(children.map((child) => child.stop()));
  const rows = SIZES.map((size) => {
    const [ours, theirs] = NAMES.map((name) => samples[keyOf(name, size)]);
    return { name: `${size} connections`, cells: [quartiles(ours), quartiles(theirs), ratios(ours, theirs)] };
  });
  return table(`queries a second, ${CALLERS} callers`, [...NAMES, `of ${PREPARED}`], rows);
}

const keyOf = (name, size) => `${name}, ${size}`;

function plot({ rows }) {
  const points = (column) => rows.map(({ cells }, row) => [SIZES[row], cells[column].median]);
  return linePlot({
    title: `reads by primary key, ${CALLERS} callers`,
    series: Object.fromEntries(NAMES.map((name, column) => [name, points(column)])),
    x: { title: 'connections at most', log: 10, min: SIZES[0], max: SIZES.at(-1) },
    y: { title: 'queries a second', min: 0 },
    marked: [DEFAULT, `default: ${DEFAULT}`],
  });
}
