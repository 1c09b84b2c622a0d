import {
  type Check,
  type Closed,
  checkOptions,
  isArrayOf,
  isBoolean,
  isEither,
  isFunction,
  isInteger,
  isObject,
  isOneOf,
  OptionError,
  type RefuseBy,
} from '@spillway/core';
import type { LimiterOptions, PolicyOptions, RateLimiter, Verdict } from './limiter';
import { checkPolicies, isLimit, isWindowMs, limiterChecks, policyChecks } from './quotas';
import type { RateLimitStore } from './store';

/** A value, or a function of the request that gives it, now or later. */
export type PerRequest<Context, Value> = Value | ((context: Context) => Value | Promise<Value>);

/** Addresses and subnets (`192.0.2.7`, `10.0.0.0/8`, `2001:db8::/32`), or a function of the request. */
export type Clients<Context> = readonly string[] | ((context: Context) => boolean | Promise<boolean>);

/** Whom a request is counted for; a client without a key of its own (undefined, '') by its address. */
export type KeyMaker<Context> = (context: Context) => string | undefined | Promise<string | undefined>;

/** One of several limits of a request. */
export interface RequestPolicyOptions<Context> extends Omit<PolicyOptions, 'limit' | 'windowMs'> {
  readonly limit: PerRequest<Context, number>;
  readonly windowMs: PerRequest<Context, number>;
  /** Whom this policy counts. @default `key` of all policies */
  readonly key?: KeyMaker<Context> | undefined;
}

/** What a `handler` learns of the refusal that it answers. */
export interface Refusal {
  readonly statusCode: number;
  readonly message: unknown;
  readonly verdict: Verdict;
}

/** Answers a refused request in the framework's own way; the fields are set already. */
export type Handler<Native extends readonly unknown[]> = (...native: [...Native, Refusal]) => unknown;

/** @typeParam Native what the framework gives a middleware: `[req, res, next]` or `[ctx, next]`. */
export interface RateLimitOptions<Context, Native extends readonly unknown[] = readonly never[]>
  extends Omit<LimiterOptions<RateLimitStore>, 'limit' | 'windowMs' | 'policies'> {
  /** Units admitted in a window, 0 to 4,294,967,295; a function for plans. @default 60 */
  readonly limit?: PerRequest<Context, number> | undefined;
  /** Length of a window in milliseconds, at least 1. @default 60_000 */
  readonly windowMs?: PerRequest<Context, number> | undefined;
  /** Several limits in place of one, decided at once: a request that one refuses is charged to none. */
  readonly policies?: readonly RequestPolicyOptions<Context>[] | undefined;
  /** A limiter that you hold, in place of all that would make one. */
  readonly limiter?: Pick<RateLimiter<RateLimitStore>, 'quotas' | 'decide' | 'adjust'> | undefined;

  /** Who is counted. @default the client's address, IPv6 by subnet */
  readonly key?: KeyMaker<Context> | undefined;
  /** Another name of `key`. */
  readonly keyGenerator?: KeyMaker<Context> | undefined;
  /** Bits of an IPv6 address that tell one client from another, 32 to 128; false for all of them. @default 56 */
  readonly ipv6Subnet?: number | false | undefined;
  /** Units that a request costs, a non-negative integer. @default 1 */
  readonly cost?: ((context: Context) => number | Promise<number>) | undefined;
  /** Units that it cost in the end, known when its response is over; the difference is charged or given back. */
  readonly settleCost?: ((context: Context, closed: Closed) => number) | undefined;

  /** Requests that are neither counted nor refused. */
  readonly skip?: ((context: Context) => boolean | Promise<boolean>) | undefined;
  /** Clients who are neither counted nor refused. */
  readonly allow?: Clients<Context> | undefined;
  /** Clients who are refused with a 403, uncounted. */
  readonly deny?: Clients<Context> | undefined;

  /** Gives a request's units back where it failed. An aborted one stays charged. @default false */
  readonly skipFailedRequests?: boolean | undefined;
  /** Gives a request's units back where it succeeded: only failures count. @default false */
  readonly skipSuccessfulRequests?: boolean | undefined;
  /** @default a status below 400 */
  readonly requestWasSuccessful?: ((context: Context, closed: Closed) => boolean) | undefined;

  /** The refusal's body: text, anything that JSON can say, or a function of the request. @default problem+json or text */
  readonly message?: unknown;
  /** 400 to 599. @default 429 */
  readonly statusCode?: number | undefined;
  /** Answers refused requests itself. */
  readonly handler?: Handler<Native> | undefined;
  /** Whether a refusal is a reply, or an error of http-errors for the framework's error handling. @default 'reply' */
  readonly refuse?: RefuseBy | undefined;
  /** Decides and tells of it by events, but refuses nobody and sets no fields. @default false */
  readonly dryRun?: boolean | undefined;

  /** Which draft of the RateLimit fields is sent: 11 (the same as 8 on the wire; `true` too), 7, 6, or none. @default 11 */
  readonly standardHeaders?: boolean | 6 | 7 | 8 | 11 | 'draft-6' | 'draft-7' | 'draft-8' | undefined;
  /** Whether X-RateLimit fields are sent. @default false */
  readonly legacyHeaders?: boolean | undefined;
}

const isClients = isEither(
  isArrayOf((value) => (typeof value === 'string' ? undefined : 'must be a string')),
  isFunction,
);

const requestPolicyChecks: Readonly<Record<string, Check>> = {
  ...policyChecks,
  limit: isEither(isLimit, isFunction),
  windowMs: isEither(isWindowMs, isFunction),
  key: isFunction,
};

const checks: Readonly<Record<string, Check>> = {
  ...limiterChecks,
  limit: isEither(isLimit, isFunction),
  windowMs: isEither(isWindowMs, isFunction),
  limiter: isObject,
  key: isFunction,
  keyGenerator: isFunction,
  ipv6Subnet: isEither(isInteger(32, 128), isOneOf(false)),
  cost: isFunction,
  settleCost: isFunction,
  skip: isFunction,
  allow: isClients,
  deny: isClients,
  skipFailedRequests: isBoolean,
  skipSuccessfulRequests: isBoolean,
  requestWasSuccessful: isFunction,
  message: () => undefined,
  statusCode: isInteger(400, 599),
  handler: isFunction,
  refuse: isOneOf('reply', 'throw'),
  dryRun: isBoolean,
  standardHeaders: isOneOf(true, false, 6, 7, 8, 11, 'draft-6', 'draft-7', 'draft-8'),
  legacyHeaders: isBoolean,
};

/** Options that say the same thing, or opposite ones. */
const CONTRADICTIONS: readonly (readonly [string, string])[] = [
  ['key', 'keyGenerator'],
  ['skipFailedRequests', 'skipSuccessfulRequests'],
  ['settleCost', 'skipFailedRequests'],
  ['settleCost', 'skipSuccessfulRequests'],
  ['handler', 'refuse'],
  ['handler', 'message'],
  ...Object.keys(limiterChecks).map((name) => ['limiter', name] as const),
];

/** @throws {OptionError} for a wrong option, an unknown one, or two that contradict one another. */
export function checkRateLimitOptions(options: RateLimitOptions<never>): void {
  checkOptions('rateLimit', options, checks);
  for (const [one, other] of CONTRADICTIONS) {
    const value = options[one as keyof typeof options];
    if (!value || !options[other as keyof typeof options]) continue;
    throw new OptionError('rateLimit', one, `and ${other} can't go together`, value);
  }
  checkPolicies('rateLimit', options, requestPolicyChecks);
}
