const fs = require('node:fs');
const path = require('node:path');

const ROOT = path.join(__dirname, '../..');
const PAGE = path.join(ROOT, 'docs/overload.md');
const FIGURES = path.join(ROOT, 'docs/overload');
const [BEGIN, END] = ['<!-- overload -->', '<!-- end of overload -->'];

/** Writes a run down: bench/results/overload.json, the plots, and the tables between their markers in docs/overload.md. */
function save(result, markdown, figures) {
  fs.writeFileSync(path.join(ROOT, 'bench/results/overload.json'), `${JSON.stringify(result, rounded, 1)}\n`);
  fs.mkdirSync(FIGURES, { recursive: true });
  for (const [name, svg] of Object.entries(figures)) fs.writeFileSync(path.join(FIGURES, name), `${svg}\n`);
  fs.writeFileSync(PAGE, between(fs.readFileSync(PAGE, 'utf8'), markdown));
}

const rounded = (_key, value) => (typeof value === 'number' ? Number(value.toPrecision(5)) : value);

function between(page, markdown) {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`${PAGE} has no ${BEGIN} ... ${END}`);
  return `${page.slice(0, from + BEGIN.length)}\n${markdown}\n${page.slice(to)}`;
}

module.exports = { save };
