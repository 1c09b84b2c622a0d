export { fromPgPool, type PgPool } from './pg/existing-pool';
export { type PgOptions, pg } from './pg/driver';
