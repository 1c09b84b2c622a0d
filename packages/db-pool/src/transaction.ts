import { setTimeout as delay } from 'node:timers/promises';
import { type Check, checkOptions, isBoolean, isInteger, isNumber, isOneOf } from '@spillway/core';
import { type Dialect, ISOLATION_LEVELS, type QueryResult, type Row, type TransactionMode } from './driver';
import { TransactionAbortedError, TransactionClosedError } from './errors';
import type { Queryable } from './lease';

export interface TransactionOptions extends TransactionMode {
  /**
   * How often the function is run once more where the database could not serialize it with others, or found a deadlock. @default 0
   */
  readonly retries?: number | undefined;
  /** Milliseconds after which the database ends what runs in it, 1 or more. @default the pool's `statementTimeoutMs` */
  readonly timeoutMs?: number | undefined;
}

export const modeChecks: Readonly<Record<string, Check>> = {
  isolation: isOneOf(...ISOLATION_LEVELS),
  readOnly: isBoolean,
};

const checks: Readonly<Record<string, Check>> = {
  ...modeChecks,
  retries: isInteger(0, 100),
  timeoutMs: isNumber(1, Number.POSITIVE_INFINITY),
};

/** A transaction that is open. */
export class Transaction implements Queryable {
  readonly #lease: Queryable;
  readonly #depth: number;
  /** Savepoints come one after the other: two at a time would end each other. */
  #last: Promise<unknown> = Promise.resolve();
  /** The one that is open. */
  #inner: Transaction | undefined;
  #isOver = false;

  constructor(lease: Queryable, depth = 0) {
    this.#lease = lease;
    this.#depth = depth;
  }

  /** @throws {TransactionClosedError} after its end. */
  query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>> {
    if (this.#isOver) return Promise.reject(new TransactionClosedError());
    return this.#lease.query<R>(text, values);
  }

  /**
   * Runs a function in a savepoint: where it rejects, what it did is undone, and the transaction goes on. While one is open, another is within
   * it, by whichever name it is asked for: it must not wait for the one that waits for it.
   * @throws {TransactionClosedError} after the end of the transaction.
   */
  transaction<Result>(run: (transaction: Transaction) => Result | Promise<Result>): Promise<Result> {
    if (this.#isOver) return Promise.reject(new TransactionClosedError());
    if (this.#inner) return this.#inner.transaction(run);
    const result = this.#last.then(() => this.#savepoint(run));
    this.#last = result.catch(() => {});
    return result;
  }

  /** Takes nothing more. @returns resolves once what was begun in it has ended. */
  end(): Promise<unknown> {
    this.#isOver = true;
    return this.#last;
  }

  async #savepoint<Result>(run: (transaction: Transaction) => Result | Promise<Result>): Promise<Result> {
    const name = `spillway_${this.#depth + 1}`;
    await this.#lease.query(`SAVEPOINT ${name}`);
    const inner = new Transaction(this.#lease, this.#depth + 1);
    this.#inner = inner;
    try {
      const result = await run(inner);
      await this.#endInner(inner);
      await this.#lease.query(`RELEASE SAVEPOINT ${name}`);
      return result;
    } catch (error) {
      await this.#endInner(inner);
      // Where that fails too the whole transaction can't be committed any more.
      await this.#lease.query(`ROLLBACK TO SAVEPOINT ${name}`).catch(() => {});
      throw error;
    }
  }

  #endInner(inner: Transaction): Promise<unknown> {
    this.#inner = undefined;
    return inner.end();
  }
}

/** Begins a transaction. @throws what the database says. */
export async function begin(
  lease: Queryable,
  dialect: Dialect,
  mode: TransactionMode,
  timeoutMs = Number.POSITIVE_INFINITY,
): Promise<Transaction> {
  await lease.query(dialect.begin(mode));
  const limit = Number.isFinite(timeoutMs) ? dialect.limitTransaction(timeoutMs) : undefined;
  if (limit) await lease.query(limit);
  return new Transaction(lease);
}

/**
 * @throws {TransactionAbortedError} where the database has rolled it back instead: COMMIT of a failed transaction is no error to it.
 */
export async function commit(lease: Queryable): Promise<void> {
  const { command } = await lease.query('COMMIT');
  if (command === 'ROLLBACK') throw new TransactionAbortedError();
}

/** @throws {OptionError} naming the option that is wrong. */
export const checkTransactionOptions = (options: TransactionOptions): void =>
  checkOptions('transaction', options, checks);

/** A transaction around a function. */
export interface Transacting<Result> {
  readonly lease: Queryable;
  readonly dialect: Dialect;
  readonly options: TransactionOptions;
  readonly run: (transaction: Transaction) => Result | Promise<Result>;
}

/** Runs it, and once more where the database asks for that. */
export async function transact<Result>(transacting: Transacting<Result>): Promise<Result> {
  const { options, dialect } = transacting;
  checkTransactionOptions(options);
  const { retries = 0 } = options;
  for (let tries = 0; ; tries++) {
    try {
      return await once(transacting);
    } catch (error) {
      if (tries >= retries || !dialect.isConflict(error)) throw error;
      // Who met once meets again, unless one of them waits.
      await delay(Math.random() * RETRY_MS * 2 ** tries);
    }
  }
}

/** Milliseconds that the first retry waits at most. */
const RETRY_MS = 5;

async function once<Result>({ lease, dialect, options, run }: Transacting<Result>): Promise<Result> {
  const transaction = await begin(lease, dialect, options, options.timeoutMs);
  try {
    const result = await run(transaction);
    await transaction.end();
    await commit(lease);
    return result;
  } catch (error) {
    await transaction.end();
    // Where that fails too the connection is not given to anybody again.
    await lease.query('ROLLBACK').catch(() => {});
    throw error;
  }
}
