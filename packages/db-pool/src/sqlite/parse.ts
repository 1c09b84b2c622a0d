import { StatementValuesError } from './errors';
import { verbOf } from './kind';
import { statementsOf, type Token, tokensOf } from './tokens';

/** A statement as the engine gets it. */
export interface ParsedStatement {
  /** Its placeholders are all `?`: that is what every version of node:sqlite and sql.js binds by position. */
  readonly sql: string;
  /** Which value each of them stands for. */
  readonly places: readonly number[];
  readonly valueCount: number;
  /** What it does, in PostgreSQL's words. */
  readonly command: string;
  /** Whether the engine counts what it changes. */
  readonly isCounted: boolean;
}

const COUNTED = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE']);
/** What PostgreSQL says that they have done. */
const COMMANDS: Readonly<Record<string, string>> = { END: 'COMMIT', REPLACE: 'INSERT', VALUES: 'SELECT' };

/**
 * The statements of a text.
 * @throws {StatementValuesError} where placeholders have names.
 */
export const parse = (text: string): ParsedStatement[] =>
  statementsOf(tokensOf(text)).map((statement) => parseOne(text, statement));

function parseOne(text: string, statement: readonly Token[]): ParsedStatement {
  const verb = verbOf(statement);
  const placeholders = statement.filter(({ type }) => type === 'placeholder');
  const places = placesOf(placeholders);
  return {
    sql: unnumbered(text, statement, placeholders),
    places,
    valueCount: places.reduce((count, place) => Math.max(count, place + 1), 0),
    command: COMMANDS[verb] ?? verb,
    isCounted: COUNTED.has(verb),
  };
}

/**
 * `$1` and `?1` stand for the first value; `?` for the one behind the last that a placeholder before it
 * stands for.
 */
function placesOf(placeholders: readonly Token[]): number[] {
  let next = 0;
  return placeholders.map(({ text }) => {
    if (!/^(?:\?\d*|\$\d+)$/.test(text) || Number(text.slice(1) || 1) < 1) {
      throw new StatementValuesError(`Placeholders are $1, ?1 or ?, and not ${text}`);
    }
    const place = text === '?' ? next : Number(text.slice(1)) - 1;
    next = Math.max(next, place + 1);
    return place;
  });
}

function unnumbered(text: string, statement: readonly Token[], placeholders: readonly Token[]): string {
  let at = statement[0]!.start;
  let sql = '';
  for (const { start, end } of placeholders) {
    sql += `${text.slice(at, start)}?`;
    at = end;
  }
  return sql + text.slice(at, statement.at(-1)!.end);
}
