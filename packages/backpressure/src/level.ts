/**
 * How urgent a request is, from the most urgent: critical, default, default of a client that already had more than its share, sheddable.
 */
export type Level = 0 | 1 | 2 | 3;

export const CRITICAL: Level = 0;
export const DEFAULT: Level = 1;
export const GREEDY: Level = 2;
export const SHEDDABLE: Level = 3;

/** The most urgent first. */
export const LEVELS: readonly Level[] = [CRITICAL, DEFAULT, GREEDY, SHEDDABLE];
