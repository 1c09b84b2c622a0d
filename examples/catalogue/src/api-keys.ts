/** What a customer pays for. */
export type Plan = 'free' | 'pro';

/** Somebody with an API key. */
export interface Customer {
  readonly name: string;
  readonly plan: Plan;
}

const CUSTOMERS: ReadonlyMap<string, Customer> = new Map([
  ['demo-free', { name: 'Weekend Paddlers', plan: 'free' }],
  ['demo-pro', { name: 'Lock Keepers United', plan: 'pro' }],
]);

/**
 * The customer behind an API key, for limits by customer. Undefined for an unknown key: counted by its own name, each
 * made-up key would start afresh.
 */
export const customerOf = (apiKey: string | undefined): Customer | undefined => CUSTOMERS.get(apiKey ?? '');
