import {
  type Check,
  checkOptions,
  isArrayOf,
  isFieldString,
  isFunction,
  isInteger,
  isObject,
  isOneOf,
  OptionError,
} from '@spillway/core';
import type { LimiterOptions, PolicyOptions } from './limiter';
import type { AlgorithmName, Quota, RateLimitStore } from './store';

const ALGORITHMS: readonly AlgorithmName[] = [
  'sliding-window',
  'fixed-window',
  'sliding-log',
  'token-bucket',
];

/** What the typed arrays of the engines can count. */
const MAX_UNITS = 2 ** 32 - 1;
/** About 34 years: beyond it products of units and time are no longer exact. */
const MAX_WINDOW_MS = 2 ** 40;

export const DEFAULT_LIMIT = 60;
export const DEFAULT_WINDOW_MS = 60_000;

const isName: Check = (value) =>
  typeof value === 'string' && value !== '' && isFieldString(value)
    ? undefined
    : 'must be a non-empty string of printable ASCII';

export const isLimit = isInteger(0, MAX_UNITS);
export const isWindowMs = isInteger(1, MAX_WINDOW_MS);

/** The options of one limit. */
export const policyChecks: Readonly<Record<string, Check>> = {
  name: isName,
  limit: isLimit,
  windowMs: isWindowMs,
  algorithm: isOneOf(...ALGORITHMS),
  burst: isInteger(1, MAX_UNITS),
};

const { name: _name, ...limitChecks } = policyChecks;

/** The options of a limiter, those of `rateLimit` among them. */
export const limiterChecks: Readonly<Record<string, Check>> = {
  ...limitChecks,
  identifier: isName,
  policies: isArrayOf(isObject),
  store: isObject,
  maxKeys: isInteger(1, 2 ** 23),
  onStoreError: isOneOf('local', 'open', 'closed'),
  storeTimeoutMs: isInteger(1, 2 ** 31 - 1),
  now: isFunction,
};

/** @throws {OptionError} for a wrong option. */
export function checkLimiterOptions(owner: string, options: LimiterOptions<RateLimitStore>): void {
  checkOptions(owner, options, limiterChecks);
  checkPolicies(owner, options, policyChecks);
}

interface Limits {
  readonly algorithm?: AlgorithmName | undefined;
  readonly burst?: number | undefined;
  readonly policies?: readonly (Limits & { readonly name: string })[] | undefined;
}

/** What has to hold between options. */
export function checkPolicies(owner: string, options: Limits, checks: Readonly<Record<string, Check>>): void {
  const { policies } = options;
  if (policies === undefined) return checkBurst(owner, options);
  for (const alone of ['limit', 'windowMs', 'algorithm', 'burst', 'identifier']) {
    const value = options[alone as keyof Limits];
    if (value !== undefined)
      throw new OptionError(owner, alone, 'belongs into each of policies, where there are any', value);
  }
  if (policies.length === 0)
    throw new OptionError(owner, 'policies', 'must have at least one member', policies);
  policies.forEach((policy, i) => {
    const place = `${owner}: policies[${i}]`;
    checkOptions(place, policy, checks);
    for (const needed of ['name', 'limit', 'windowMs']) {
      if (!Object.hasOwn(policy, needed)) throw new OptionError(place, needed, 'must be given', undefined);
    }
    if (policies.findIndex(({ name }) => name === policy.name) !== i) {
      throw new OptionError(place, 'name', 'must differ from those of the other policies', policy.name);
    }
    checkBurst(place, policy);
  });
}

function checkBurst(owner: string, { algorithm, burst }: Limits): void {
  if (burst === undefined || algorithm === 'token-bucket') return;
  throw new OptionError(owner, 'burst', "goes with algorithm 'token-bucket' alone", burst);
}

/** The one policy of plain options, or the several that stand in their place. */
export function toQuotas(options: LimiterOptions<RateLimitStore>): readonly Quota[] {
  const {
    identifier = 'default',
    limit = DEFAULT_LIMIT,
    windowMs = DEFAULT_WINDOW_MS,
    algorithm,
    burst,
  } = options;
  const policies: readonly PolicyOptions[] = options.policies ?? [
    { name: identifier, limit, windowMs, algorithm, burst },
  ];
  return policies.map((policy) => ({
    name: policy.name,
    algorithm: policy.algorithm ?? 'sliding-window',
    limit: policy.limit,
    windowMs: policy.windowMs,
    burst: policy.burst ?? policy.limit,
  }));
}
