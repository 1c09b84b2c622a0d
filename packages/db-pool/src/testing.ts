import { type Contract, defineContract } from '@spillway/core/testing';
import { DIALECT_CLAIMS } from './testing/dialect';
import { ENDING_CLAIMS } from './testing/endings';
import { STATEMENT_CLAIMS } from './testing/statements';
import type { DriverSubject } from './testing/subject';
import { TRANSACTION_CLAIMS } from './testing/transactions';

export type { DriverSubject, Sample } from './testing/subject';

/** What every driver of a pool has to do; run it against yours. Its tables are temporary. */
export const driverContract: Contract<DriverSubject> = defineContract<DriverSubject>('driver', {
  ...STATEMENT_CLAIMS,
  ...TRANSACTION_CLAIMS,
  ...ENDING_CLAIMS,
  ...DIALECT_CLAIMS,
});
