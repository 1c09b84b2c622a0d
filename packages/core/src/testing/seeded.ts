/**
 * Numbers from 0 to below 1 that are the same in each run (Marsaglia, "Xorshift RNGs", 2003).
 * @param seed an integer other than 0.
 */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
