import type { IncomingHttpHeaders } from 'node:http';
import type { Stored } from '../policy/stored';

/** What is to be invalidated; several of these together mean all that any of them names. */
export interface Invalidation {
  /** Responses with any of these tags. */
  readonly tags?: readonly string[];
  /** URLs, or paths with their query on any host. */
  readonly urls?: readonly string[];
  /** Beginnings of URLs or of paths. */
  readonly prefixes?: readonly string[];
  readonly everything?: boolean;
}

/**
 * Removed, or stale from now on: then it is still there for validation, and for use while it is refreshed or instead of an error.
 */
export type InvalidateBy = 'purge' | 'expire';

/** Where responses lie. Any method may answer at once or by a promise. */
export interface ResponseStore {
  /** The newest response under a key that a request with these fields selects (RFC 9111, 4.1). */
  get(key: string, headers: IncomingHttpHeaders): Stored | undefined | Promise<Stored | undefined>;
  /** Keeps a response under a key, in place of one that was chosen by the same fields; beside others, within the store's bounds. */
  set(key: string, response: Stored): void | Promise<void>;
  invalidate(what: Invalidation, by: InvalidateBy): void | Promise<void>;
}
