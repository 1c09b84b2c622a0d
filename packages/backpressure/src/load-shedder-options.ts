import { type Check, type Clock, isEither, isFunction, isInteger, isNumber, isOneOf } from '@spillway/core';
import type { Limit } from './limit';

export interface LoadShedderOptions {
  /** Requests that run at once: a number, or what makes a limit for each class. @default () => new AdaptiveLimit() */
  readonly limit?: number | (() => Limit) | undefined;
  /**
   * Milliseconds that the requests of one turn of the event loop may take before the next ones of it are shed, 1 to 10,000. @default 25
   */
  readonly turnBudgetMs?: number | undefined;
  /**
   * Whether what finds the queue full is refused, or waits: then the queue holds `maxWaiting` and nobody is refused before `maxWaitMs`.
   * @default 'refuse'
   */
  readonly whenFull?: 'refuse' | 'wait' | undefined;
  /** Requests that may wait, in a class. @default as many as may run; 1,000 with `whenFull: 'wait'` */
  readonly maxWaiting?: number | undefined;
  /** Milliseconds that one waits at most, with `whenFull: 'wait'`. @default 10_000 */
  readonly maxWaitMs?: number | undefined;
  /** Slots for critical requests alone, beside the limit and as a part of it, 0 to 1. @default 0.1 */
  readonly reserved?: number | undefined;
  /** Classes with a limit of their own; what is beyond shares one. @default 100 */
  readonly maxKeys?: number | undefined;
  /** Milliseconds that only grow. @default performance.now */
  readonly now?: Clock | undefined;
}

export const loadShedderChecks: Readonly<Record<string, Check>> = {
  limit: isEither(isInteger(1), isFunction),
  turnBudgetMs: isInteger(1, 10_000),
  whenFull: isOneOf('refuse', 'wait'),
  maxWaiting: isInteger(0),
  maxWaitMs: isInteger(1, 2 ** 31 - 1),
  reserved: isNumber(0, 1),
  maxKeys: isInteger(1),
  now: isFunction,
};
