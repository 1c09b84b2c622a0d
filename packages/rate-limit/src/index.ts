export { refused, storeFailed } from './events';
export { type ExpressRateLimitStore, fromExpressRateLimitStore } from './express-rate-limit-store';
export { type OnStoreError, StoreError } from './guarded-store';
export { type Answer, type LimiterOptions, type PolicyOptions, RateLimiter, Verdict } from './limiter';
export { MemoryStore, type MemoryStoreOptions } from './memory-store';
export type {
  Clients,
  Handler,
  KeyMaker,
  PerRequest,
  RateLimitOptions,
  Refusal,
  RequestPolicyOptions,
} from './options';
export { createRateLimit } from './rate-limit';
export type { AlgorithmName, Decision, Quota, RateLimitStore } from './store';
