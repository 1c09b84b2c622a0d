/** Ends a test run with one line that says how many tests there were, behind the summary. */
module.exports = class ClosingLine {
  onRunComplete(_contexts, { numPassedTests, numFailedTests, numRuntimeErrorTestSuites }) {
    // A file that can't even be loaded has no tests to fail.
    const failed = numFailedTests + numRuntimeErrorTestSuites;
    process.once('exit', () => console.log(`${numPassedTests} passed, ${failed} failed`));
  }
};
