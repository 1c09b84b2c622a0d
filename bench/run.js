const fs = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { brief, full, machine, save, versionsOf } = require('./harness/report');

const ALL = fs.readdirSync(path.join(__dirname, 'benchmarks')).map((file) => path.basename(file, '.js'));

const USAGE = `usage: npm run bench -- [--quick] [${ALL.join('] [')}]
  --quick  only shows that the benchmarks run: few rounds, nothing written, no target judged`;

async function main() {
  const { values, positionals } = parseArgs({
    options: { quick: { type: 'boolean' } },
    allowPositionals: true,
  });
  const unknown = positionals.filter((name) => !ALL.includes(name));
  if (unknown.length > 0) throw new Error(`no benchmark is named ${unknown.join(', ')}\n${USAGE}`);
  for (const name of positionals.length > 0 ? positionals : ALL) await bench(name, values.quick);
}

async function bench(name, quick) {
  const { title, packages, scale, quick: small, run } = require(`./benchmarks/${name}`);
  const { passes = 1, rounds } = quick ? small : scale;
  const { versions, plots, ...measured } = await run(quick ? small : scale);
  const result = {
    title,
    machine: machine(),
    versions: { ...versionsOf(packages), ...versions },
    rounds: passes * rounds,
    ...measured,
  };
  console.log(`\n## ${title}\n\n${quick ? brief(result) : full(result)}`);
  if (quick) return;
  save(name, result, plots);
  if (result.targets.some(({ met }) => !met)) process.exitCode = 1;
}

main().catch((error) => {
  console.error(error.message);
  process.exit(2); // children still wait for their next call
});
