import type { Connection, Driver } from '../driver';

/** A value, and a statement that gives it back as `v`. */
export interface Sample {
  /** @default 'select $1 as v' */
  readonly text?: string;
  readonly value: unknown;
  /** What comes back. @default the value */
  readonly comes?: unknown;
}

/** A driver under test, and how its database is hurt. */
export interface DriverSubject {
  readonly driver: Driver;
  /** Values of each kind that the database can keep. */
  readonly samples: readonly Sample[];
  /** A statement that takes far longer than a test; left out where none can. */
  readonly slow?: string;
  /** Ends a connection from the database's side; left out where it has no such side. */
  readonly lose?: (connection: Connection) => unknown;
  /**
   * A driver of a database that takes connections and says nothing; left out where there is no such thing.
   */
  readonly silent?: Driver;
}
