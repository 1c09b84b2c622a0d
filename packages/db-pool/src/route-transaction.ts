import type { QueryResult, Row, TransactionMode } from './driver';
import { TransactionClosedError } from './errors';
import type { Lease, Queryable } from './lease';
import type { Pool } from './pool';
import { begin, commit, type Transaction } from './transaction';

/** What one needs of the request that it belongs to. */
export interface RouteOwner<Native> {
  readonly pool: Pool<Native>;
  /** Milliseconds that the request has left. */
  readonly leftMs: number;
  hold(): Promise<Lease<Native>>;
}

/** The transaction that a whole request is: it begins with its first statement, and ends with the head of its response. */
export class RouteTransaction<Native> implements Queryable {
  readonly #owner: RouteOwner<Native>;
  readonly #mode: TransactionMode;
  #begun: Promise<Begun<Native>> | undefined;
  #isOver = false;

  constructor(owner: RouteOwner<Native>, mode: TransactionMode) {
    this.#owner = owner;
    this.#mode = mode;
  }

  async query<R extends object = Row>(text: string, values?: readonly unknown[]): Promise<QueryResult<R>> {
    const { transaction } = await this.#begin();
    return transaction.query<R>(text, values);
  }

  async transaction<Result>(run: (transaction: Transaction) => Result | Promise<Result>): Promise<Result> {
    const { transaction } = await this.#begin();
    return transaction.transaction(run);
  }

  /** @returns undefined where there is nothing to commit; rejects where it was not committed. */
  commit(): Promise<void> | undefined {
    this.#isOver = true;
    return this.#begun && this.#commit(this.#begun);
  }

  /** The connection is given back without what was done on it. */
  rollback(): void {
    this.#isOver = true;
    void this.#begun?.then(
      ({ lease }) => lease.release(),
      () => {},
    );
  }

  async #commit(begun: Promise<Begun<Native>>): Promise<void> {
    const { lease, transaction } = await begun;
    try {
      await transaction.end();
      await commit(lease);
    } finally {
      lease.release();
    }
  }

  #begin(): Promise<Begun<Native>> {
    if (this.#isOver) return Promise.reject(new TransactionClosedError());
    this.#begun ??= this.#beginOnce();
    return this.#begun;
  }

  async #beginOnce(): Promise<Begun<Native>> {
    const lease = await this.#owner.hold();
    try {
      const { pool, leftMs } = this.#owner;
      return { lease, transaction: await begin(lease, pool.dialect, this.#mode, leftMs) };
    } catch (error) {
      lease.release();
      throw error;
    }
  }
}

interface Begun<Native> {
  readonly lease: Lease<Native>;
  readonly transaction: Transaction;
}
