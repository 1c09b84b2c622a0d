const MIN_S = 1;
const MAX_S = 60;

/**
 * Seconds after which a refused client should come back (RFC 9110, 10.2.3): spread over the time in which all who were refused can be served, so
 * that they don't come back at once.
 * @param drainSeconds that time.
 * @param random 0 to below 1.
 * @returns an integer from 1 to 60.
 */
export function retryAfterSeconds(drainSeconds: number, random: number): number {
  const spread = Math.min(MAX_S - MIN_S, Math.max(1, Math.ceil(drainSeconds)));
  return MIN_S + Math.floor(random * (spread + 1));
}
