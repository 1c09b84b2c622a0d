import { checkOption, isInteger } from '@spillway/core';
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
    checkOption('FixedLimit', 'value', value, isInteger(1));
    this.value = value;
  }

  update(): void {}
}
