import type {
  Connection,
  ConnectOptions,
  Dialect,
  Driver,
  Job,
  QueryResult,
  TransactionState,
} from '@spillway/db-pool';
import { ConnectionLostError } from '@spillway/db-pool';

const WORDS: Readonly<Record<string, ReturnType<Dialect['kindOf']>>> = {
  read: 'read',
  write: 'write',
  BEGIN: 'transaction',
  COMMIT: 'transaction',
  ROLLBACK: 'transaction',
};

const DIALECT: Dialect = {
  kindOf: (text) => WORDS[text.split(' ')[0]!] ?? 'session',
  begin: () => 'BEGIN',
  limitTransaction: (ms) => `LIMIT ${ms}`,
  reset: 'RESET',
  check: 'read check',
  isConflict: (error) => (error as Error).message === 'conflict',
};

const DONE: QueryResult = { rows: [], rowCount: 0 };

/** A connection on which a test says what ends when. */
export class FakeConnection implements Connection<FakeConnection> {
  isPipelined = true;
  transaction: TransactionState = 'none';
  readonly jobs: Job[] = [];
  /** All texts that have been sent on it. */
  readonly sent: string[] = [];
  cancels = 0;
  isClosed = false;
  onCancel: () => Promise<void> = async () => this.fail(new Error('canceled'));

  constructor(
    readonly driver: FakeDriver,
    readonly options: ConnectOptions,
  ) {}

  get native(): this {
    return this;
  }

  run(job: Job): void {
    const { text } = job.statement;
    this.sent.push(text);
    if (this.isClosed) queueMicrotask(() => job.done(new ConnectionLostError(undefined)));
    else if (this.driver.answers) queueMicrotask(() => this.#finish(job, text));
    else this.jobs.push(job);
  }

  /** The oldest statement ends. */
  end(result = DONE): void {
    const job = this.jobs.shift()!;
    this.#finish(job, job.statement.text, result);
  }

  fail(error: unknown): void {
    this.jobs.shift()?.done(error);
  }

  /** The database ends the connection. */
  lose(error = new Error('cut')): void {
    this.#die(error);
    this.options.onLost(error);
  }

  cancel(): Promise<void> {
    this.cancels++;
    return this.onCancel();
  }

  async close(): Promise<void> {
    this.#die(new Error('closed'));
  }

  #die(error: Error): void {
    this.isClosed = true;
    for (const job of this.jobs.splice(0)) job.done(new ConnectionLostError(error));
  }

  #finish(job: Job, text: string, result = DONE): void {
    if (text === 'BEGIN') this.transaction = 'open';
    if (text === 'COMMIT' || text === 'ROLLBACK') this.transaction = 'none';
    job.done(undefined, result);
  }
}

/** A database of which a test says what it does. */
export class FakeDriver implements Driver<FakeConnection> {
  readonly dialect = DIALECT;
  /** All that were opened. */
  readonly connections: FakeConnection[] = [];
  /** Whether statements end by themselves. */
  answers: boolean;
  /** What a try to connect fails with. */
  fault: Error | undefined;
  tries = 0;

  constructor({ answers = true } = {}) {
    this.answers = answers;
  }

  async connect(options: ConnectOptions): Promise<FakeConnection> {
    this.tries++;
    if (this.fault) throw this.fault;
    const connection = new FakeConnection(this, options);
    this.connections.push(connection);
    return connection;
  }
}
