import { FakeClock } from '@spillway/core/testing';
import { MemoryStore, RateLimiter } from '@spillway/rate-limit';

const MINUTE = 60_000;

describe('RateLimiter', () => {
  it('answers at once, with what is left', () => {
    const { now } = new FakeClock();
    const limiter = new RateLimiter({ limit: 2, windowMs: MINUTE, now });
    expect(limiter.consume('a')).toMatchObject({ allowed: true, limit: 2, remaining: 1, retryAfterMs: 0 });
    expect(limiter.consume('a')).toMatchObject({ allowed: true, remaining: 0 });
    const refused = limiter.consume('a');
    expect(refused.allowed).toBe(false);
    expect(refused.retryAfterMs).toBeGreaterThan(0);
    expect(limiter.consume('b').allowed).toBe(true);
  });

  it('admits again once retryAfterMs has passed', () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ limit: 3, windowMs: MINUTE, now: clock.now });
    for (let i = 0; i < 3; i++) limiter.consume('a');
    const { retryAfterMs } = limiter.consume('a');
    clock.advance(retryAfterMs - 1);
    expect(limiter.consume('a').allowed).toBe(false);
    clock.advance(1);
    expect(limiter.consume('a').allowed).toBe(true);
  });

  it('looks without charging', () => {
    const limiter = new RateLimiter({ limit: 1 });
    expect(limiter.peek('a').remaining).toBe(1);
    expect(limiter.peek('a').remaining).toBe(1);
    expect(limiter.consume('a').remaining).toBe(0);
  });

  it('gives units back, though not more than were taken', () => {
    const limiter = new RateLimiter({ limit: 5 });
    limiter.consume('a', 4);
    limiter.refund('a', 2);
    expect(limiter.peek('a').remaining).toBe(3);
    limiter.refund('a', 100);
    expect(limiter.peek('a').remaining).toBe(5);
  });

  it('gives nothing back once the window of the charge has passed', () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({
      limit: 5,
      windowMs: MINUTE,
      algorithm: 'fixed-window',
      now: clock.now,
    });
    const { at } = limiter.consume('a', 5).tightest;
    clock.advance(MINUTE);
    limiter.consume('a', 3);
    limiter.refund('a', 5, at);
    expect(limiter.peek('a').remaining).toBe(2);
  });

  it('forgets a key', () => {
    const limiter = new RateLimiter({ limit: 1 });
    limiter.consume('a');
    limiter.reset('a');
    expect(limiter.consume('a').allowed).toBe(true);
  });

  it('blocks a key for a while, and reset ends that', () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({ limit: 100, windowMs: 1_000, now: clock.now });
    limiter.block('a', MINUTE);
    expect(limiter.consume('a')).toMatchObject({ allowed: false, retryAfterMs: MINUTE });
    clock.advance(MINUTE);
    expect(limiter.consume('a').allowed).toBe(true);
    limiter.block('a', MINUTE);
    limiter.reset('a');
    expect(limiter.consume('a').allowed).toBe(true);
    expect(() => limiter.block('a', 0)).toThrow(RangeError);
  });

  it('never admits what costs more than the limit, and says so', () => {
    const limiter = new RateLimiter({ limit: 10 });
    expect(limiter.consume('a', 11)).toMatchObject({ allowed: false, retryAfterMs: Infinity, remaining: 10 });
  });

  it('with a limit of 0 admits nothing', () => {
    for (const algorithm of ['sliding-window', 'fixed-window', 'sliding-log', 'token-bucket'] as const) {
      expect(new RateLimiter({ limit: 0, algorithm }).consume('a')).toMatchObject({
        allowed: false,
        remaining: 0,
      });
    }
  });

  it('charges several policies all or none', () => {
    const clock = new FakeClock();
    const limiter = new RateLimiter({
      policies: [
        { name: 'burst', limit: 1, windowMs: 1_000 },
        { name: 'hour', limit: 100, windowMs: 60 * MINUTE },
      ],
      now: clock.now,
    });
    limiter.consume('a');
    for (let i = 0; i < 50; i++) {
      const { allowed, tightest } = limiter.consume('a');
      expect([allowed, tightest.quota.name]).toEqual([false, 'burst']);
    }
    expect(limiter.peek('a').decisions.map(({ remaining }) => remaining)).toEqual([0, 99]);
  });

  it('counts each policy by a key of its own', () => {
    const limiter = new RateLimiter({
      policies: [
        { name: 'address', limit: 10, windowMs: MINUTE },
        { name: 'account', limit: 1, windowMs: MINUTE },
      ],
    });
    expect(limiter.consume(['203.0.113.7', 'ann']).allowed).toBe(true);
    expect(limiter.consume(['203.0.113.8', 'ann']).tightest.quota.name).toBe('account');
    expect(limiter.consume(['203.0.113.7', 'bob']).decisions[0]!.remaining).toBe(8);
  });

  it('the tightest of admitted policies is the one with the least left', () => {
    const limiter = new RateLimiter({
      policies: [
        { name: 'loose', limit: 100, windowMs: 1_000 },
        { name: 'tight', limit: 5, windowMs: 60 * MINUTE },
      ],
    });
    expect(limiter.consume('a')).toMatchObject({ limit: 5, remaining: 4 });
  });

  it.each([undefined, null, '', 7, {}])(
    'refuses %p as a key: it would be shared by all such clients',
    (key) => {
      const limiter = new RateLimiter();
      expect(() => limiter.consume([key as string])).toThrow('a key must be a non-empty string');
    },
  );

  it.each([Number.NaN, -1, 0.5, Infinity, '3'])('refuses %p as a cost', (cost) => {
    expect(() => new RateLimiter().consume('a', cost as number)).toThrow(
      'cost must be a non-negative integer',
    );
  });

  it('keeps a key of a megabyte as its hash, each one apart', () => {
    const limiter = new RateLimiter({ limit: 1 });
    const long = 'x'.repeat(1_000_000);
    expect(limiter.consume(`${long}1`).allowed).toBe(true);
    expect(limiter.consume(`${long}2`).allowed).toBe(true);
    expect(limiter.consume(`${long}1`).allowed).toBe(false);
  });

  it('takes keys of control characters and lone surrogates as they are', () => {
    const limiter = new RateLimiter({ limit: 1 });
    for (const key of ['a\0b', 'a\nb', 'a\r\nb', '\u{d800}', '\u{d801}', '\u{fffd}', '__proto__']) {
      expect([key, limiter.consume(key).allowed]).toEqual([key, true]);
      expect([key, limiter.consume(key).allowed]).toEqual([key, false]);
    }
  });

  it('shares its counts with others that hold the same store', () => {
    const store = new MemoryStore({ maxKeys: 10 });
    const one = new RateLimiter({ limit: 1, store });
    const other = new RateLimiter({ limit: 1, store });
    expect(one.consume('a').allowed).toBe(true);
    expect(other.consume('a').allowed).toBe(false);
  });
});
