/** A number of an exponential distribution. */
export const exponential = (mean: number, random: () => number): number => -mean * Math.log(1 - random());
