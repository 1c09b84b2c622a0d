/**
 * Lets an error tell where the statement was asked for, not where its answer was read. It costs one promise.
 */
export const fromCaller = <Value>(promise: Promise<Value>): Promise<Value> => promise.catch(recapture);

function recapture(error: unknown): never {
  if (error instanceof Error) Error.captureStackTrace(error, recapture);
  throw error;
}

/** Why a pool has refused. */
export type RefusalCode =
  | 'ERR_POOL_FULL'
  | 'ERR_POOL_BUSY'
  | 'ERR_POOL_TIMEOUT'
  | 'ERR_POOL_DRAINING'
  | 'ERR_POOL_DOWN';

const REASONS: Readonly<Record<RefusalCode, string>> = {
  ERR_POOL_FULL: 'as many wait for a connection as may',
  ERR_POOL_BUSY: 'the wait for a connection is expected to take too long',
  ERR_POOL_TIMEOUT: 'no connection has become free in time',
  ERR_POOL_DRAINING: 'the pool is closing',
  ERR_POOL_DOWN: 'the database can not be reached',
};

/** The pool has no connection to give. Frameworks answer it as a 503 with Retry-After: nothing has been done. */
export class PoolRefusedError extends Error {
  readonly status = 503;
  readonly statusCode = 503;
  /** As in http-errors: the message may leave the house. */
  readonly expose = true;
  readonly headers: Readonly<Record<string, string>>;
  constructor(
    readonly code: RefusalCode,
    /** Milliseconds after which another try may find one. */
    readonly retryAfterMs: number,
    /** How many wait. */
    readonly waiting: number,
    cause?: unknown,
  ) {
    super(REASONS[code], cause === undefined ? undefined : { cause });
    this.name = 'PoolRefusedError';
    this.headers = {
      'Retry-After': String(Math.max(1, Math.ceil(retryAfterMs / 1000))),
      'Cache-Control': 'no-store',
    };
  }
}

/** The connection died while the statement was on it. */
export class ConnectionLostError extends Error {
  readonly code = 'ERR_CONNECTION_LOST';
  constructor(
    cause: unknown,
    /** Whether the statement may have run. False where the database said that it ends the connection before it came to it. */
    readonly mayHaveRun = true,
  ) {
    super('The connection was lost while a statement was on it', { cause });
    this.name = 'ConnectionLostError';
  }
}

/** The statement took longer than a statement may; its connection has been ended. */
export class QueryTimeoutError extends Error {
  readonly code = 'ERR_QUERY_TIMEOUT';
  constructor(readonly limitMs: number) {
    super(`The database has not answered within ${limitMs} ms`);
    this.name = 'QueryTimeoutError';
  }
}

/** A lease was used after it had been given back, or taken back. */
export class LeaseReleasedError extends Error {
  readonly code = 'ERR_LEASE_RELEASED';
  constructor(why: string) {
    super(`The lease has been ${why}`);
    this.name = 'LeaseReleasedError';
  }
}

/** What a statement leaves on its connection must not be left to others: it wants a lease. */
export class SessionNeededError extends Error {
  readonly code = 'ERR_SESSION_NEEDED';
  constructor(readonly text: string) {
    super(
      `A statement that may leave something on its connection needs a lease (pool.acquire()): ${text.slice(0, 80)}`,
    );
    this.name = 'SessionNeededError';
  }
}

/** The transaction is over: by its end, or since the head of the response has left. */
export class TransactionClosedError extends Error {
  readonly code = 'ERR_TRANSACTION_CLOSED';
  constructor() {
    super('The transaction is over');
    this.name = 'TransactionClosedError';
  }
}

/** COMMIT was answered with a rollback: a statement before it had failed. */
export class TransactionAbortedError extends Error {
  readonly code = 'ERR_TRANSACTION_ABORTED';
  constructor() {
    super('The transaction was rolled back: one of its statements had failed');
    this.name = 'TransactionAbortedError';
  }
}

/** Nobody waits for the statement any more: the client has left, or the deadline of its request has passed. */
export class QueryAbortedError extends Error {
  readonly code = 'ERR_QUERY_ABORTED';
  /** What is answered where somebody is left to answer. */
  readonly status = 503;
  readonly statusCode = 503;
  constructor(cause: unknown) {
    super('The request that the statement belongs to is over', { cause });
    this.name = 'QueryAbortedError';
  }
}
