// npm run chaos:db: what takes too long for `npm test`. Ends with 1 where this package passes a bound.
// Arguments: parts of the names of scenarios, for only those.
const { startPostgres } = require('../test/postgres.ts');
const { chaos, isMet } = require('./chaos');
const { CONTENDERS } = require('./contenders');
const { SCENARIOS } = require('./scenarios');

const show = (number) => (Number.isInteger(number) ? number : number.toFixed(0));

function said(check) {
  const { what, measured, most, of } = check;
  const bound = most === undefined ? '' : `, at most ${show(most)}`;
  const sum = of === undefined ? '' : ` of ${of}`;
  return `${isMet(check) ? '  ' : '! '}${what}: ${show(measured)}${sum}${bound}`;
}

function print({ scenario, contender, checks, failures, isPassed }) {
  console.log(`${scenario} | ${contender}: ${isPassed ? 'pass' : 'FAIL'}`);
  for (const check of checks) console.log(`  ${said(check)}${check.why ? `\n${check.why}` : ''}`);
  for (const [failure, count] of Object.entries(failures)) console.log(`      ${count} times ${failure}`);
}

function tableOf(results) {
  const rows = {};
  for (const { scenario, contender, isPassed } of results)
    rows[scenario] = { ...rows[scenario], [contender]: isPassed ? 'pass' : 'FAIL' };
  return rows;
}

async function main() {
  const parts = process.argv.slice(2);
  const scenarios = Object.keys(SCENARIOS).filter(
    (name) => parts.length === 0 || parts.some((part) => name.includes(part)),
  );
  const results = await chaos({ startPostgres, scenarios, onResult: print });
  console.table(tableOf(results));
  if (results.some(({ contender, isPassed }) => CONTENDERS[contender].isOurs && !isPassed))
    process.exitCode = 1;
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
