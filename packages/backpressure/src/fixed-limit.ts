import { isInteger, OptionError } from '@spillway/core';
import type { Limit } from './limit';

/** A limit that you know, and that nothing changes. */
export class FixedLimit implements Limit {
  readonly value: number;
  readonly intervalMs = 100;

  /**
   * @param value requests at once, an integer of at least 1.
   * @throws {OptionError} where it is none.
   */
  constructor(value: number) {
    const missed = isInteger(1)(value);
    if (missed) throw new OptionError('FixedLimit', 'value', missed, value);
    this.value = value;
  }

  update(): void {}
}
