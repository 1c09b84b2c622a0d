import type { FieldDef } from 'pg';

/** Reads one row, as the database has sent it. */
export type ReadRow = (values: readonly (string | null)[]) => Record<string, unknown>;

/** Gives the parser of a type, as pg's clients do. */
export type TypeParsers = (oid: number, format: 'text') => (value: string) => unknown;

/** Rows of one shape are copies of one object, so that the engine knows them all as one. */
export function rowReader(fields: readonly FieldDef[], parserOf: TypeParsers): ReadRow {
  const names = fields.map(({ name }) => name);
  const parsers = fields.map(({ dataTypeID }) => parserOf(dataTypeID, 'text'));
  // Of several columns of one name the last one counts, null or not.
  const isLast = names.map((name, i) => names.lastIndexOf(name) === i);
  // Without a prototype while it is filled: a column may be called `__proto__`.
  const empty = Object.assign(Object.create(null), Object.fromEntries(names.map((name) => [name, null])));
  return (values) => {
    const row: Record<string, unknown> = { ...empty };
    for (let i = 0; i < names.length; i++) {
      const value = values[i];
      if (value != null && isLast[i]) row[names[i]!] = parsers[i]!(value);
    }
    return row;
  };
}
