const BYTES = Buffer.from(Array.from({ length: 1024 }, (_, i) => (i * 31) & 255));

/** Work that takes CPU time, no memory: so many turns of a hash (FNV-1a). */
function turn(turns) {
  let hash = 0x811c9dc5;
  for (let i = 0; i < turns; i++) hash = Math.imul(hash ^ BYTES[i & 1023], 0x01000193);
  return hash >>> 0;
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
