import { monotonic } from '../clock';

const PATIENCE_MS = 3_000;

/**
 * Lets the event loop turn until something holds that is about to.
 * @throws where it has not come to hold within three seconds.
 */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = monotonic() + PATIENCE_MS;
  while (!(await holds())) {
    if (monotonic() > deadline) throw new Error(`It has not come to hold: ${holds}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
