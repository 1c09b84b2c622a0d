/** What was on a connection when it was closed, or came later; it has not run. */
export class SqliteClosedError extends Error {
  readonly code = 'ERR_SQLITE_CLOSED';
  constructor() {
    super('The connection is closed');
    this.name = 'SqliteClosedError';
  }
}

/** The values don't fit the placeholders of a statement; it has not run. */
export class StatementValuesError extends Error {
  readonly code = 'ERR_STATEMENT_VALUES';
  constructor(reason: string) {
    super(reason);
    this.name = 'StatementValuesError';
  }
}

/** A database in memory has one connection at a time. */
export class DatabaseTakenError extends Error {
  readonly code = 'ERR_DATABASE_TAKEN';
  constructor() {
    super('The database in memory has a connection already');
    this.name = 'DatabaseTakenError';
  }
}
