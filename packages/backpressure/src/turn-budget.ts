import { CRITICAL, type Level } from './level';

/** How much of its budget a request of each level may find spent. */
const SHARES = [1, 1, 0.5, 0.25] as const;

/** Budgets that a turn may take while next to nothing is shed: fewer requests than come by chance at full load must not be refused. */
const PATIENCE = 4;

/** A part of the requests that is late, from which on a turn gets one budget alone; and how many turns it is averaged over. */
const OVERLOADED = 0.2;
const TURNS = 8;

/** Budgets that a critical request may find spent; after two it is late, and ordinary ones make room. */
const CRITICAL_PATIENCE = 8;
const CRITICAL_LATE = 2;
const RECOVERY = 1 / 32;

/**
 * Sheds what is dispatched too late in one turn of the event loop. What waits behind requests that burn CPU waits in the kernel, where no
 * queue can be seen; but all of it is dispatched in the same turn, so that the age of the turn is the time that a request has waited.
 * Costs one `setImmediate` in a turn that has requests, and nothing else.
 */
export class TurnBudget {
  readonly #budgetMs: number;
  #begunMs: number | undefined;
  #inTime = 0;
  #late = 0;
  /** Part of the requests that was late, of late turns more. */
  #lateShare = 0;
  /** What an ordinary request may find spent in this turn. */
  #usualMs: number;
  /** What critical requests leave to others. */
  #left = 1;
  #wasCriticalLate = false;

  /** @param budgetMs milliseconds that the requests of a turn may take before the next ones are shed, under overload. */
  constructor(budgetMs: number) {
    this.#budgetMs = budgetMs;
    this.#usualMs = PATIENCE * budgetMs;
  }

  /** Whether a request is dispatched too late; the first one of a turn never is. */
  isLate(nowMs: number, level: Level): boolean {
    if (this.#begunMs === undefined) {
      this.#begunMs = nowMs;
      setImmediate(this.#end);
    }
    const ageMs = nowMs - this.#begunMs;
    if (level === CRITICAL && ageMs > CRITICAL_LATE * this.#budgetMs) this.#wasCriticalLate = true;
    const isLate =
      ageMs > (level === CRITICAL ? CRITICAL_PATIENCE * this.#budgetMs : this.#usualMs * SHARES[level]);
    if (isLate) this.#late++;
    else this.#inTime++;
    return isLate;
  }

  readonly #end = (): void => {
    this.#lateShare += (this.#late / (this.#late + this.#inTime) - this.#lateShare) / TURNS;
    this.#left = this.#wasCriticalLate ? this.#left / 2 : Math.min(1, this.#left + RECOVERY);
    const patience = Math.max(1, PATIENCE - ((PATIENCE - 1) * this.#lateShare) / OVERLOADED);
    this.#usualMs = patience * this.#left * this.#budgetMs;
    this.#begunMs = undefined;
    this.#late = this.#inTime = 0;
    this.#wasCriticalLate = false;
  };
}
