import type { Row } from '../driver';
import { type Engine, type EngineStatement, tryTransaction } from './engine';
import { fromColumn, toBound } from './values';

/** A `DatabaseSync` of node:sqlite, as far as it is used here. */
export interface NodeDatabase {
  /** Undefined before Node 22.16. */
  readonly isTransaction?: boolean;
  prepare(sql: string): NodeStatement;
  exec(sql: string): void;
  close(): void;
}

/** A `StatementSync` of node:sqlite, as far as it is used here. */
export interface NodeStatement {
  all(...values: unknown[]): unknown[];
  setReadBigInts(enabled: boolean): void;
}

interface NodeSqlite {
  readonly DatabaseSync: new (path: string) => NodeDatabase;
}

/** Undefined where Node doesn't have it, or hides it behind a flag (before 22.13). */
export const nodeSqlite = (): NodeSqlite | undefined =>
  process.getBuiltinModule?.('node:sqlite') as NodeSqlite | undefined;

export class NodeEngine implements Engine<NodeDatabase> {
  readonly #changes: EngineStatement;
  readonly #begin: EngineStatement;
  readonly #rollback: EngineStatement;

  constructor(readonly native: NodeDatabase) {
    this.#changes = this.prepare('SELECT changes() AS n');
    this.#begin = this.prepare('BEGIN');
    this.#rollback = this.prepare('ROLLBACK');
  }

  get isTransaction(): boolean {
    return this.native.isTransaction ?? tryTransaction(this.#begin, this.#rollback);
  }

  prepare(sql: string): EngineStatement {
    return new NodeEngineStatement(this.native.prepare(sql));
  }

  changes(): number {
    return this.#changes.all([])[0]!.n as number;
  }
}

class NodeEngineStatement implements EngineStatement {
  readonly #statement: NodeStatement;

  constructor(statement: NodeStatement) {
    this.#statement = statement;
    // Else an integer beyond 2^53 is an error, of a statement that has run.
    statement.setReadBigInts(true);
  }

  all(values: readonly unknown[]): Row[] {
    const rows: Row[] = [];
    for (const row of this.#statement.all(...values.map(bind))) rows.push(read(row as Row));
    return rows;
  }

  /** The garbage collector does it. */
  free(): void {}
}

/** Node binds every number as a floating one: 5 would be '5.0' in a text, and 5 / 2 be 2.5. */
function bind(value: unknown): unknown {
  const bound = toBound(value);
  return Number.isSafeInteger(bound) ? BigInt(bound as number) : bound;
}

/** Node's rows have no prototype. */
function read(row: Row): Row {
  const plain: Row = {};
  for (const name in row) plain[name] = fromColumn(row[name]);
  return plain;
}
