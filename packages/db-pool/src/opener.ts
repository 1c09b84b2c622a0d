/** Milliseconds to wait after so many failures: exponential with full jitter, so that many processes don't come at once. */
function backoffMs(failures: number): number {
  return Math.random() * Math.min(FIRST_MS * 2 ** Math.max(failures - 1, 0), MOST_MS);
}

const FIRST_MS = 50;
/** A database that is up again is found within this time. */
const MOST_MS = 500;

export interface OpenerOwner {
  open(): Promise<void>;
  onFailure(error: unknown, retryInMs: number): void;
  /** Another try may be made, or is needed no more. */
  onDue(): void;
}

/**
 * When connections may be opened. While the database can't be reached there is one try at a time, for all who wait.
 */
export class Opener {
  #failures = 0;
  #opening = 0;
  #timer: NodeJS.Timeout | undefined;
  #fault: unknown;
  #isStopped = false;
  readonly #owner: OpenerOwner;

  constructor(owner: OpenerOwner) {
    this.#owner = owner;
  }

  get opening(): number {
    return this.#opening;
  }

  /** Why the last try failed; undefined where it didn't. */
  get fault(): unknown {
    return this.#fault;
  }

  /** Sees to it that as many are being opened, or one where the last try failed. */
  open(count: number): void {
    if (this.#timer || this.#isStopped) return;
    const most = this.#failures > 0 ? 1 : count;
    while (this.#opening < most) this.attempt().catch(() => {});
  }

  /** For ever. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
  }

  /** Opens one. @throws why it can't be opened; the owner has been told. */
  async attempt(): Promise<void> {
    this.#opening++;
    try {
      await this.#owner.open();
      this.#opening--;
      this.#failures = 0;
      this.#fault = undefined;
    } catch (error) {
      this.#opening--;
      this.#failures++;
      this.#fault = error;
      this.#wait(error);
      throw error;
    }
    this.#owner.onDue();
  }

  #wait(error: unknown): void {
    if (this.#isStopped) return;
    const ms = backoffMs(this.#failures);
    this.#owner.onFailure(error, ms);
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#owner.onDue();
    }, ms);
  }
}
