import { type Fields, serializeString } from '@spillway/core';
import type { Verdict } from './limiter';
import type { Decision, Quota } from './store';

/** Versions of draft-ietf-httpapi-ratelimit-headers that differ on the wire; 8 to 11 are one. */
export type Draft = 6 | 7 | 8 | 11;

/** Says a verdict in header fields. `context` is one request's, so that two limiters of one request can agree. */
export type FieldWriter = (verdict: Verdict, quotas: readonly Quota[], context: object) => Fields;

/**
 * @param draft the version of the RateLimit fields; false for none.
 * @param legacy whether X-RateLimit fields are sent too.
 */
export function fieldWriter(quotas: readonly Quota[], draft: Draft | false, legacy: boolean): FieldWriter {
  const single = draft === 6 ? draft6 : draft === 7 ? draft7 : undefined;
  const lists = draft === 8 || draft === 11 ? listWriter(quotas) : undefined;
  if (!single && !legacy) return (verdict, now) => (lists ? { append: lists(verdict, now) } : {});
  return (verdict, now, context) => ({
    ...(lists && { append: lists(verdict, now) }),
    ...(isTightest(verdict, context) && {
      headers: { ...single?.(verdict.tightest), ...(legacy && legacyFields(verdict.tightest)) },
    }),
  });
}

/** Seconds as the fields have them; rounded up, so that nobody is told to come too early. */
export const toSeconds = (ms: number): number => Math.ceil(ms / 1000);

/** `RateLimit-Policy` and `RateLimit`, a member a policy (draft 11, sections 3 and 4). */
function listWriter(fixed: readonly Quota[]) {
  const names = new Map(fixed.map(({ name }) => [name, serializeString(name)]));
  const policyOf = ({ name, limit, windowMs }: Quota) =>
    `${names.get(name)};q=${limit};w=${toSeconds(windowMs)}`;
  const policiesOf = (quotas: readonly Quota[]) => quotas.map(policyOf).join(', ');
  const fixedPolicies = policiesOf(fixed);
  const limitOf = ({ quota, allowed, remaining, resetMs }: Decision, verdict: Verdict) => {
    // Retry-After must not come before a `t` beside it, so of a refused request only those who refuse say one.
    const saysTime = allowed === verdict.allowed && resetMs !== Infinity;
    return `${names.get(quota.name)};r=${remaining}${saysTime ? `;t=${toSeconds(resetMs)}` : ''}`;
  };
  return (verdict: Verdict, quotas: readonly Quota[]) => {
    const { decisions } = verdict;
    return {
      'RateLimit-Policy': quotas === fixed ? fixedPolicies : policiesOf(quotas),
      RateLimit:
        decisions.length === 1
          ? limitOf(decisions[0]!, verdict)
          : decisions.map((decision) => limitOf(decision, verdict)).join(', '),
    };
  };
}

const seconds = (ms: number): number => (ms === Infinity ? Number.MAX_SAFE_INTEGER : toSeconds(ms));

const policy6 = ({ limit, windowMs }: Quota) => `${limit};w=${toSeconds(windowMs)}`;

const draft6 = ({ quota, remaining, resetMs }: Decision) => ({
  'RateLimit-Policy': policy6(quota),
  'RateLimit-Limit': String(quota.limit),
  'RateLimit-Remaining': String(remaining),
  'RateLimit-Reset': String(seconds(resetMs)),
});

const draft7 = ({ quota, remaining, resetMs }: Decision) => ({
  'RateLimit-Policy': policy6(quota),
  RateLimit: `limit=${quota.limit}, remaining=${remaining}, reset=${seconds(resetMs)}`,
});

const legacyFields = ({ quota, remaining, resetMs }: Decision) => ({
  'X-RateLimit-Limit': String(quota.limit),
  'X-RateLimit-Remaining': String(remaining),
  'X-RateLimit-Reset': String(seconds(Date.now() + resetMs)),
});

/** The tightest verdict that a request has met so far; fields with room for one policy must not show a looser one. */
const met = new WeakMap<object, Verdict>();

function isTightest(verdict: Verdict, context: object): boolean {
  const request = (context as { req?: object }).req ?? context;
  const earlier = met.get(request);
  if (earlier && earlier.remaining < verdict.remaining && verdict.allowed) return false;
  met.set(request, verdict);
  return true;
}
