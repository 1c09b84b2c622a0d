const stable = new WeakSet<Buffer>();

/**
 * Says that nobody will write to a buffer again. What is made of such a buffer may be kept for as long as it lives, and given to
 * whoever brings it next: the same bytes are coded once.
 */
export function markStable(buffer: Buffer): Buffer {
  stable.add(buffer);
  return buffer;
}

/** Whether somebody has said so. */
export const isStable = (body: unknown): body is Buffer => stable.has(body as Buffer);
