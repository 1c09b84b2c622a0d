import type { Clock } from '@spillway/core';
import type { Connection, Job, QueryResult } from './driver';
import { ConnectionLostError } from './errors';
import type { Lease } from './lease';
import type { KnownStatement } from './statements';

/**
 * Milliseconds of work that may lie before a statement, lest a slow one makes all behind it slow. Nothing is put behind one of which nobody
 * knows how slow it is, nor behind the first on a connection that has said nothing for as long: it may be dead, and takes with it what is on it.
 */
export const MAX_BACKLOG_MS = 10;

/** A job that a pool measures. */
export interface MeasuredJob {
  readonly statement: KnownStatement;
  readonly values: readonly unknown[];
  settle(error: unknown, result: QueryResult | undefined): void;
}

/** What a member tells its pool. */
export interface MemberOwner {
  readonly now: Clock;
  /** A statement has ended, and its job is settled. */
  onEnded(member: Member): void;
}

/**
 * - `shared`: takes statements of anybody.
 * - `leased`: belongs to one.
 * - `closing`: takes no more.
 */
export type MemberState = 'shared' | 'leased' | 'closing';

/** A connection of a pool, and what is known of how busy it is. */
export class Member<Native = unknown> {
  state: MemberState = 'shared';
  /** Higher where it was used later. */
  lastUse = 0;
  /** When somebody used it last. */
  usedMs: number;
  /** When it answered last. */
  heardMs: number;
  /** Whose it is. */
  lease: Lease<Native> | undefined;
  /** How the connection was lost, as a statement on it has told. */
  lost: ConnectionLostError | undefined;
  /** Why the pool has ended the connection: what it says to the statement that ran. */
  fault: Error | undefined;
  #inFlight = 0;
  #backlogMs = 0;
  #headSinceMs = 0;
  #onIdle: (() => void) | undefined;

  constructor(
    readonly connection: Connection<Native>,
    readonly bornMs: number,
    /** When it has lived long enough. */
    readonly diesMs: number,
    readonly owner: MemberOwner,
  ) {
    this.usedMs = bornMs;
    this.heardMs = bornMs;
  }

  /** Statements that are on it. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Whether nothing is on it, and nobody has it. */
  get isIdle(): boolean {
    return this.#inFlight === 0 && this.state === 'shared';
  }

  /** Milliseconds until a statement sent now begins, as far as anybody can tell. */
  backlogMs(nowMs: number): number {
    return this.#inFlight === 0 ? 0 : Math.max(this.#backlogMs, nowMs - this.#headSinceMs);
  }

  /** Milliseconds for which the statement that runs has run; 0 where none does. */
  runsMs(nowMs: number): number {
    return this.#inFlight === 0 ? 0 : nowMs - this.#headSinceMs;
  }

  /** @returns resolves once nothing is on it. */
  whenIdle(): Promise<void> {
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const before = this.#onIdle;
      this.#onIdle = () => {
        before?.();
        resolve();
      };
    });
  }

  send(job: MeasuredJob): void {
    const isTrusted = this.#inFlight++ > 0 || this.#begin();
    const costMs = isTrusted && job.statement.isKnown ? job.statement.costMs : MAX_BACKLOG_MS;
    this.#backlogMs += costMs;
    this.connection.run(new Sent(this, job, costMs));
  }

  /** @returns whether it has been heard of a short while ago. */
  #begin(): boolean {
    this.#headSinceMs = this.owner.now();
    return this.#headSinceMs - this.heardMs < MAX_BACKLOG_MS;
  }

  /** Statements run in order: each has run since the one before it ended. */
  ended(job: MeasuredJob, costMs: number, error: unknown, result: QueryResult | undefined): void {
    const now = this.owner.now();
    const tookMs = now - this.#headSinceMs;
    this.#headSinceMs = now;
    this.heardMs = now;
    // Empty is exactly nothing: sums of fractions drift.
    this.#backlogMs = --this.#inFlight === 0 ? 0 : this.#backlogMs - costMs;
    if (error === undefined) job.statement.learn(tookMs);
    else if (error instanceof ConnectionLostError) this.#lose(error);
    job.settle(error === undefined ? undefined : this.#why(error), result);
    if (this.#inFlight === 0 && this.#onIdle) this.#tellIdle(this.#onIdle);
    this.owner.onEnded(this);
  }

  /** The connection tells its end last: until then nobody is to be sent there. */
  #lose(error: ConnectionLostError): void {
    this.state = 'closing';
    this.lost = error;
  }

  #tellIdle(tell: () => void): void {
    this.#onIdle = undefined;
    tell();
  }

  /** Those behind the one that ran have not begun. */
  #why(error: unknown): unknown {
    const { fault = error } = this;
    this.fault = undefined;
    return fault;
  }
}

/** A job on its way. */
class Sent implements Job {
  constructor(
    readonly member: Member,
    readonly job: MeasuredJob,
    readonly costMs: number,
  ) {}

  get statement(): KnownStatement {
    return this.job.statement;
  }

  get values(): readonly unknown[] {
    return this.job.values;
  }

  done(error: unknown, result?: QueryResult): void {
    this.member.ended(this.job, this.costMs, error, result);
  }
}
