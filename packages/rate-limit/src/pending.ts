/** Requests of one key that may wait; further ones are refused at once. */
const MAX_WAITING = 100;

interface Running {
  count: number;
  readonly waiting: Set<() => void>;
}

/**
 * Requests whose charge may still be given back, by key. Where only failed logins count, forty good ones at once must not refuse
 * one another, and forty bad ones must not all pass: who finds the limit taken by requests still running waits for their end.
 */
export class Pending {
  readonly #running = new Map<string, Running>();

  begin(key: string): void {
    const running = this.#running.get(key);
    if (running) running.count++;
    else this.#running.set(key, { count: 1, waiting: new Set() });
  }

  end(key: string): void {
    const running = this.#running.get(key)!;
    if (--running.count === 0) this.#running.delete(key);
    for (const wake of running.waiting) wake();
  }

  /** Whether the end of another request may yet free the key, and there is room to wait for it. */
  mayFree(key: string): boolean {
    const running = this.#running.get(key);
    return running !== undefined && running.waiting.size < MAX_WAITING;
  }

  /** Resolves when a request of the key has ended, or at the signal. */
  nextEnd(key: string, signal: AbortSignal): Promise<void> {
    const waiting = this.#running.get(key)?.waiting;
    if (!waiting || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        waiting.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      waiting.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}
