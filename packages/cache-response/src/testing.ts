import { type Contract, defineContract } from '@spillway/core/testing';
import { INVALIDATING_CLAIMS } from './testing/invalidating';
import { KEEPING_CLAIMS } from './testing/keeping';
import type { StoreSubject } from './testing/subject';

export type { StoreSubject } from './testing/subject';

/** What every store of this package has to do; run it against yours. */
export const storeContract: Contract<StoreSubject> = defineContract<StoreSubject>('response store', {
  ...KEEPING_CLAIMS,
  ...INVALIDATING_CLAIMS,
});
