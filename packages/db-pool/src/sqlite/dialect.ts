import type { Dialect } from '../driver';
import { kindOf } from './kind';

const SQLITE_BUSY = 5;
/** The rest of a code says which kind of it. */
const PRIMARY_CODE = 0xff;

/**
 * Another store for what is temporary drops all that is in the one before. Of the settings those go that
 * change what statements mean or may do; what only tunes (`cache_size`, `busy_timeout`) stays, and so does
 * what ATTACH has attached.
 */
export const RESET = [
  'temp_store = 1',
  'temp_store = 0',
  'foreign_keys = ON',
  'query_only = OFF',
  'ignore_check_constraints = OFF',
  'recursive_triggers = OFF',
  'case_sensitive_like = OFF',
  'reverse_unordered_selects = OFF',
  'read_uncommitted = OFF',
  'legacy_alter_table = OFF',
  'writable_schema = OFF',
].map((setting) => `PRAGMA ${setting}`);

export const SQLITE_DIALECT = {
  kindOf,
  /**
   * A transaction of SQLite is serializable, whatever is asked for. One that may write takes the lock at
   * once: one that has read first can't wait for it.
   */
  begin: ({ readOnly }) => (readOnly ? 'BEGIN' : 'BEGIN IMMEDIATE'),
  limitTransaction: () => undefined,
  reset: RESET.join('; '),
  check: 'SELECT 1',
  isConflict: (error) =>
    (Number((error as { errcode?: unknown } | null)?.errcode) & PRIMARY_CODE) === SQLITE_BUSY,
} satisfies Dialect;
