import { performance } from 'node:perf_hooks';

/** Milliseconds that only grow; only differences mean anything. */
export type Clock = () => number;

/** Unmoved by changes of the system's time: a limit must neither open nor lock when somebody sets the clock. */
export const monotonic: Clock = performance.now.bind(performance);
