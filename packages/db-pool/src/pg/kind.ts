import type { StatementKind } from '../driver';

/**
 * The first word, behind space, comments and parentheses. PostgreSQL's comments nest: one with another in it matches nothing, and what matches
 * nothing is taken for the worst.
 */
const FIRST_WORD = /^(?:[\s(]|--[^\n]*\n|\/\*(?:(?!\/\*)[^*]|\*(?!\/))*\*\/)*([a-z]+)/i;

const READS = new Set(['SELECT', 'VALUES', 'TABLE', 'WITH', 'SHOW']);
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const TRANSACTION = new Set(['BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'SAVEPOINT', 'RELEASE']);

/** Anywhere in the text, inside of a string too: in doubt a statement runs alone. */
const LEAVES_SOMETHING =
  /set_config|advisory|lastval|currval|setseed|pg_temp|dblink|\btemp\b|\btemporary\b|\blo_|U&"|pg_export_snapshot|\bpg_notify\b|\bpg_replication_/i;
const CHANGES_SOMETHING = /\b(?:insert|update|delete|merge|into|nextval|setval|share)\b/i;

/** What a statement may do to its connection, by its text alone. A function of one's own that calls `set_config` can't be seen. */
export function kindOf(text: string): StatementKind {
  const word = FIRST_WORD.exec(text)?.[1]?.toUpperCase();
  if (word === undefined) return 'session';
  if (TRANSACTION.has(word)) return isPrepared(text) ? 'session' : 'transaction';
  const isRead = READS.has(word);
  if (!isRead && !WRITES.has(word)) return 'session';
  if (LEAVES_SOMETHING.test(text)) return 'session';
  return isRead && !CHANGES_SOMETHING.test(text) ? 'read' : 'write';
}

/** Two-phase commit acts on other sessions' transactions. */
const isPrepared = (text: string): boolean => /\bprepared\b/i.test(text);
