const { load, testsOf } = require('./suite');

// A process of its own: the suite's client asks one contestant, and says how each test has gone.

async function main(suite, port, only) {
  const tests = await testsOf(suite);
  const { runTests, getResults } = await load(suite, 'runner');
  const asked = only ? alone(tests, only) : tests;
  // All at once: each waits for seconds, and none shares a URL with another.
  await runTests(asked, false, `http://127.0.0.1:${port}`, asked.flatMap((group) => group.tests).length);
  process.send(outcomesOf(asked, getResults(), await load(suite, 'results'), !only));
}

/** One test, which prints what it says and hears. */
const alone = (groups, id) =>
  groups.flatMap((group) => {
    const tests = group.tests.filter((test) => test.id === id);
    return tests.length > 0 ? [{ ...group, tests: tests.map((test) => ({ ...test, dump: true })) }] : [];
  });

/** Of each test that was run: its kind, the suite's name of its result, and the message that came with it. */
function outcomesOf(groups, results, { determineTestResult, resultTypes }, withDependencies) {
  const nameOf = (type) => Object.keys(resultTypes).find((name) => resultTypes[name] === type);
  return groups
    .flatMap(({ tests }) => tests)
    .filter(({ id }) => id in results)
    .map(({ id, kind = 'required' }) => ({
      id,
      kind,
      result: nameOf(determineTestResult(groups, id, results, withDependencies)),
      message: results[id][1],
    }));
}

process.once('disconnect', () => process.exit());

main(...process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
