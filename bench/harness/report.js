const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { tableMarkdown, targetsMarkdown } = require('./table');

const RESULTS = path.join(__dirname, '../results');
const PAGE = path.join(__dirname, '../../docs/benchmarks.md');
const PLOTS = path.join(__dirname, '../../docs/benchmarks');

/** What the figures depend on. */
const machine = () => ({
  date: new Date().toISOString().slice(0, 10),
  node: process.version,
  cpu: `${os.cpus().length} x ${os.cpus()[0].model.trim()}`,
});

/** @returns by name, the installed versions of what a benchmark compares. */
const versionsOf = (packages) =>
  Object.fromEntries(
    packages.map((name) => [name, JSON.parse(fs.readFileSync(manifest(name), 'utf8')).version]),
  );

/** Not by `require`: not every package exports its manifest. */
const manifest = (name) => path.join(__dirname, '../node_modules', name, 'package.json');

const versionsLine = (versions) =>
  Object.entries(versions)
    .map((entry) => entry.join(' '))
    .join(', ');

function factsOf({ machine: { date, node, cpu }, versions, rounds }) {
  return `Node ${node} on ${cpu}, ${date}; ${versionsLine(versions)}; ${rounds} rounds; median (quartiles).`;
}

/** Without the targets: what they are judged by has to be measured at length. */
const brief = (result) => [factsOf(result), ...result.tables.map(tableMarkdown)].join('\n\n');

const full = (result) =>
  result.targets.length > 0 ? `${brief(result)}\n\n${targetsMarkdown(result.targets)}` : brief(result);

/**
 * Writes the figures down: bench/results/<name>.json, and the tables between their markers in docs/benchmarks.md.
 * @param plots by file name, SVGs for docs/benchmarks.
 */
function save(name, result, plots = {}) {
  fs.mkdirSync(RESULTS, { recursive: true });
  fs.writeFileSync(path.join(RESULTS, `${name}.json`), `${JSON.stringify(result, rounded, 2)}\n`);
  fs.mkdirSync(PLOTS, { recursive: true });
  for (const [file, svg] of Object.entries(plots)) fs.writeFileSync(path.join(PLOTS, file), `${svg}\n`);
  fs.writeFileSync(PAGE, between(fs.readFileSync(PAGE, 'utf8'), name, full(result)));
}

const rounded = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(6)) : value);

function between(page, name, markdown) {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no ${begin} ... ${end}`);
  return `${page.slice(0, from + begin.length)}\n${markdown}\n${page.slice(to)}`;
}

module.exports = { brief, full, machine, save, versionsOf };
