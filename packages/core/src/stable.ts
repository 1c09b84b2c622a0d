/** On the buffer itself: with 100,000 of them a WeakSet costs 10 us each time that one is marked. */
const STABLE = Symbol.for('spillway.stable');
const IS_STABLE = { value: true };

/**
 * Says that nobody will write to a buffer again. What is made of such a buffer may be kept for as long as it lives, and given to
 * whoever brings it next: the same bytes are coded once.
 */
export function markStable(buffer: Buffer): Buffer {
  return Object.defineProperty(buffer, STABLE, IS_STABLE);
}

/** Whether somebody has said so. */
export const isStable = (body: unknown): body is Buffer =>
  (body as { [STABLE]?: true } | undefined | null)?.[STABLE] === true;
