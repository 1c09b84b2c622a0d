import { defineEvent } from '@spillway/core';
import type { Priority, ShedReason } from './admission';

/** A request was refused. */
export const shed = defineEvent<{
  readonly reason: ShedReason;
  readonly priority: Priority;
  /** Class of the request, where `key` gives one. */
  readonly key: string | undefined;
}>('spillway:backpressure:shed');

/** A limit is another one. */
export const limitChanged = defineEvent<{
  readonly key: string | undefined;
  readonly limit: number;
  readonly before: number;
}>('spillway:backpressure:limit-changed');
