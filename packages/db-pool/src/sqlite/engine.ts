import type { Row } from '../driver';

/** A statement that the engine has compiled. */
export interface EngineStatement {
  /** Runs it to its end. */
  all(values: readonly unknown[]): Row[];
  free(): void;
}

/** SQLite, as one of its clients has it. All of it is synchronous. */
export interface Engine<Native> {
  readonly native: Native;
  readonly isTransaction: boolean;
  prepare(sql: string): EngineStatement;
  /** How many rows the last INSERT, UPDATE or DELETE has changed. */
  changes(): number;
}

/** @returns a new connection to the database. */
export type Open<Native> = () => Engine<Native> | Promise<Engine<Native>>;

/**
 * SQLite may end a transaction by itself. Where the client doesn't tell, another one is tried: it must not
 * begin within one.
 */
export function tryTransaction(begin: EngineStatement, rollback: EngineStatement): boolean {
  try {
    begin.all([]);
  } catch {
    return true;
  }
  rollback.all([]);
  return false;
}

export function runOnce<Native>(engine: Engine<Native>, sql: string): void {
  const statement = engine.prepare(sql);
  try {
    statement.all([]);
  } finally {
    statement.free();
  }
}
