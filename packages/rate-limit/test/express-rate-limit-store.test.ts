import { fromExpressRateLimitStore, RateLimiter } from '@spillway/rate-limit';
import { MemoryStore as PeerStore } from 'express-rate-limit';

const WINDOW_MS = 60_000;

function limiterOf(limit: number) {
  const store = new PeerStore();
  const limiter = new RateLimiter({
    limit,
    windowMs: WINDOW_MS,
    algorithm: 'fixed-window',
    store: fromExpressRateLimitStore(store as never),
    onStoreError: 'closed',
  });
  return { limiter, close: () => store.shutdown() };
}

describe('a store of express-rate-limit', () => {
  it('counts on: admits the limit, refuses the rest, charges nothing to the refused', async () => {
    const { limiter, close } = limiterOf(2);
    expect(await limiter.consume('a')).toMatchObject({ allowed: true, remaining: 1 });
    expect(await limiter.consume('a')).toMatchObject({ allowed: true, remaining: 0 });
    for (let i = 0; i < 3; i++)
      expect(await limiter.consume('a')).toMatchObject({ allowed: false, remaining: 0 });
    await limiter.refund('a');
    expect((await limiter.consume('a')).allowed).toBe(true);
    close();
  });

  it('looks, charges several units, and resets', async () => {
    const { limiter, close } = limiterOf(10);
    expect((await limiter.consume('a', 7)).remaining).toBe(3);
    expect((await limiter.peek('a')).remaining).toBe(3);
    expect((await limiter.consume('a', 4)).allowed).toBe(false);
    expect((await limiter.consume('a', 11)).retryAfterMs).toBe(Infinity);
    await limiter.reset('a');
    expect((await limiter.peek('a')).remaining).toBe(10);
    close();
  });

  it('says when the window ends', async () => {
    const { limiter, close } = limiterOf(1);
    await limiter.consume('a');
    const { retryAfterMs } = await limiter.consume('a');
    expect(retryAfterMs).toBeGreaterThan(WINDOW_MS - 5_000);
    expect(retryAfterMs).toBeLessThanOrEqual(WINDOW_MS);
    close();
  });

  it('is refused what it cannot do: several policies, another window, a block', async () => {
    const store = fromExpressRateLimitStore(new PeerStore() as never);
    const policies = [
      { name: 'a', limit: 1, windowMs: WINDOW_MS },
      { name: 'b', limit: 1, windowMs: WINDOW_MS },
    ];
    const consume = async (options: object) =>
      new RateLimiter({ store, onStoreError: 'closed', ...options }).consume('a');
    await expect(consume({ policies })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('one policy') },
    });
    await consume({ windowMs: WINDOW_MS });
    await expect(consume({ windowMs: 5 })).rejects.toMatchObject({
      cause: { message: expect.stringContaining('60000 ms') },
    });
    await expect(new RateLimiter({ store }).block('a', 5)).rejects.toMatchObject({
      cause: { message: expect.stringContaining('block') },
    });
  });
});
