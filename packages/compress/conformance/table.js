const line = (cells) => `| ${cells.join(' | ')} |`;

/**
 * @param rows the claim of a probe and, for each column, what failed: undefined for nothing, `notApplicable` where it
 * wasn't asked.
 */
function tableMarkdown(columns, rows, notApplicable) {
  const failed = columns.map((_, i) => rows.filter(({ cells }) => isFailure(cells[i], notApplicable)).length);
  const asked = columns.map((_, i) => rows.filter(({ cells }) => cells[i] !== notApplicable).length);
  const lines = [
    line(['probe', ...columns]),
    `|-|${'-|'.repeat(columns.length)}`,
    ...rows.map(({ name, cells }) => line([name, ...cells.map((failure = 'pass') => escaped(failure))])),
    line([`${rows.length} probes`, ...failed.map((count, i) => `${count} of ${asked[i]} failed`)]),
  ];
  return { text: lines.join('\n'), failed };
}

const isFailure = (cell, notApplicable) => cell !== undefined && cell !== notApplicable;

const escaped = (text) => text.replaceAll('|', '\\|');

module.exports = { tableMarkdown };
