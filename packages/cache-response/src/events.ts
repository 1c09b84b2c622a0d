import { defineEvent } from '@spillway/core';

/** Something that no request waits for has failed: a refresh, a store, a cache in front. */
export const failed = defineEvent<{
  readonly cache: string;
  readonly what: 'refresh' | 'store' | 'edge';
  readonly error: unknown;
}>('spillway:cache-response-failed');
