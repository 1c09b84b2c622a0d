import type { FieldDef } from 'pg';
import type { Statement } from '../driver';
import type { ReadRow } from './row-reader';

/** A statement that a connection keeps. */
export interface Prepared {
  readonly statement: Statement;
  /** Whether it is known what it gives. */
  isDescribed: boolean;
  fields: readonly FieldDef[];
  /** How its rows are read, where it gives some. */
  readRow: ReadRow | undefined;
}

const NONE: readonly FieldDef[] = [];

/** What a connection keeps prepared: one statement a slot, so that the server keeps no more than there are slots. */
export class PreparedStatements {
  readonly #slots: (Prepared | undefined)[] = [];

  /** Undefined where the statement has yet to be parsed. */
  find(statement: Statement): Prepared | undefined {
    const found = this.#slots[statement.slot!];
    return found?.statement === statement ? found : undefined;
  }

  add(statement: Statement): Prepared {
    const prepared: Prepared = { statement, isDescribed: false, fields: NONE, readRow: undefined };
    this.#slots[statement.slot!] = prepared;
    return prepared;
  }

  forget(prepared: Prepared): void {
    const { slot } = prepared.statement;
    if (this.#slots[slot!] === prepared) this.#slots[slot!] = undefined;
  }

  clear(): void {
    this.#slots.length = 0;
  }
}

export const nameOf = ({ slot }: Statement): string => `spillway_${slot}`;
