import type { QueryResult, Row } from './driver';
import type { Lease, Queryable } from './lease';

/** What gives leases that are given back at the end of a response. */
export interface SessionOwner<Native> {
  hold(): Promise<Lease<Native>>;
}

/** The connection that a request keeps since one of its statements may have left something there. */
export class Session<Native> implements Queryable {
  readonly #lease: Promise<Lease<Native>>;
  readonly #onEnd: () => void;
  #underWay = 0;

  /** @param onEnd called when nothing is left on it, so that it isn't needed any more. */
  constructor(owner: SessionOwner<Native>, onEnd: () => void) {
    this.#lease = owner.hold();
    this.#onEnd = onEnd;
  }

  query<R extends object = Row>(text: string, values: readonly unknown[]): Promise<QueryResult<R>> {
    return this.use((lease) => lease.query<R>(text, values));
  }

  /** Runs something on its connection, which is kept meanwhile. */
  async use<Result>(run: (lease: Lease<Native>) => Promise<Result>): Promise<Result> {
    this.#underWay++;
    let lease: Lease<Native> | undefined;
    try {
      lease = await this.#lease;
      return await run(lease);
    } finally {
      if (--this.#underWay === 0) this.#endIfClean(lease);
    }
  }

  #endIfClean(lease: Lease<Native> | undefined): void {
    if (lease && (lease.isDirty || lease.member.connection.transaction !== 'none')) return;
    this.#onEnd();
    lease?.release();
  }
}
