import { defineEvent } from '@spillway/core';
import type { RefusalCode } from './errors';

/** A connection was opened. */
export const opened = defineEvent<{ readonly pool: string; readonly size: number }>(
  'spillway:db-pool:opened',
);

/** Why a connection was closed. */
export type CloseReason = 'idle' | 'old' | 'lost' | 'unanswered' | 'unclean' | 'drained';

/** A connection was closed, or lost. */
export const closed = defineEvent<{
  readonly pool: string;
  readonly size: number;
  readonly reason: CloseReason;
  /** What it was lost by. */
  readonly error?: unknown;
}>('spillway:db-pool:closed');

/** A connection could not be opened. */
export const connectFailed = defineEvent<{
  readonly pool: string;
  readonly error: unknown;
  /** Milliseconds until the next try. */
  readonly retryInMs: number;
}>('spillway:db-pool:connect-failed');

/** Somebody was refused. */
export const refused = defineEvent<{
  readonly pool: string;
  readonly code: RefusalCode;
  readonly waiting: number;
}>('spillway:db-pool:refused');

/** A lease ran nothing for too long and was taken back. */
export const reclaimed = defineEvent<{
  readonly pool: string;
  readonly heldMs: number;
  /** Where it was taken: a stack. */
  readonly place: string | undefined;
}>('spillway:db-pool:reclaimed');

/** COMMIT has failed before the head left: the client was answered a 500. */
export const commitFailed = defineEvent<{ readonly pool: string; readonly error: unknown }>(
  'spillway:db-pool:commit-failed',
);
