import type { StatementKind } from '../driver';

/**
 * The first word, behind space, comments and parentheses. PostgreSQL's comments nest: one with another in it matches nothing, and what matches
 * nothing is taken for the worst. A carriage return ends a comment too.
 */
const FIRST_WORD = /^(?:[\s(]|--[^\n\r]*[\n\r]|\/\*(?:(?!\/\*)[^*]|\*(?!\/))*\*\/)*([a-z]+)/i;

const READS = new Set(['SELECT', 'VALUES', 'TABLE', 'WITH', 'SHOW']);
const WRITES = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE']);
const TRANSACTION = new Set(['BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'SAVEPOINT', 'RELEASE']);

/** These end with the transaction that they are in, and do nothing outside of one. */
const SETS_LOCALLY = /^\s*SET\s+(?:LOCAL|TRANSACTION|CONSTRAINTS)\b/i;
const ARGUMENT = String.raw`\s*(?:'[^']*'|\$\d+)(?:::\w+)?\s*`;
const LOCAL_SETTING = new RegExp(String.raw`set_config\(${ARGUMENT},${ARGUMENT},\s*true\s*\)`, 'gi');

/**
 * Anywhere in the text, inside of a string too: in doubt a statement runs alone. An update of `pg_settings` is a `set_config`, and some
 * functions run what they are told in a value.
 */
const LEAVES_SOMETHING =
  /set_config|pg_settings|set_limit|advisory_(?:lock|unlock)|lastval|currval|setseed|pg_temp|dblink|\btemp\b|\btemporary\b|\blo_|U&"|pg_export_snapshot|\bpg_notify\b|_replication_|_backup|_to_xml|ts_stat|ts_rewrite|crosstab|connectby|xpath_table/i;
const CHANGES_SOMETHING = /\b(?:insert|update|delete|merge|into|nextval|setval|share)\b/i;

/** What a statement may do to its connection, by its text alone. A function of one's own that calls `set_config` can't be seen. */
export function kindOf(text: string): StatementKind {
  const word = FIRST_WORD.exec(text)?.[1]?.toUpperCase();
  if (word === undefined) return 'session';
  if (TRANSACTION.has(word) || SETS_LOCALLY.test(text)) return isMore(text) ? 'session' : 'transaction';
  const isRead = READS.has(word);
  if (!isRead && !WRITES.has(word)) return 'session';
  if (LEAVES_SOMETHING.test(text.replace(LOCAL_SETTING, ''))) return 'session';
  return isRead && !CHANGES_SOMETHING.test(text) ? 'read' : 'write';
}

/** Another statement behind it; or two-phase commit, which acts on other sessions' transactions. */
const isMore = (text: string): boolean => /;\s*\S|\bprepared\b/i.test(text);
