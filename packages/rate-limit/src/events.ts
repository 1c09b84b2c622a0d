import { defineEvent } from '@spillway/core';
import type { OnStoreError } from './guarded-store';
import type { Verdict } from './limiter';

/** A request was refused, or with `dryRun` would have been. */
export const refused = defineEvent<{
  readonly keys: readonly string[];
  readonly verdict: Verdict;
  readonly dryRun: boolean;
}>('spillway:rate-limit:refused');

/** A store failed, took too long or answered nonsense; `onStoreError` says what counts meanwhile. */
export const storeFailed = defineEvent<{ readonly error: unknown; readonly onStoreError: OnStoreError }>(
  'spillway:rate-limit:store-failed',
);
