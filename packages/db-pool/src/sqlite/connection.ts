import type { Connection, Job, QueryResult, Statement, TransactionState } from '../driver';
import type { Engine, EngineStatement } from './engine';
import { SqliteClosedError, StatementValuesError } from './errors';
import { KeptStatements } from './kept-statements';
import { type ParsedStatement, parse } from './parse';

/**
 * What changes no table's columns. Behind all else statements are prepared anew: node:sqlite before 24 gives
 * the columns that a statement had when it was prepared.
 */
const KEEPS_COLUMNS = new Set([
  'SELECT',
  'INSERT',
  'UPDATE',
  'DELETE',
  'BEGIN',
  'COMMIT',
  'SAVEPOINT',
  'RELEASE',
]);

const NOTHING: QueryResult = { rows: [], rowCount: null, command: null };

/**
 * SQLite as a pool needs it. A statement blocks the process while it runs, and has a turn of the event loop
 * of its own.
 */
export class SqliteConnection<Native> implements Connection<Native> {
  isPipelined = true;
  readonly #engine: Engine<Native>;
  readonly #end: () => void;
  readonly #kept: KeptStatements;
  #isClosed = false;

  /** @param end called once, when the engine is no longer used here. */
  constructor(engine: Engine<Native>, end: () => void) {
    this.#engine = engine;
    this.#kept = new KeptStatements(engine);
    this.#end = end;
  }

  get native(): Native {
    return this.#engine.native;
  }

  get transaction(): TransactionState {
    return !this.#isClosed && this.#engine.isTransaction ? 'open' : 'none';
  }

  run(job: Job): void {
    // Not a microtask: a chain of statements would keep the process from all else.
    setImmediate(settle, this, job);
  }

  /** Nothing runs where anybody could ask for its end. */
  cancel(): Promise<void> {
    return Promise.resolve();
  }

  close(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#kept.clear();
      this.#end();
    }
    // Behind the jobs that wait, which fail.
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** @throws whatever the engine does. */
  execute(statement: Statement, values: readonly unknown[]): QueryResult {
    if (this.#isClosed) throw new SqliteClosedError();
    const kept = this.#kept.of(statement);
    if (kept) return this.#runPrepared(kept.parsed, kept.prepared, values);
    const all = parse(statement.text);
    if (all.length > 1 && values.length > 0) {
      throw new StatementValuesError(`Values are for one statement, got ${all.length} in one text`);
    }
    let result = NOTHING;
    for (const each of all) result = this.#runOnce(each, values);
    return result;
  }

  #runOnce(parsed: ParsedStatement, values: readonly unknown[]): QueryResult {
    const prepared = this.#engine.prepare(parsed.sql);
    try {
      return this.#runPrepared(parsed, prepared, values);
    } finally {
      prepared.free();
    }
  }

  #runPrepared(parsed: ParsedStatement, prepared: EngineStatement, values: readonly unknown[]): QueryResult {
    const { places, valueCount, command } = parsed;
    // SQLite takes a missing value for NULL.
    if (values.length !== valueCount) {
      throw new StatementValuesError(`The placeholders stand for ${valueCount} values, got ${values.length}`);
    }
    const rows = prepared.all(places.map((place) => values[place]));
    if (!KEEPS_COLUMNS.has(command)) this.#kept.clear();
    return { rows, rowCount: this.#rowCount(parsed, rows.length), command };
  }

  /** What has changed is counted by the engine where no rows tell. */
  #rowCount({ isCounted, command }: ParsedStatement, rows: number): number | null {
    if (rows > 0 || command === 'SELECT') return rows;
    return isCounted ? this.#engine.changes() : null;
  }
}

function settle<Native>(connection: SqliteConnection<Native>, job: Job): void {
  let result: QueryResult;
  try {
    result = connection.execute(job.statement, job.values);
  } catch (error) {
    job.done(error);
    return;
  }
  job.done(undefined, result);
}
