const fs = require('node:fs');
const { ticksOf } = require('../harness/proc');

/**
 * Watches who else works on the processor of a server, other machines of the same host included.
 * @param core its number; where it is undefined, nothing can be said.
 * @returns a function that says which part of the time since then others took, 0 to 1; the process must still be there.
 */
function watch(core, pid) {
  if (core === undefined) return () => 0;
  const read = () => ({ ...processorTicks(core), own: ticksOf(pid) });
  const before = read();
  return () => {
    const after = read();
    const [busy, own, all] = ['busy', 'own', 'all'].map((what) => after[what] - before[what]);
    return Math.max(0, busy - own) / all;
  };
}

/** Without interrupts: most of them are the server's, and are charged to nobody. */
function processorTicks(core) {
  const line = fs
    .readFileSync('/proc/stat', 'utf8')
    .split('\n')
    .find((line) => line.startsWith(`cpu${core} `));
  const [user, nice, system, idle, iowait, irq, softirq, steal] = line.split(/\s+/).slice(1).map(Number);
  const busy = user + nice + system + steal;
  return { busy, all: busy + idle + iowait + irq + softirq };
}

module.exports = { watch };
