/** Work that takes CPU time, no memory: so many turns of a hash (FNV-1a). On integers alone, so that its code stays optimized. */
function turn(turns) {
  const count = turns | 0;
  let hash = 0x811c9dc5 | 0;
  for (let i = 0; i < count; i = (i + 1) | 0) hash = Math.imul(hash ^ (i & 255), 0x01000193);
  return hash;
}

const COUNTED_TURNS = 2_000_000;

/**
 * How many turns are one millisecond of CPU here. Taken once for all servers: each for itself would find another.
 * The quickest of several counts, which nothing has interrupted.
 */
function turnsPerMs(counts) {
  let leastMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < counts; i++) {
    const begun = performance.now();
    turn(COUNTED_TURNS);
    leastMs = Math.min(leastMs, performance.now() - begun);
  }
  return Math.round(COUNTED_TURNS / leastMs);
}

module.exports = { turn, turnsPerMs };
