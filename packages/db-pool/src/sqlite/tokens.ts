export interface Token {
  readonly type: 'word' | 'placeholder' | 'other';
  /** As it stands in the statement; a word in upper case. */
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

const IDENTIFIER = '[A-Za-z_\\u0080-\\uffff][\\w$\\u0080-\\uffff]*';

/**
 * The parts of SQLite's language, as far as placeholders and keywords have to be told from the rest. A
 * doubled quote ends a string that the next one goes on with. What is left open goes to the end.
 */
const TOKENS = new RegExp(
  [
    '(?<blank>[ \\t\\n\\f\\r]+|--[^\\n]*|/\\*[^]*?(?:\\*/|$))',
    `(?<word>${IDENTIFIER})`,
    `(?<placeholder>\\?\\d*|[$:@#][\\w$\\u0080-\\uffff]+)`,
    `'[^']*'?|"[^"]*"?|\`[^\`]*\`?|\\[[^\\]]*\\]?`,
    '[\\d.][\\w$.]*',
    '[^]',
  ].join('|'),
  'gy',
);

/** Without blanks and comments. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const { 0: found, index, groups } of text.matchAll(TOKENS)) {
    if (groups!.blank !== undefined) continue;
    const span = { start: index, end: index + found.length };
    if (groups!.word !== undefined) tokens.push({ type: 'word', text: found.toUpperCase(), ...span });
    else if (groups!.placeholder !== undefined) tokens.push({ type: 'placeholder', text: found, ...span });
    else tokens.push({ type: 'other', text: found, ...span });
  }
  return tokens;
}

/** The tokens of each statement, without the semicolons between them. */
export function statementsOf(tokens: readonly Token[]): Token[][] {
  const statements: Token[][] = [];
  let statement: Token[] = [];
  for (const token of tokens) {
    if (token.text !== ';' || isInTrigger(statement)) statement.push(token);
    else {
      if (statement.length > 0) statements.push(statement);
      statement = [];
    }
  }
  if (statement.length > 0) statements.push(statement);
  return statements;
}

/**
 * The statements in a trigger end with semicolons, and the trigger itself after an END behind one of them.
 */
function isInTrigger(statement: readonly Token[]): boolean {
  if (!isTrigger(statement)) return false;
  return !(statement.at(-1)!.text === 'END' && statement.at(-2)!.text === ';');
}

function isTrigger([first, second, third]: readonly Token[]): boolean {
  if (first?.text !== 'CREATE') return false;
  const what = second?.text === 'TEMP' || second?.text === 'TEMPORARY' ? third : second;
  return what?.text === 'TRIGGER';
}
