import { monotonic } from '@spillway/core';
import type { Decision, Quota, RateLimitStore } from './store';

/** A store written for express-rate-limit 6 to 8. */
export interface ExpressRateLimitStore {
  init?(options: { windowMs: number }): void | Promise<void>;
  increment(key: string): Promise<Counted> | Counted;
  decrement(key: string): Promise<void> | void;
  resetKey(key: string): Promise<void> | void;
}

interface Counted {
  readonly totalHits: number;
  readonly resetTime: Date | undefined;
}

/**
 * Lets a store of express-rate-limit count, in fixed windows as it does. It has one window, that of the first policy it is asked
 * for, and counts one unit a call; several policies at once, another window or a block are errors.
 */
export function fromExpressRateLimitStore(store: ExpressRateLimitStore): RateLimitStore {
  let opened: { readonly windowMs: number; readonly ready: Promise<void> } | undefined;

  async function open([quota, ...others]: readonly Quota[]): Promise<Quota> {
    if (!quota || others.length > 0)
      throw new TypeError('a store of express-rate-limit decides one policy at a time');
    const { windowMs } = quota;
    opened ??= { windowMs, ready: Promise.resolve(store.init?.({ windowMs })) };
    if (opened.windowMs !== windowMs) {
      throw new TypeError(
        `this store of express-rate-limit has a window of ${opened.windowMs} ms, not ${windowMs}`,
      );
    }
    await opened.ready;
    return quota;
  }

  return {
    async consume(quotas, [key = ''], cost) {
      const quota = await open(quotas);
      if (cost > quota.limit) return [decisionOf(quota, false, 0, Number.POSITIVE_INFINITY)];
      // To look, it has to count and take that back.
      const steps = Math.max(cost, 1);
      let counted: Counted = { totalHits: 0, resetTime: undefined };
      for (let i = 0; i < steps; i++) counted = await store.increment(key);
      const before = counted.totalHits - steps;
      const allowed = before + steps <= quota.limit;
      const charged = allowed ? cost : 0;
      for (let i = charged; i < steps; i++) await store.decrement(key);
      const resetMs = counted.resetTime ? counted.resetTime.getTime() - Date.now() : quota.windowMs;
      return [decisionOf(quota, allowed, before + charged, Math.max(0, resetMs))];
    },

    async adjust(quotas, [key = ''], delta) {
      await open(quotas);
      for (let i = 0; i < Math.abs(delta); i++)
        await (delta < 0 ? store.decrement(key) : store.increment(key));
    },

    async reset(quotas, [key = ''], blockMs) {
      if (blockMs > 0) throw new TypeError('a store of express-rate-limit cannot block a key');
      await open(quotas);
      await store.resetKey(key);
    },
  };
}

function decisionOf(quota: Quota, allowed: boolean, used: number, resetMs: number): Decision {
  const remaining = Math.max(0, quota.limit - used);
  return { quota, allowed, remaining, resetMs, retryAfterMs: allowed ? 0 : resetMs, at: monotonic() };
}
