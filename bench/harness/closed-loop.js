const { performance } = require('node:perf_hooks');
const { cpuOf } = require('./rotate');

/**
 * Callers that each ask again as soon as they have their answer.
 * @returns answers a second, and microseconds of this process's CPU an answer.
 */
exports.closedLoop = async (ask, callers, ms) => {
  const begun = performance.now();
  let answers = 0;
  const caller = async () => {
    while (performance.now() - begun < ms) {
      await ask();
      answers++;
    }
  };
  const cpuUs = await cpuOf(() => Promise.all(Array.from({ length: callers }, caller)));
  return { perSecond: (answers * 1000) / (performance.now() - begun), cpuUs: cpuUs / answers };
};
