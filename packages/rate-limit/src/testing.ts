import assert from 'node:assert/strict';
import { type Contract, defineContract } from '@spillway/core/testing';
import type { AlgorithmName, Decision, Quota, RateLimitStore } from './store';

/** A store under test, and its time. */
export interface StoreSubject {
  readonly store: RateLimitStore;
  /** Lets milliseconds pass by the store's clock. */
  readonly advance: (ms: number) => void | Promise<void>;
}

const ALGORITHMS: readonly AlgorithmName[] = [
  'sliding-window',
  'fixed-window',
  'sliding-log',
  'token-bucket',
];
const WINDOW_MS = 1_000;

const quota = (algorithm: AlgorithmName, limit: number, name = 'test'): Quota => ({
  name,
  algorithm,
  limit,
  windowMs: WINDOW_MS,
  burst: limit,
});

/** One key under one quota. */
async function ask({ store }: StoreSubject, asked: Quota, cost = 1, key = 'key'): Promise<Decision> {
  const decisions = await store.consume([asked], [key], cost);
  assert.equal(decisions.length, 1);
  return decisions[0]!;
}

const forEachAlgorithm =
  (show: (subject: StoreSubject, algorithm: AlgorithmName) => Promise<void>) =>
  async (subject: StoreSubject) => {
    for (const algorithm of ALGORITHMS) await show(subject, algorithm);
  };

/** What every store of this package has to do; run it against yours. */
export const storeContract: Contract<StoreSubject> = defineContract<StoreSubject>('rate limit store', {
  'admits the limit and refuses what comes after it': forEachAlgorithm(async (subject, algorithm) => {
    const three = quota(algorithm, 3);
    for (const remaining of [2, 1, 0]) {
      const { allowed, remaining: left, retryAfterMs } = await ask(subject, three);
      assert.deepEqual([allowed, left, retryAfterMs], [true, remaining, 0]);
    }
    const refused = await ask(subject, three);
    assert.equal(refused.allowed, false);
    assert.ok(refused.retryAfterMs > 0 && refused.retryAfterMs <= 2 * WINDOW_MS);
  }),

  'admits again when it said that it would': forEachAlgorithm(async (subject, algorithm) => {
    const two = quota(algorithm, 2);
    await ask(subject, two, 2);
    const { retryAfterMs } = await ask(subject, two);
    await subject.advance(Math.ceil(retryAfterMs));
    assert.equal((await ask(subject, two)).allowed, true);
  }),

  'forgets in time': forEachAlgorithm(async (subject, algorithm) => {
    await ask(subject, quota(algorithm, 5), 5);
    await subject.advance(2 * WINDOW_MS);
    assert.equal((await ask(subject, quota(algorithm, 5), 0)).remaining, 5);
  }),

  'keeps keys, and policies by name, apart': forEachAlgorithm(async (subject, algorithm) => {
    await ask(subject, quota(algorithm, 1, 'one'), 1, 'a');
    assert.equal((await ask(subject, quota(algorithm, 1, 'one'), 1, 'b')).allowed, true);
    assert.equal((await ask(subject, quota(algorithm, 1, 'other'), 1, 'a')).allowed, true);
    assert.equal((await ask(subject, quota(algorithm, 1, 'one'), 1, 'a')).allowed, false);
  }),

  'charges what a request costs, and nothing where it only looks': forEachAlgorithm(
    async (subject, algorithm) => {
      const ten = quota(algorithm, 10);
      assert.equal((await ask(subject, ten, 7)).remaining, 3);
      assert.deepEqual(
        [(await ask(subject, ten, 4)).allowed, (await ask(subject, ten, 0)).remaining],
        [false, 3],
      );
      assert.equal((await ask(subject, ten, 3)).remaining, 0);
    },
  ),

  'never admits what costs more than the limit': forEachAlgorithm(async (subject, algorithm) => {
    const { allowed, retryAfterMs } = await ask(subject, quota(algorithm, 3), 4);
    assert.deepEqual([allowed, retryAfterMs], [false, Infinity]);
  }),

  'charges several quotas all or none': forEachAlgorithm(async ({ store }, algorithm) => {
    const quotas = [quota(algorithm, 1, 'small'), quota(algorithm, 100, 'large')];
    const keys = ['a', 'a'];
    await store.consume(quotas, keys, 1);
    for (let i = 0; i < 50; i++) {
      const decisions = await store.consume(quotas, keys, 1);
      assert.deepEqual(
        decisions.map(({ allowed }) => allowed),
        [false, true],
      );
    }
    const left = await store.consume(quotas, keys, 0);
    assert.deepEqual(
      left.map(({ remaining }) => remaining),
      [0, 99],
    );
  }),

  'gives back what was charged, and no more': forEachAlgorithm(async (subject, algorithm) => {
    const ten = quota(algorithm, 10);
    const { at } = await ask(subject, ten, 4);
    await subject.store.adjust([ten], ['key'], -3, at);
    assert.equal((await ask(subject, ten, 0)).remaining, 9);
    await subject.store.adjust([ten], ['key'], -100, at);
    assert.equal((await ask(subject, ten, 0)).remaining, 10);
  }),

  'gives nothing back of a window that has passed': forEachAlgorithm(async (subject, algorithm) => {
    const ten = quota(algorithm, 10);
    const { at } = await ask(subject, ten, 5);
    await subject.advance(2 * WINDOW_MS);
    await ask(subject, ten, 4);
    await subject.store.adjust([ten], ['key'], -5, at);
    assert.equal((await ask(subject, ten, 0)).remaining, 6);
  }),

  'charges more than the limit where it is told to': forEachAlgorithm(async (subject, algorithm) => {
    const ten = quota(algorithm, 10);
    const { at } = await ask(subject, ten, 5);
    await subject.store.adjust([ten], ['key'], 15, at);
    assert.deepEqual([(await ask(subject, ten)).allowed, (await ask(subject, ten, 0)).remaining], [false, 0]);
  }),

  'follows a limit that changes': forEachAlgorithm(async (subject, algorithm) => {
    await ask(subject, quota(algorithm, 2), 2);
    assert.equal((await ask(subject, quota(algorithm, 2))).allowed, false);
    const { retryAfterMs } = await ask(subject, quota(algorithm, 20));
    // A token bucket keeps how long it takes to fill, so it goes on at the new rate.
    assert.ok(retryAfterMs <= WINDOW_MS / 20);
    await subject.advance(retryAfterMs);
    assert.equal((await ask(subject, quota(algorithm, 20))).allowed, true);
  }),

  'forgets a key that is reset': forEachAlgorithm(async (subject, algorithm) => {
    const one = quota(algorithm, 1);
    await ask(subject, one);
    await subject.store.reset([one], ['key'], 0);
    assert.equal((await ask(subject, one)).allowed, true);
  }),

  'refuses a blocked key for as long, then lets it start anew': forEachAlgorithm(
    async (subject, algorithm) => {
      const ten = quota(algorithm, 10);
      await subject.store.reset([ten], ['key'], 500);
      const { allowed, retryAfterMs } = await ask(subject, ten);
      assert.equal(allowed, false);
      assert.ok(retryAfterMs > 400 && retryAfterMs <= 500);
      await subject.advance(500);
      assert.deepEqual((await ask(subject, ten)).remaining, 9);
      await subject.store.reset([ten], ['key'], 500);
      await subject.store.reset([ten], ['key'], 0);
      assert.equal((await ask(subject, ten)).allowed, true);
    },
  ),
});
