import type { Statement } from '../driver';
import type { Engine, EngineStatement } from './engine';
import { type ParsedStatement, parse } from './parse';

/** A statement that stays prepared. */
interface Kept {
  readonly text: string;
  readonly parsed: ParsedStatement;
  readonly prepared: EngineStatement;
}

/** What a connection keeps prepared: one statement a slot. */
export class KeptStatements {
  readonly #engine: Pick<Engine<unknown>, 'prepare'>;
  readonly #slots = new Map<number, Kept>();

  constructor(engine: Pick<Engine<unknown>, 'prepare'>) {
    this.#engine = engine;
  }

  /** Undefined where the statement isn't worth it, or the text isn't one statement. */
  of({ slot, text }: Statement): Kept | undefined {
    if (slot === undefined) return undefined;
    const kept = this.#slots.get(slot);
    if (kept?.text === text) return kept;
    const [parsed, ...more] = parse(text);
    if (!parsed || more.length > 0) return undefined;
    const made = { text, parsed, prepared: this.#engine.prepare(parsed.sql) };
    kept?.prepared.free();
    this.#slots.set(slot, made);
    return made;
  }

  clear(): void {
    for (const { prepared } of this.#slots.values()) prepared.free();
    this.#slots.clear();
  }
}
