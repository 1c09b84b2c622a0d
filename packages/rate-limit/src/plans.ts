import { OptionError } from '@spillway/core';
import { RateLimiter } from './limiter';
import { chain, collect, type Maybe } from './maybe';
import type { PerRequest, RateLimitOptions } from './options';
import { DEFAULT_LIMIT, DEFAULT_WINDOW_MS, isLimit, isWindowMs } from './quotas';
import type { Quota } from './store';

interface Plan<Context> {
  readonly limit: PerRequest<Context, number>;
  readonly windowMs: PerRequest<Context, number>;
  readonly burst?: number | undefined;
}

type Options<Context> = RateLimitOptions<Context, readonly unknown[]>;

/** The limiter that the options describe. Where a limit is a function of the request, a default keeps its place. */
export function limiterOf<Context>(options: Options<Context>): NonNullable<Options<Context>['limiter']> {
  if (options.limiter) return options.limiter;
  const { limit, windowMs, algorithm, burst, identifier, policies } = options;
  const { store, maxKeys, onStoreError, storeTimeoutMs, now } = options;
  const common = { store, maxKeys, onStoreError, storeTimeoutMs, now };
  if (!policies)
    return new RateLimiter({ ...common, ...fixed({ limit, windowMs }), algorithm, burst, identifier });
  return new RateLimiter({
    ...common,
    policies: policies.map(({ name, algorithm, burst, ...plan }) => ({
      name,
      algorithm,
      burst,
      ...fixed(plan),
    })),
  });
}

function fixed({ limit, windowMs }: { readonly limit?: unknown; readonly windowMs?: unknown }) {
  return {
    limit: typeof limit === 'number' ? limit : DEFAULT_LIMIT,
    windowMs: typeof windowMs === 'number' ? windowMs : DEFAULT_WINDOW_MS,
  };
}

/** Tells the quotas as they stand for one request; undefined where no limit is a function of it. */
export function createPlansOf<Context>(
  options: Options<Context>,
  quotas: readonly Quota[],
): ((context: Context) => Maybe<readonly Quota[]>) | undefined {
  const { limit = DEFAULT_LIMIT, windowMs = DEFAULT_WINDOW_MS, burst } = options;
  const plans: readonly Plan<Context>[] = options.policies ?? [{ limit, windowMs, burst }];
  const varies = plans.some(
    (plan) => typeof plan.limit === 'function' || typeof plan.windowMs === 'function',
  );
  if (options.limiter || !varies) return undefined;
  return (context) => collect(plans.map((plan, i) => () => quotaOf(plan, quotas[i]!, context)));
}

function quotaOf<Context>(plan: Plan<Context>, base: Quota, context: Context): Maybe<Quota> {
  return chain(
    collect([() => resolve(plan.limit, context), () => resolve(plan.windowMs, context)]),
    ([limit, windowMs]) => {
      const wrongLimit = isLimit(limit);
      if (wrongLimit) throw new OptionError('rateLimit', 'limit(request)', wrongLimit, limit);
      const wrongWindow = isWindowMs(windowMs);
      if (wrongWindow) throw new OptionError('rateLimit', 'windowMs(request)', wrongWindow, windowMs);
      return { ...base, limit: limit!, windowMs: windowMs!, burst: plan.burst ?? limit! };
    },
  );
}

const resolve = <Context>(value: PerRequest<Context, number>, context: Context): Maybe<number> =>
  typeof value === 'function' ? value(context) : value;
