/** Numbers from 0 to below 1 that are the same in each run (Marsaglia's xorshift32). */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** A number of an exponential distribution. */
export const exponential = (mean: number, random: () => number): number => -mean * Math.log(1 - random());
