const { seeded } = require('@spillway/core/testing');

/** How long until the next arrival, of the mean and of how many came before in this phase. */
const GAPS = {
  // The first after half a gap, so that a phase holds as many as it says.
  constant: () => (meanMs, before) => (before === 0 ? meanMs / 2 : meanMs),
  poisson: (seed) => {
    const next = seeded(seed);
    return (meanMs) => -Math.log(1 - next()) * meanMs;
  },
};

/**
 * When requests are to be sent, whatever becomes of those before them.
 * @param phases `{ seconds, perSecond }`, one after the other.
 * @param arrivals 'constant' or 'poisson'.
 * @returns milliseconds since the start, ascending.
 */
function schedule(phases, arrivals, seed = 1) {
  const gap = GAPS[arrivals](seed);
  const times = [];
  let beginMs = 0;
  for (const { seconds, perSecond } of phases) {
    const endMs = beginMs + seconds * 1000;
    const meanMs = 1000 / perSecond;
    // Each phase starts anew: a gap of the slow one before would reach far into it.
    let at = beginMs + gap(meanMs, 0);
    for (let before = 1; at < endMs; before++) {
      times.push(at);
      at += gap(meanMs, before);
    }
    beginMs = endMs;
  }
  return Float64Array.from(times);
}

/**
 * Which kind of request each arrival is.
 * @param kinds `{ share }`: their share of all, or 0 to 1; they sum to 1.
 * @returns indexes of kinds.
 */
function mix(kinds, count, seed = 1) {
  const next = seeded(seed);
  return Uint8Array.from({ length: count }, () => {
    let left = next();
    for (let kind = 0; kind < kinds.length - 1; kind++) {
      left -= kinds[kind].share;
      if (left < 0) return kind;
    }
    return kinds.length - 1;
  });
}

module.exports = { mix, schedule };
