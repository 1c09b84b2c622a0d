import type { Dialect, TransactionMode } from '../driver';
import { kindOf } from './kind';

/** Serialization failure and deadlock (PostgreSQL, appendix A). */
const CONFLICTS = new Set(['40001', '40P01']);

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code);

export const PG_DIALECT: Dialect = {
  kindOf,
  begin({ isolation, readOnly }: TransactionMode): string {
    const level = isolation ? ` ISOLATION LEVEL ${isolation.toUpperCase()}` : '';
    return `BEGIN${level}${readOnly ? ' READ ONLY' : ''}`;
  },
  limitTransaction: (ms) => `SET LOCAL statement_timeout = ${Math.max(1, Math.floor(ms))}`,
  reset: 'DISCARD ALL',
  check: 'SELECT 1',
  isConflict: (error) => CONFLICTS.has(codeOf(error)),
};
