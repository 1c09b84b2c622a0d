const fs = require('node:fs');
const { createRequire } = require('node:module');
const path = require('node:path');
const { pathToFileURL } = require('node:url');

/** What is taken from a checkout of the suite, each loaded at run time. */
const FILES = {
  manifest: 'package.json',
  tests: 'tests/index.mjs',
  runner: 'test-engine/client/runner.mjs',
  results: 'test-engine/lib/results.mjs',
  config: 'test-engine/server/handle-config.mjs',
  state: 'test-engine/server/handle-state.mjs',
  test: 'test-engine/server/handle-test.mjs',
};

const CLONE = 'git clone https://github.com/http-tests/cache-tests';

/** The command can't be carried out as it was given; the message says what is wanted. */
class UsageError extends Error {}

/**
 * The folder of the suite.
 * @throws {UsageError} where there is no checkout, or its dependencies aren't installed.
 */
function findSuite(folder) {
  if (!folder) throw new UsageError(`CACHE_TESTS is not set.\n\n${howToGet('cache-tests')}`);
  const suite = path.resolve(folder);
  const missing = Object.values(FILES).find((file) => !fs.existsSync(path.join(suite, file)));
  if (missing) throw new UsageError(`CACHE_TESTS=${folder} has no ${missing}.\n\n${howToGet('cache-tests')}`);
  if (!hasUndici(suite))
    throw new UsageError(`CACHE_TESTS=${folder} lacks undici.\n\n${howToInstall(folder)}`);
  return suite;
}

const howToGet = (folder) =>
  `It names a checkout of the public suite of tests for HTTP caches:\n\n  ${CLONE}\n  (cd ${folder} && npm install)\n` +
  `  CACHE_TESTS=${folder} npm run conformance:cache`;

const howToInstall = (folder) =>
  `The suite's client takes interim responses by it:\n\n  (cd ${folder} && npm install)`;

/** Loaded by the client only when a test wants it, which would then look failed. */
function hasUndici(suite) {
  try {
    createRequire(path.join(suite, FILES.runner)).resolve('undici');
    return true;
  } catch {
    return false;
  }
}

/** One of the suite's modules. What it remembers lasts as long as the process. */
const load = (suite, name) => import(pathToFileURL(path.join(suite, FILES[name])).href);

/** The suite's groups of tests. */
const testsOf = async (suite) => (await load(suite, 'tests')).default;

const versionOf = (suite) => JSON.parse(fs.readFileSync(path.join(suite, FILES.manifest), 'utf8')).version;

module.exports = { findSuite, load, testsOf, UsageError, versionOf };
