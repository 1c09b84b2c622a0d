import { type Check, checkOption, checkOptions, isText } from '@spillway/core';
import type { Driver } from '../driver';
import { SqliteConnection } from './connection';
import { RESET, SQLITE_DIALECT } from './dialect';
import { type Engine, type Open, runOnce } from './engine';
import { DatabaseTakenError } from './errors';
import { type NodeDatabase, NodeEngine, nodeSqlite } from './node-engine';
import { openSqlJs, type SqlJsDatabase } from './sql-js-engine';

export interface SqliteOptions {
  /** The database's file; only where Node has node:sqlite. @default ':memory:' */
  readonly path?: string;
}

/** The client's own object: a `DatabaseSync` of node:sqlite, or a `Database` of sql.js. */
export type SqliteDatabase = NodeDatabase | SqlJsDatabase;

const MEMORY = ':memory:';

/**
 * SQLite, by node:sqlite where Node has it (22.13 and later), else by npm `sql.js`. One connection: SQLite
 * has one writer, and its statements block the process while they run, so that nothing can limit or cancel
 * them. A database in memory lives as long as the driver: the pool may change its connection.
 * @throws {OptionError} where an option is wrong: a file, for sql.js.
 */
export function sqlite(options: SqliteOptions = {}): Driver<SqliteDatabase> {
  checkOptions('sqlite', options, { path: isText });
  const { path = MEMORY } = options;
  const found = nodeSqlite();
  if (!found) {
    checkOption('sqlite', 'path', path, isMemory);
    return driverInMemory(openSqlJs);
  }
  const open = () => new NodeEngine(new found.DatabaseSync(path));
  return path === MEMORY ? driverInMemory(open) : driverOfFile(open);
}

const isMemory: Check = (path) =>
  path === MEMORY ? undefined : `must be '${MEMORY}' where Node has no node:sqlite (before 22.13)`;

function driverOfFile(open: () => NodeEngine): Driver<NodeDatabase> {
  return {
    dialect: SQLITE_DIALECT,
    maxConnections: 1,
    async connect() {
      const engine = open();
      return new SqliteConnection(engine, () => engine.native.close());
    },
  };
}

/** The database outlives its connections. What one of them has left open or set is undone at its end. */
export function driverInMemory<Native>(open: Open<Native>): Driver<Native> {
  let kept: Engine<Native> | undefined;
  let isTaken = false;
  return {
    dialect: SQLITE_DIALECT,
    maxConnections: 1,
    async connect() {
      if (isTaken) throw new DatabaseTakenError();
      isTaken = true;
      try {
        const engine = kept ?? (await open());
        kept = engine;
        return new SqliteConnection(engine, () => {
          isTaken = false;
          undo(engine);
        });
      } catch (error) {
        isTaken = false;
        throw error;
      }
    },
  };
}

function undo<Native>(engine: Engine<Native>): void {
  if (engine.isTransaction) runOnce(engine, 'ROLLBACK');
  for (const setting of RESET) runOnce(engine, setting);
}
