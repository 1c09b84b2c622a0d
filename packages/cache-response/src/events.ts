import { defineEvent } from '@spillway/core';

/** A request was answered from the cache, or its answer went through it. */
export const handled = defineEvent<{
  /** The name of the cache. */
  readonly cache: string;
  /** What Cache-Status says of it. */
  readonly status: string;
}>('spillway:cache-response:handled');

/** Something that no request waits for has failed: a refresh, a store, an invalidation. */
export const failed = defineEvent<{
  readonly cache: string;
  readonly what: Task;
  readonly error: unknown;
}>('spillway:cache-response:failed');

export type Task = 'refresh' | 'store' | 'invalidate';
