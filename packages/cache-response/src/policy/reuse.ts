import type { RequestDirectives } from './cache-control';
import { ageMsOf, freshForMs, type Stored } from './stored';

/**
 * What becomes of a stored response for one request: it is sent (`fresh`), sent though it has gone stale, because the client would
 * have it (`max-stale`), because it is being refreshed (`revalidate`) or because the process is overloaded (`overload`), or it has to be
 * validated first.
 */
export type Use = 'fresh' | 'max-stale' | 'revalidate' | 'overload' | 'validate';

/**
 * RFC 9111, 4.
 * @param isOverloaded asked only where it matters.
 */
export function useOf(
  stored: Stored,
  wants: RequestDirectives,
  nowMs: number,
  isOverloaded: () => boolean,
): Use {
  const { use, staleWhileRevalidateMs, staleIfErrorMs } = stored;
  if (use.mustValidate || wants.noCache) return 'validate';
  const freshMs = freshForMs(stored, nowMs);
  const isFresh = freshMs > 0;
  if (
    wants.maxAge !== undefined &&
    ageMsOf(stored, nowMs) > wants.maxAge * 1000 &&
    !(use.immutable && isFresh)
  )
    return 'validate';
  if (wants.minFresh !== undefined && freshMs < wants.minFresh * 1000) return 'validate';
  if (isFresh) return 'fresh';
  if (!use.stale) return 'validate';
  const staleMs = -freshMs;
  if (wants.maxStale !== undefined) return staleMs <= wants.maxStale * 1000 ? 'max-stale' : 'validate';
  // Who sets a bound to its age takes nothing stale (RFC 9111, 5.2.1.1).
  if (wants.maxAge !== undefined) return 'validate';
  if (staleMs < staleWhileRevalidateMs) return 'revalidate';
  return staleMs < staleIfErrorMs && isOverloaded() ? 'overload' : 'validate';
}

/** Whether a stored response is of use to anybody before it is validated. */
export const isReusable = (stored: Stored, nowMs: number): boolean =>
  !stored.use.mustValidate && freshForMs(stored, nowMs) + stored.staleWhileRevalidateMs > 0;

/** Whether a stored response may stand in for an error of the application (RFC 5861, 4). */
export function mayReplaceError(stored: Stored, wants: RequestDirectives, nowMs: number): boolean {
  const { use, staleIfErrorMs } = stored;
  if (use.mustValidate || !use.stale || stored.status >= 500) return false;
  const windowMs = wants.staleIfError === undefined ? staleIfErrorMs : wants.staleIfError * 1000;
  return -freshForMs(stored, nowMs) < windowMs;
}
