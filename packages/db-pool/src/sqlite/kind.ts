import type { StatementKind } from '../driver';
import { statementsOf, type Token, tokensOf } from './tokens';

const KINDS: Readonly<Record<string, StatementKind>> = {
  SELECT: 'read',
  VALUES: 'read',
  EXPLAIN: 'read',
  INSERT: 'write',
  UPDATE: 'write',
  DELETE: 'write',
  REPLACE: 'write',
  CREATE: 'write',
  DROP: 'write',
  ALTER: 'write',
  BEGIN: 'transaction',
  COMMIT: 'transaction',
  END: 'transaction',
  ROLLBACK: 'transaction',
  SAVEPOINT: 'transaction',
  RELEASE: 'transaction',
};

const AFTER_WITH = new Set(['SELECT', 'VALUES', 'INSERT', 'UPDATE', 'DELETE', 'REPLACE']);

/** What a statement may do to its connection, by its text alone. */
export function kindOf(text: string): StatementKind {
  const statements = statementsOf(tokensOf(text));
  if (statements.length === 1) return kindOfOne(statements[0]!);
  const areWrites = statements.length > 0 && statements.every((each) => kindOfOne(each) === 'write');
  return areWrites ? 'write' : 'session';
}

function kindOfOne(statement: readonly Token[]): StatementKind {
  const verb = verbOf(statement);
  if (verb === 'CREATE' && statement.some(isTemporary)) return 'session';
  return Object.hasOwn(KINDS, verb) ? KINDS[verb]! : 'session';
}

/** Of a schema, of a table, or of a column that is only called so: in doubt. */
const isTemporary = ({ text }: Token): boolean => /^["'`[]?TEMP(?:ORARY)?["'`\]]?$/i.test(text);

/**
 * The word that says what a statement does. It stands behind its WITH, and behind parentheses; empty where
 * there is none.
 */
export function verbOf(statement: readonly Token[]): string {
  const first = statement.find(({ text }) => text !== '(');
  if (first?.type !== 'word') return '';
  if (first.text !== 'WITH') return first.text;
  let depth = 0;
  for (const { text } of statement) {
    if (text === '(') depth++;
    else if (text === ')') depth--;
    else if (depth === 0 && AFTER_WITH.has(text)) return text;
  }
  return '';
}
