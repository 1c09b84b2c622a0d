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
 * Lets a store of express-rate-limit count. It counts in fixed windows of one length, by one unit a call, and cannot decide
 * several policies at once or block; asking for that throws.
 * @param windowMs the window of the one policy, in milliseconds.
 */
export function fromExpressRateLimitStore(store: ExpressRateLimitStore, windowMs: number): RateLimitStore {
  const ready = Promise.resolve(store.init?.({ windowMs }));
  const times = async (count: number, call: () => Promise<unknown> | unknown) => {
    for (let i = 0; i < count; i++) await call();
  };

  return {
    async consume(quotas, [key = ''], cost) {
      const [quota] = quotas;
      if (!quota || quotas.length > 1)
        throw new TypeError('a store of express-rate-limit decides one policy at a time');
      if (quota.windowMs !== windowMs)
        throw new TypeError(`this store's window is ${windowMs} ms, not ${quota.windowMs}`);
      if (cost > quota.limit) return [decisionOf(quota, false, 0, Infinity)];
      await ready;
      // To look, it has to count and take that back.
      const steps = Math.max(cost, 1);
      let counted: Counted = { totalHits: 0, resetTime: undefined };
      await times(steps, async () => {
        counted = await store.increment(key);
      });
      const before = counted.totalHits - steps;
      const allowed = before + steps <= quota.limit;
      if (!allowed || cost === 0) await times(steps, () => store.decrement(key));
      const resetMs = Math.max(0, counted.resetTime ? counted.resetTime.getTime() - Date.now() : windowMs);
      return [decisionOf(quota, allowed, allowed ? before + cost : before, resetMs)];
    },
    async adjust(_quotas, [key = ''], delta) {
      await ready;
      await times(Math.abs(delta), () => (delta < 0 ? store.decrement(key) : store.increment(key)));
    },
    async reset(_quotas, [key = ''], blockMs) {
      if (blockMs > 0) throw new TypeError('a store of express-rate-limit cannot block a key');
      await ready;
      await store.resetKey(key);
    },
  };
}

function decisionOf(quota: Quota, allowed: boolean, used: number, resetMs: number): Decision {
  const remaining = Math.max(0, quota.limit - used);
  return { quota, allowed, remaining, resetMs, retryAfterMs: allowed ? 0 : resetMs, at: monotonic() };
}
