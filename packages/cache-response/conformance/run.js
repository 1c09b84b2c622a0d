const os = require('node:os');
const { parseArgs } = require('node:util');
const { ask, inLanes } = require('./ask');
const { CONTESTANTS } = require('./contestants');
const { notPassed, shortfalls } = require('./score');
const { findSuite, testsOf, UsageError } = require('./suite');
const { describe, listMarkdown, tableMarkdown } = require('./table');
const { versionsLine } = require('./versions');

async function main() {
  const { only, contestant } = readOptions();
  const suite = findSuite(process.env.CACHE_TESTS);
  const contestants = chosen(contestant);
  if (only !== undefined) return askOne(contestants, suite, only);
  const asked = await inLanes(os.availableParallelism(), contestants, async (one) => ({
    ...one,
    outcomes: await ask(one, suite),
  }));
  console.log(`${versionsLine(suite)}\n\n${tableMarkdown(asked)}`);
  for (const one of asked) if (isToBeListed(one)) console.log(`\n${listMarkdown(one)}`);
  judge(asked.filter(({ target }) => target));
}

const OPTIONS = { only: { type: 'string' }, contestant: { type: 'string' } };

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(
      `${error.message}\n\nOptions: --only <id of a test>, --contestant <name or part of it>`,
    );
  }
}

function chosen(part = '') {
  const found = CONTESTANTS.filter(({ name }) => name.includes(part));
  if (found.length > 0) return found;
  throw new UsageError(
    `No contestant is named ${part}. There are: ${CONTESTANTS.map(({ name }) => name).join(', ')}`,
  );
}

/** One after the other, as each prints what it says and hears. */
async function askOne(contestants, suite, id) {
  const tests = (await testsOf(suite)).flatMap((group) => group.tests);
  if (!tests.some((test) => test.id === id)) throw new UsageError(`The suite has no test ${id}.`);
  for (const contestant of contestants) {
    console.log(`${contestant.name}\n`);
    for (const outcome of await ask(contestant, suite, id)) console.log(`${describe(outcome)}\n`);
  }
}

/** Where nothing is stored, most tests are not passed. */
const isToBeListed = ({ target, outcomes }) => target && notPassed(outcomes).length > 0;

function judge(contestants) {
  const missed = contestants.flatMap(({ name, target, outcomes }) =>
    shortfalls(outcomes, target).map((shortfall) => `${name}: ${shortfall}`),
  );
  if (missed.length === 0) return;
  console.log(['\nTargets missed:\n', ...missed.map((shortfall) => `- ${shortfall}`)].join('\n'));
  process.exitCode = 1;
}

main().catch((error) => {
  console.error(error instanceof UsageError ? error.message : error);
  process.exit(2);
});
