import { availableParallelism } from 'node:os';
import type { Codec } from './codec';
import { Gate } from './gate';
import { Kept, type SameBy, type Token } from './kept';

export interface CoderOptions {
  readonly syncBudgetMs: number;
  readonly concurrency: number;
  readonly keptBytes: number;
  readonly sameBy: SameBy;
}

/** Bodies that wait for a thread; further ones are sent as they are. */
const MAX_WAITING = 1_000;

/** One core is left to the rest of the application. */
export const DEFAULT_CONCURRENCY = Math.max(1, availableParallelism() - 1);

/** Codes whole bodies, each as cheaply as it can be done. */
export class Coder {
  readonly #syncBudgetNs: number;
  readonly #gate: Gate;
  readonly #kept: Kept | undefined;
  readonly #flights = new Map<Token, Promise<Buffer>>();

  constructor({ syncBudgetMs, concurrency, keptBytes, sameBy }: CoderOptions) {
    this.#syncBudgetNs = syncBudgetMs * 1e6;
    this.#gate = new Gate(concurrency);
    this.#kept = keptBytes > 0 ? new Kept(keptBytes, sameBy) : undefined;
  }

  /**
   * The coded body: kept, made at once where that keeps within the budget, or made on another thread.
   * @param isAbandoned whether nobody waits for it any more: then it is not made, unless it is for others too.
   * @returns undefined where too many wait for a thread already, or nobody for the body.
   */
  code(
    codec: Codec,
    level: number,
    body: Buffer,
    isAbandoned: () => boolean,
  ): Buffer | Promise<Buffer | undefined> | undefined {
    const token = this.#kept?.tokenOf(body, codec);
    if (token === undefined) {
      return this.#make(codec, level, body, async () =>
        isAbandoned() ? undefined : codec.code(body, level),
      );
    }
    const found = this.#kept!.get(token) ?? this.#flights.get(token);
    if (found) return found;
    const made = this.#make(codec, level, body, () => codec.code(body, level));
    if (made instanceof Promise) this.#fly(token, made);
    else if (made) this.#kept!.set(token, made);
    return made;
  }

  #make<Later>(
    codec: Codec,
    level: number,
    body: Buffer,
    later: () => Promise<Later>,
  ): Buffer | Promise<Later> | undefined {
    if (body.length * codec.nsPerByte(level) <= this.#syncBudgetNs) return codec.codeSync(body, level);
    if (this.#gate.waiting >= MAX_WAITING) return undefined;
    return this.#gate.run(later);
  }

  /** Whoever brings the same body meanwhile waits for the same result. */
  #fly(token: Token, made: Promise<Buffer>): void {
    const land = () => this.#flights.delete(token);
    this.#flights.set(token, made);
    made.then((coded) => {
      land();
      this.#kept!.set(token, coded);
    }, land);
  }
}
