const { format, table } = require('../harness/table');
const { EXPRESS, OURS, PEERS } = require('./contestants');
const { criticalServed, ofCapacity, ofOffered, p99, uploadsServed, workOfCapacity } = require('./readings');
const { MULTIPLES, WORKLOADS } = require('./scenarios');

const NAMES = [...OURS, ...PEERS];
const TITLES = { cpu: 'CPU-bound', io: 'IO-bound' };

/** @returns every table that there are samples for. */
const tablesOf = (results, idle) =>
  [
    curve(results, 'cpu', 'goodput, % of capacity', ofCapacity()),
    curve(results, 'cpu', 'p99 of the served, ms', p99),
    curve(results, 'io', 'goodput, % of capacity', ofCapacity()),
    curve(results, 'io', 'p99 of the served, ms', p99),
    step(results, 'cpu'),
    step(results, 'io'),
    other(results),
    critical(results),
    idle && idleTable(idle),
  ].filter((made) => made?.rows.length > 0);

const curve = (results, workload, what, reader) =>
  measuredTable(
    `${TITLES[workload]}: ${what}`,
    Object.fromEntries(
      MULTIPLES.map((multiple) => [
        `${multiple}x`,
        (name) => results.cell('curve', workload, multiple, name, reader),
      ]),
    ),
  );

function step(results, workload) {
  const cell = (reader) => (name) => results.cell('step', workload, 10, name, reader);
  return measuredTable(`${TITLES[workload]}: 0.5x, 3 s of 10x, 0.5x`, {
    'first 0.8 s, % of capacity': cell(ofCapacity('first')),
    'all 3 s, % of capacity': cell(ofCapacity()),
    'back for 1 s, % of offered': cell(ofOffered('back')),
  });
}

/** What is possible: the capacity; what is offered where that is less; half of the capacity while the downstream has half. */
function other(results) {
  const weights = (workload) => WORKLOADS[workload].mixed.map(({ weight }) => weight);
  const both = (title, cell) => ({ [`${title}, CPU`]: cell('cpu'), [`${title}, IO`]: cell('io') });
  const cell = (scenario, multiple, reader) => (workload) => (name) =>
    results.cell(scenario, workload, multiple, name, reader);
  return measuredTable('goodput, % of what is possible', {
    ...both('mixed', (workload) => cell('mixed', 5, workOfCapacity(weights(workload)))(workload)),
    ...both('bursts', cell('bursts', 2.75, ofCapacity())),
    halved: cell('halved', 0.9, ofCapacity('measured', 0.5))('io'),
    'whole again': cell('halved', 0.9, ofOffered('back'))('io'),
    ...both('slow clients', cell('slow', 0.8, ofOffered())),
    ...both('their uploads', cell('slow', 0.8, uploadsServed)),
  });
}

function critical(results) {
  const columns = ['cpu', 'io'].flatMap((workload) =>
    [2, 10].flatMap((multiple) => {
      const cell = (reader) => (name) => results.cell('critical', workload, multiple, name, reader);
      const title = `${workload.toUpperCase()} ${multiple}x`;
      return [
        [`${title}: critical served, %`, cell(criticalServed)],
        [`${title}: all, % of capacity`, cell(ofCapacity())],
      ];
    }),
  );
  return measuredTable('critical requests are 30 % of capacity', Object.fromEntries(columns));
}

const idleTable = ({ plainUs, addedUs }) =>
  table(
    'an idle server, CPU us a request',
    ['of no protection', 'added'],
    [{ name: EXPRESS, cells: [plainUs, addedUs] }],
  );

/** @param columns by title, the cell of a name. Rows and columns without any figure are left out. */
function measuredTable(title, columns) {
  const given = (cells) => cells.some((cell) => cell !== undefined);
  const measured = Object.entries(columns).filter(([, cell]) => given(NAMES.map(cell)));
  const rows = NAMES.map((name) => ({ name, cells: measured.map(([, cell]) => cell(name)) }));
  return table(
    title,
    measured.map(([column]) => column),
    rows.filter(({ cells }) => given(cells)),
  );
}

/** As elsewhere, and a dash where nothing was served or measured. */
function markdown({ title, columns, rows }) {
  const shown = rows.map(({ name, cells }) => line([name, ...cells.map(show)]));
  return [line([title, ...columns]), `|-|${'-:|'.repeat(columns.length)}`, ...shown].join('\n');
}

const line = (cells) => `| ${cells.join(' | ')} |`;

const show = (cell) => {
  if (cell === undefined) return '-';
  const { q1, median, q3 } = cell;
  return q1 === q3 ? format(median) : `${format(median)} (${format(q1)} to ${format(q3)})`;
};

module.exports = { markdown, tablesOf };
