import type { Filter } from '@spillway/core';
import { type Client as HttpClient, nodeHost, serve } from '@spillway/core/testing';
import { createDbPool, type Database, Pool, type PoolOptions } from '@spillway/db-pool';
import { pg } from '@spillway/db-pool/pg';
import type { Client } from 'pg';
import type { Postgres } from './postgres';

export { until } from '@spillway/core/testing';

export type PgPool = Pool<Client>;

/** A pool of one connection while `run` runs, or of as many as are said. */
export async function withPool<Result>(
  { url }: Postgres,
  run: (pool: PgPool) => Promise<Result>,
  options: Partial<PoolOptions<Client>> = {},
): Promise<Result> {
  const pool = new Pool({ driver: pg(url), max: 1, acquireTimeoutMs: 2_000, ...options });
  try {
    return await run(pool);
  } finally {
    await pool.drain({ timeoutMs: 1_000 });
  }
}

/** Serves requests whose handler has a database, behind more filters; what it resolves to is answered. */
export function serveDatabase<Result>(
  pool: PgPool,
  handle: (db: Database<Client>) => unknown,
  run: (client: HttpClient) => Promise<Result>,
  filters: readonly Filter<never>[] = [],
): Promise<Result> {
  const listener = nodeHost()([createDbPool(pool as Pool<unknown>), ...filters], async ({ provided }) => ({
    json: { is: await handle(provided.db as Database<Client>) },
  }));
  return serve(listener, run);
}

/** What one request's handler gives. */
export async function inRequest<Result>(
  pool: PgPool,
  handle: (db: Database<Client>) => Promise<Result>,
  filters: readonly Filter<never>[] = [],
): Promise<Result> {
  let result: Promise<Result> | undefined;
  await serveDatabase(
    pool,
    (db) => {
      result = handle(db);
      return result;
    },
    (client) => client.get(),
    filters,
  );
  return result!;
}
