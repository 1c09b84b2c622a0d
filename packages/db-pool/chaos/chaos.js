const { Bounds } = require('./bounds');
const { CONTENDERS } = require('./contenders');
const { MAX_REQUEST_MS } = require('./limits');
const { isGood } = require('./load');
const { SCENARIOS } = require('./scenarios');
const { Stage } = require('./stage');

/**
 * Does to each contender what each scenario says, on a PostgreSQL of its own.
 * @returns results `{scenario, contender, checks, failures, isPassed}`.
 */
async function chaos({
  startPostgres,
  scenarios = Object.keys(SCENARIOS),
  contenders = Object.keys(CONTENDERS),
  onResult = () => {},
}) {
  const stage = await Stage.open(startPostgres);
  const results = [];
  try {
    for (const scenario of scenarios) {
      const bounds = new Bounds();
      for (const contender of contenders) {
        bounds.contender = CONTENDERS[contender];
        const { checks, failures } = await perform(stage, scenario, contender, bounds);
        results.push({ scenario, contender, checks, failures, isPassed: checks.every(isMet) });
        onResult(results.at(-1));
      }
    }
  } finally {
    await stage.close();
  }
  return results;
}

/** A check without a bound is always met, and one that could not be measured never. */
const isMet = ({ measured, most }) => most === undefined || measured <= most;

async function perform(stage, scenario, contender, bounds) {
  await stage.begin(contender);
  const checks = await SCENARIOS[scenario](stage, bounds).catch(broken);
  const { answers } = stage.client;
  const crash = await stage.end();
  const longestMs = Math.max(0, ...answers.map(({ tookMs }) => tookMs));
  checks.push(
    { what: 'longest request, ms', measured: longestMs, most: MAX_REQUEST_MS },
    { what: 'crashed', measured: crash === undefined ? 0 : 1, most: 0, why: crash },
  );
  return { checks, failures: tally(answers) };
}

/** An application that has crashed answers nothing, which ends most scenarios. */
const broken = (error) => [{ what: 'not done to its end', measured: 1, most: 0, why: error.stack }];

/** How often requests have failed with what. */
function tally(answers) {
  const counts = {};
  for (const { status, text } of answers.filter((answer) => !isGood(answer))) {
    const failure = `${status || 'none'} ${text}`;
    counts[failure] = (counts[failure] ?? 0) + 1;
  }
  return counts;
}

module.exports = { chaos, isMet };
