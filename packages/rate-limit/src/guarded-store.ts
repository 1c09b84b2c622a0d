import { storeFailed } from './events';
import type { MemoryStore } from './memory-store';
import type { Decision, Quota, RateLimitStore } from './store';

/** What counts while a store fails: this process's memory, nothing, or nobody passes. */
export type OnStoreError = 'local' | 'open' | 'closed';

/** A store failed, took longer than its time limit or answered nonsense. */
export class StoreError extends Error {
  readonly code = 'ERR_RATE_LIMIT_STORE';
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreError';
  }
}

/** Any store, within a time limit and with a policy for its failures: no call hangs, none fails silently. */
export class GuardedStore implements RateLimitStore {
  readonly #store: RateLimitStore;
  readonly #memory: MemoryStore;
  readonly #onStoreError: OnStoreError;
  readonly #timeoutMs: number;

  constructor(store: RateLimitStore, memory: MemoryStore, onStoreError: OnStoreError, timeoutMs: number) {
    this.#store = store;
    this.#memory = memory;
    this.#onStoreError = onStoreError;
    this.#timeoutMs = timeoutMs;
  }

  consume(quotas: readonly Quota[], keys: readonly string[], cost: number) {
    return this.#attempt(
      () => this.#store.consume(quotas, keys, cost),
      (answer) => checkDecisions(answer, quotas),
      (error) => this.#decideWithout(error, quotas, keys, cost),
    );
  }

  adjust(quotas: readonly Quota[], keys: readonly string[], delta: number, at: number) {
    return this.#attempt(
      () => this.#store.adjust(quotas, keys, delta, at),
      () => undefined,
      () => this.#memory.adjust(quotas, keys, delta, at),
    );
  }

  /** Told to the caller where it fails: who blocks a key must know whether it is blocked. */
  reset(quotas: readonly Quota[], keys: readonly string[], blockMs: number) {
    this.#memory.reset(quotas, keys, blockMs);
    return this.#attempt(
      () => this.#store.reset(quotas, keys, blockMs),
      () => undefined,
      (error) => {
        throw error;
      },
    );
  }

  #decideWithout(
    error: StoreError,
    quotas: readonly Quota[],
    keys: readonly string[],
    cost: number,
  ): readonly Decision[] {
    if (this.#onStoreError === 'closed') throw error;
    if (this.#onStoreError === 'local') return this.#memory.consume(quotas, keys, cost);
    return quotas.map((quota) => ({
      quota,
      allowed: true,
      remaining: quota.limit,
      resetMs: 0,
      retryAfterMs: 0,
      at: 0,
    }));
  }

  #attempt<Answer, Result>(
    call: () => Answer | Promise<Answer>,
    check: (answer: Answer) => Result,
    failed: (error: StoreError) => Result,
  ): Result | Promise<Result> {
    const without = (cause: unknown) => {
      const error = cause instanceof StoreError ? cause : new StoreError('the store failed', { cause });
      storeFailed.publish({ error, onStoreError: this.#onStoreError });
      return failed(error);
    };
    try {
      const answer = call();
      return isPromise(answer) ? this.#inTime(answer).then(check).catch(without) : check(answer);
    } catch (error) {
      return without(error);
    }
  }

  #inTime<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const late = () => reject(new StoreError(`the store took longer than ${this.#timeoutMs} ms`));
      const timer = setTimeout(late, this.#timeoutMs).unref();
      Promise.resolve(answer)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }
}

const isPromise = <Value>(value: Value | Promise<Value>): value is Promise<Value> =>
  typeof (value as Promise<Value> | undefined)?.then === 'function';

function checkDecisions(answer: readonly Decision[], quotas: readonly Quota[]): readonly Decision[] {
  if (Array.isArray(answer) && answer.length === quotas.length && answer.every(isDecision)) return answer;
  throw new StoreError(`the store answered no decision a quota but ${JSON.stringify(answer)?.slice(0, 200)}`);
}

const isDecision = (decision: Partial<Decision> | undefined): boolean =>
  typeof decision?.allowed === 'boolean' &&
  [decision.remaining, decision.resetMs, decision.retryAfterMs, decision.at].every(
    (number) => (number as number) >= 0,
  ) &&
  Number.isInteger(decision.remaining) &&
  typeof decision.quota === 'object';
