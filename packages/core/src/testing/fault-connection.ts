import { Socket } from 'node:net';
import { type Conditions, FaultLine } from './fault-line';

/** Where a proxy's connections lead. */
export interface Target {
  readonly port: number;
  readonly host: string;
}

/** A client's connection and its continuation to the target. */
export class FaultConnection {
  /** Settles when both ends are closed. */
  readonly closed: Promise<unknown>;
  readonly #client: Socket;
  readonly #upstream = new Socket({ allowHalfOpen: true }).setNoDelay();
  readonly #lines: readonly FaultLine[];
  readonly #target: Target;
  readonly #conditions: Readonly<Conditions>;
  #isDialed = false;
  #isBroken = false;

  /** @param client allows a half-open state. */
  constructor(client: Socket, target: Target, conditions: Readonly<Conditions>) {
    this.#client = client;
    this.#target = target;
    this.#conditions = conditions;
    this.#lines = [new FaultLine(conditions), new FaultLine(conditions)];
    this.closed = Promise.all(this.#ends.map((end) => new Promise((closed) => end.once('close', closed))));
    for (const end of this.#ends) end.on('error', () => this.#broken());
    const [there, back] = this.#lines;
    client.pipe(there!).pipe(this.#upstream);
    this.#upstream.pipe(back!).pipe(client);
    this.changed();
  }

  /** Looks at the conditions again. */
  changed(): void {
    if (this.#conditions.isDark) return;
    if (this.#isBroken) return this.reset();
    this.#dial();
    for (const line of this.#lines) line.changed();
  }

  destroy(): void {
    for (const part of [...this.#ends, ...this.#lines]) part.destroy();
  }

  reset(): void {
    for (const end of this.#ends) {
      // Where there is no connection yet, there is nothing to reset. While node ends one it can't be: that would never be closed.
      const isEnding = end.writableEnded && !end.writableFinished;
      if (!end.pending && !isEnding) end.resetAndDestroy();
    }
    this.destroy();
  }

  #dial(): void {
    if (this.#isDialed || this.#upstream.destroyed) return;
    this.#isDialed = true;
    this.#upstream.connect(this.#target);
  }

  get #ends(): readonly Socket[] {
    return [this.#client, this.#upstream];
  }

  /** What happens to one end is not known at the other while nothing arrives. */
  #broken(): void {
    this.#isBroken = true;
    this.changed();
  }
}
