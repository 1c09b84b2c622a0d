import type { Row } from '../driver';
import { type Engine, type EngineStatement, runOnce, tryTransaction } from './engine';
import { type Bound, fromColumn, toBound, toNumber } from './values';

/** A `Database` of sql.js, as far as it is used here. */
export interface SqlJsDatabase {
  prepare(sql: string): SqlJsStatement;
  exec(sql: string): unknown;
  getRowsModified(): number;
}

/** A `Statement` of sql.js, as far as it is used here. */
export interface SqlJsStatement {
  bind(values?: object | null): boolean;
  step(): boolean;
  getAsObject(values?: null, config?: { useBigInt: boolean }): Row;
  reset(): void;
  free(): boolean;
}

type InitSqlJs = () => Promise<{ readonly Database: new () => SqlJsDatabase }>;

/**
 * A database in memory.
 * @throws {Error} where sql.js isn't installed.
 */
export async function openSqlJs(): Promise<SqlJsEngine> {
  const { Database } = await loadSqlJs()();
  return new SqlJsEngine(new Database());
}

function loadSqlJs(): InitSqlJs {
  try {
    return require('sql.js') as InitSqlJs;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'MODULE_NOT_FOUND') throw error;
    throw new Error('sqlite: Node has node:sqlite since 22.13; for an earlier one, npm install sql.js', {
      cause: error,
    });
  }
}

export class SqlJsEngine implements Engine<SqlJsDatabase> {
  readonly #begin: EngineStatement;
  readonly #rollback: EngineStatement;

  constructor(readonly native: SqlJsDatabase) {
    // As node:sqlite has it.
    runOnce(this, 'PRAGMA foreign_keys = ON');
    this.#begin = this.prepare('BEGIN');
    this.#rollback = this.prepare('ROLLBACK');
  }

  get isTransaction(): boolean {
    return tryTransaction(this.#begin, this.#rollback);
  }

  prepare(sql: string): EngineStatement {
    return new SqlJsEngineStatement(this.native.prepare(sql));
  }

  changes(): number {
    return this.native.getRowsModified();
  }
}

class SqlJsEngineStatement implements EngineStatement {
  constructor(readonly statement: SqlJsStatement) {}

  all(values: readonly unknown[]): Row[] {
    const { statement } = this;
    const rows: Row[] = [];
    statement.bind(values.map(bind));
    try {
      while (statement.step()) rows.push(read(statement));
    } finally {
      statement.reset();
    }
    return rows;
  }

  free(): void {
    this.statement.free();
  }
}

/** sql.js binds a bigint as text, which a column of integers takes for an integer. */
function bind(value: unknown): Bound {
  const bound = toBound(value);
  return typeof bound === 'bigint' ? toNumber(bound) : bound;
}

function read(statement: SqlJsStatement): Row {
  let row = statement.getAsObject();
  // It has been rounded. As bigints all integers are slow to read.
  if (Object.values(row).some(isInexact)) row = statement.getAsObject(null, { useBigInt: true });
  for (const name in row) row[name] = fromColumn(row[name]);
  return row;
}

const isInexact = (value: unknown): boolean => Number.isInteger(value) && !Number.isSafeInteger(value);
