const { parseArgs } = require('node:util');
const { machine, versionsOf } = require('../harness/report');
const { targetsMarkdown } = require('../harness/table');
const { NONE, OURS, PEERS } = require('./contestants');
const { figuresOf } = require('./figures');
const { save } = require('./page');
const { pinned } = require('./pinned');
const { targetsOf } = require('./promises');
const { factsOf, inRounds } = require('./rounds');
const { SCENARIOS } = require('./scenarios');
const { markdown, tablesOf } = require('./tables');

const ALL = [...Object.keys(SCENARIOS), 'idle'];
const NAMES = [...OURS, ...PEERS];
const PACKAGES = ['express', 'koa', ...PEERS.filter((name) => name !== NONE)];

const USAGE = `usage: npm run bench:overload -- [--quick] [--only <scenario,...>] [--rounds <n>] [--contestants <name,...>]
  --quick        only shows that it runs: one short round of a few, nothing written, no target judged
  --only         ${ALL.join(', ')}
  --rounds       5 where nothing is said
  --contestants  ${NAMES.join(', ')}
What leaves something out is printed and not written down.`;

const FULL = {
  rounds: 5,
  only: ALL,
  contestants: NAMES,
  scale: { warmupSeconds: 0.5, settleSeconds: 0.7, seconds: 4, capacityMs: 1500, unloadedMs: 2500 },
};
const QUICK = {
  rounds: 1,
  only: ['curve'],
  contestants: [OURS[0], NONE, 'express-queue'],
  scale: { warmupSeconds: 0.3, settleSeconds: 0.2, seconds: 1, capacityMs: 500, unloadedMs: 500 },
  cases: ({ workload, multiple }) => workload === 'io' && multiple === 10,
};

async function main() {
  const asked = optionsOf(process.argv.slice(2));
  const what = { ...(asked.quick ? QUICK : FULL), ...asked };
  const measured = await inRounds(what);
  const { results, unloadedP99Ms, idle } = measured;
  const tables = tablesOf(results, idle);
  const facts = [`${pinned}.`, ...factsOf(measured)];
  const targets = asked.quick ? [] : targetsOf(results, unloadedP99Ms, idle);
  const shown = [...facts, ...tables.map(markdown), targets.length > 0 ? targetsMarkdown(targets) : ''];
  console.log(`\n${shown.join('\n\n')}`);
  if (targets.some(({ met }) => !met)) process.exitCode = 1;
  if (asked.quick || asked.only || asked.contestants) return;
  const result = { machine: machine(), versions: versionsOf(PACKAGES), pinned, ...measured, tables, targets };
  save(result, [`${versionsLine(result)}\n`, ...shown].join('\n\n'), figuresOf(results));
}

const versionsLine = ({ machine: { date, node, cpu }, versions }) =>
  `Node ${node} on ${cpu}, ${date}; ${Object.entries(versions)
    .map((entry) => entry.join(' '))
    .join(', ')}.`;

/** What was said on the command line, and nothing else. */
function optionsOf(args) {
  const text = { type: 'string' };
  const { values } = parseArgs({
    args,
    options: { quick: { type: 'boolean' }, only: text, rounds: text, contestants: text },
  });
  const asked = {
    ...(values.quick && { quick: true }),
    ...(values.only && { only: listOf(values.only, ALL) }),
    ...(values.rounds && { rounds: Number(values.rounds) }),
    ...(values.contestants && { contestants: listOf(values.contestants, NAMES) }),
  };
  if (asked.rounds !== undefined && !(asked.rounds >= 1)) throw new Error(USAGE);
  return asked;
}

function listOf(text, known) {
  const names = text.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`nothing is named ${unknown.join(', ')}\n${USAGE}`);
  return names;
}

main().then(
  () => process.exit(), // the generator waits for its next call
  (error) => {
    console.error(error.message);
    process.exit(2);
  },
);
