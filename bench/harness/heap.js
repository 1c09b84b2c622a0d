const { setImmediate } = require('node:timers/promises');

/** Bytes in use after a collection, typed arrays included; for a process with --expose-gc. */
async function settledBytes() {
  for (let i = 0; i < 3; i++) {
    global.gc();
    await setImmediate(); // array buffers are freed a moment later
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

module.exports = { settledBytes };
