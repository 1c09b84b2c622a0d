/** @param rows a name and, for each column, the quartiles of what was measured. */
const table = (title, columns, rows) => ({ title, columns, rows });

/** The median in a cell of a table. */
const medianOf = ({ columns, rows }, name, column) =>
  rows.find((row) => row.name === name).cells[columns.indexOf(column)].median;

/** Three significant digits, and none lost left of the point. */
function format(number) {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(number), 0.1))));
  return number.toFixed(digits);
}

const cell = ({ q1, median, q3 }) =>
  q1 === q3 ? format(median) : `${format(median)} (${format(q1)} to ${format(q3)})`;

const line = (cells) => `| ${cells.join(' | ')} |`;

function tableMarkdown({ title, columns, rows }) {
  const rule = `|-|${'-:|'.repeat(columns.length)}`;
  return [
    line([title, ...columns]),
    rule,
    ...rows.map(({ name, cells }) => line([name, ...cells.map(cell)])),
  ].join('\n');
}

function targetsMarkdown(targets) {
  const lines = targets.map(({ claim, measured, bound, met }) =>
    line([claim, bound, format(measured), met ? 'met' : '**missed**']),
  );
  return [line(['target', 'bound', 'measured', '']), '|-|-:|-:|-|', ...lines].join('\n');
}

module.exports = { format, medianOf, table, tableMarkdown, targetsMarkdown };
