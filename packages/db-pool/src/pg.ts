export { type PgOptions, pg } from './pg/driver';
export { fromPgPool, type PgPool } from './pg/existing-pool';
