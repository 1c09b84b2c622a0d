import { LRUCache } from 'lru-cache';
import type { Statement, StatementKind } from './driver';

/** What nobody has measured yet is taken to be as slow as a simple query. */
const FIRST_GUESS_MS = 1;
/** Measurements until one is refused by them: the first of many at once take what all of them cost this process. */
const ENOUGH = 30;
/** Nothing costs nothing: many of them are more than one. */
const LEAST_MS = 0.001;
/** Weight of the last measurement: one slow answer doesn't make a statement slow. */
const LEARNING = 0.1;
/** As little more does a pause of the process, which all that was under way seems to have taken. */
const MOST_MORE = 10;
/** Longer texts hold their values themselves, and won't come again. */
const MAX_KEPT_LENGTH = 16_384;

/** A statement with what it has been seen to cost. */
export class KnownStatement implements Statement {
  slot: number | undefined;
  #costMs: number | undefined;
  #measured = 0;
  constructor(
    readonly text: string,
    readonly kind: StatementKind,
  ) {}

  /** Milliseconds that it is expected to keep a connection busy. */
  get costMs(): number {
    return this.#costMs ?? FIRST_GUESS_MS;
  }

  /** The same, where it has been measured often enough to refuse somebody by it. */
  get provenCostMs(): number {
    return this.#measured < ENOUGH ? FIRST_GUESS_MS : this.costMs;
  }

  /** Whether it has been measured. */
  get isKnown(): boolean {
    return this.#costMs !== undefined;
  }

  /** @param measuredMs for which it has kept a connection busy. */
  learn(measuredMs: number): void {
    const tookMs = Math.max(measuredMs, LEAST_MS);
    this.#measured++;
    const before = this.#costMs;
    if (before === undefined) this.#costMs = tookMs;
    else this.#costMs = before + (Math.min(tookMs, before * MOST_MORE + 1) - before) * LEARNING;
  }
}

/** The statements that a pool has seen last. One that comes again gets a slot, in which connections keep it prepared. */
export class Statements {
  readonly #known: LRUCache<string, KnownStatement>;
  readonly #freeSlots: number[] = [];
  readonly #kindOf: (text: string) => StatementKind;
  #slots = 0;

  constructor(max: number, kindOf: (text: string) => StatementKind) {
    this.#kindOf = kindOf;
    this.#known = new LRUCache({
      max: Math.max(max, 1),
      disposeAfter: ({ slot }) => {
        if (slot !== undefined) this.#freeSlots.push(slot);
      },
    });
  }

  /** @throws {TypeError} where the text is none. */
  of(text: string): KnownStatement {
    const known = this.#known.get(text);
    if (known) {
      known.slot ??= this.#freeSlots.pop() ?? this.#slots++;
      return known;
    }
    if (typeof text !== 'string') throw new TypeError(`A statement must be a string, got ${typeof text}`);
    const statement = new KnownStatement(text, this.#kindOf(text));
    if (text.length <= MAX_KEPT_LENGTH) this.#known.set(text, statement);
    return statement;
  }
}
