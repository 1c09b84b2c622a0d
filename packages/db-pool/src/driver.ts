/** Rows as objects by the names of their columns. */
export type Row = Record<string, unknown>;

/** What a statement has given. A driver's own result may have more. */
export interface QueryResult<R = Row> {
  readonly rows: R[];
  /** Rows given, or changed where none are given. */
  readonly rowCount: number | null;
  /** First word of what the database says that it has done: `SELECT`, `COMMIT`. */
  readonly command?: string | null;
}

/**
 * What a statement may do to the connection that it runs on.
 * - `read`: changes nothing, may share a connection, and may be sent again where the connection died.
 * - `write`: may share a connection, and is never sent again.
 * - `transaction`: begins, ends or structures a transaction.
 * - `session`: may leave something behind (a setting, a lock, a cursor), or nobody knows.
 */
export type StatementKind = 'read' | 'write' | 'transaction' | 'session';

/** A text of SQL as a pool knows it. */
export interface Statement {
  readonly text: string;
  readonly kind: StatementKind;
  /**
   * Where the connection may keep it prepared: a slot holds one statement, and another one later. Undefined where it isn't worth it.
   */
  readonly slot: number | undefined;
}

/** A statement that is to run, and who waits for what it gives. */
export interface Job {
  readonly statement: Statement;
  readonly values: readonly unknown[];
  /** Called exactly once: with an error, or with undefined and the result. */
  done(error: unknown, result?: QueryResult): void;
}

/** How the transaction of a connection stands; a failed one takes nothing but its end. */
export type TransactionState = 'none' | 'open' | 'failed';

/** One connection to a database. What is sent on it runs in order. */
export interface Connection<Native = unknown> {
  /** The client's own object, for what no pool can know: cursors, COPY. */
  readonly native: Native;
  /** Whether a statement may be sent while an earlier one runs. Taken back while somebody uses the client itself. */
  isPipelined: boolean;
  /** Whether the client itself is at something that it was told directly, an open cursor too. Undefined where that can't be. */
  readonly isOccupied?: boolean;
  /** As the database has said it last. */
  readonly transaction: TransactionState;
  /** Sends a statement, also while earlier ones run. */
  run(job: Job): void;
  /**
   * Stops the statement that runs.
   * @returns resolves once the order can't reach any later statement; rejects where nobody knows.
   */
  cancel(): Promise<void>;
  /**
   * Ends the connection: in good order where nothing runs, else at once, and what runs fails.
   * @returns resolves once it is gone; never rejects.
   */
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Milliseconds after which it is given up. */
  readonly timeoutMs: number;
  /** Milliseconds after which the database itself is to end a statement; Infinity for never. */
  readonly statementTimeoutMs: number;
  /** To be called once, when a connection that stood has been lost without `close`; jobs that ran have failed by then. */
  readonly onLost: (error: Error) => void;
}

export const ISOLATION_LEVELS = ['read committed', 'repeatable read', 'serializable'] as const;
export type Isolation = (typeof ISOLATION_LEVELS)[number];

export interface TransactionMode {
  /** @default the database's own */
  readonly isolation?: Isolation | undefined;
  /** @default false */
  readonly readOnly?: boolean | undefined;
}

/** How to say things to a database, and how to read what it says. Pure functions. */
export interface Dialect {
  kindOf(text: string): StatementKind;
  begin(mode: TransactionMode): string;
  /** Ends what runs in the transaction after so long; undefined where the database can't. */
  limitTransaction(ms: number): string | undefined;
  /** Makes a connection as it was when it was opened; undefined where nothing can be left behind. */
  readonly reset: string | undefined;
  /** The cheapest statement that shows that a connection is alive. */
  readonly check: string;
  /** Whether a whole transaction may go through when it is run once more: a conflict with another one, a deadlock. */
  isConflict(error: unknown): boolean;
}

/** A kind of database, as a pool needs it. */
export interface Driver<Native = unknown> {
  readonly dialect: Dialect;
  /** The most connections that make sense: 1 for a database in memory. */
  readonly maxConnections?: number;
  /** @returns rejects where the database doesn't answer in time, or doesn't want us. */
  connect(options: ConnectOptions): Promise<Connection<Native>>;
}
