export { type SqliteDatabase, type SqliteOptions, sqlite } from './sqlite/driver';
export { DatabaseTakenError, SqliteClosedError, StatementValuesError } from './sqlite/errors';
export type { NodeDatabase, NodeStatement } from './sqlite/node-engine';
export type { SqlJsDatabase, SqlJsStatement } from './sqlite/sql-js-engine';
