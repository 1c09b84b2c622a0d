import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Reply } from '@spillway/core';
import {
  createRateLimit,
  type Decision,
  type OnStoreError,
  RateLimiter,
  type RateLimitStore,
  StoreError,
  storeFailed,
} from '@spillway/rate-limit';

const request = {
  method: 'GET',
  originalUrl: '/',
  protocol: 'http',
  host: 'localhost',
  headers: {},
  ip: '203.0.113.7',
};

const dead = new Error('connection refused');
const FAILURES: Record<string, Partial<RateLimitStore>> = {
  throws: {
    consume() {
      throw dead;
    },
  },
  rejects: { consume: async () => Promise.reject(dead) },
  'answers nothing': { consume: () => undefined as never },
  'answers no decision': { consume: async () => [{ allowed: 'yes' }] as never },
  'answers NaN': {
    consume: async ([quota]) => [
      { quota: quota!, allowed: true, remaining: Number.NaN, resetMs: 0, retryAfterMs: 0, at: 0 },
    ],
  },
  'answers too few': { consume: async () => [] },
  'never answers': { consume: () => new Promise(() => {}) },
};

const failing = (name: string): RateLimitStore =>
  ({ adjust: () => {}, reset: () => {}, ...FAILURES[name] }) as RateLimitStore;

function limiterOf(name: string, onStoreError?: OnStoreError) {
  return new RateLimiter({ limit: 2, store: failing(name), onStoreError, storeTimeoutMs: 5 });
}

describe.each(Object.keys(FAILURES))('a store that %s', (name) => {
  it('leaves counting to the memory of this process', async () => {
    const limiter = limiterOf(name);
    expect((await limiter.consume('a')).allowed).toBe(true);
    expect((await limiter.consume('a')).allowed).toBe(true);
    expect((await limiter.consume('a')).allowed).toBe(false);
  });

  it('with onStoreError open lets everybody pass', async () => {
    const limiter = limiterOf(name, 'open');
    for (let i = 0; i < 5; i++)
      expect(await limiter.consume('a')).toMatchObject({ allowed: true, remaining: 2 });
  });

  it('with onStoreError closed is an error of its own, and a 503 for the client', async () => {
    const consume = async () => limiterOf(name, 'closed').consume('a');
    await expect(consume()).rejects.toThrow(StoreError);
    const filter = createRateLimit<object>({
      store: failing(name),
      onStoreError: 'closed',
      storeTimeoutMs: 5,
    });
    const reply = (await filter(request, {})) as Reply;
    expect(reply).toMatchObject({ status: 503, headers: { 'Cache-Control': 'no-store' } });
  });

  it('is told of by an event', async () => {
    const told: object[] = [];
    const listen = (event: unknown) => void told.push(event as object);
    subscribe(storeFailed.name, listen);
    await limiterOf(name).consume('a');
    unsubscribe(storeFailed.name, listen);
    expect(told).toEqual([{ error: expect.any(StoreError), onStoreError: 'local' }]);
  });
});

it('a block that did not reach the store is told to the caller', async () => {
  const store = { ...failing('rejects'), reset: async () => Promise.reject(dead) };
  await expect(new RateLimiter({ store }).block('a', 1_000)).rejects.toThrow(StoreError);
});

it('a store that answers in time decides', async () => {
  const decision = (quota: Decision['quota']): Decision => ({
    quota,
    allowed: false,
    remaining: 0,
    resetMs: 5,
    retryAfterMs: 5,
    at: 1,
  });
  const store: RateLimitStore = { ...failing('rejects'), consume: async (quotas) => quotas.map(decision) };
  expect((await new RateLimiter({ store }).consume('a')).retryAfterMs).toBe(5);
});
