import type { Client, Pool, PoolClient } from 'pg';
import type { ConnectOptions, Driver } from '../driver';
import { PgConnection } from './connection';
import { PG_DIALECT } from './dialect';
import { endClient } from './end-client';

/** A pool of npm `pg`, 8.23 or later. */
export type PgPool = Pick<Pool, 'connect' | 'options'>;

/**
 * The connections of a `pg.Pool` that the application has already. They are taken as they are needed and stay with this pool: give that one a
 * `max` that is enough for both. What it can't do: its clients have the `statement_timeout` that their own configuration says, or none; and
 * it decides itself how long it connects (`connectionTimeoutMillis`).
 */
export function fromPgPool(pool: PgPool): Driver<Client> {
  return {
    dialect: PG_DIALECT,
    maxConnections: pool.options.max,
    async connect({ timeoutMs, onLost }: ConnectOptions): Promise<PgConnection> {
      const client = await inTime(pool.connect(), timeoutMs);
      const makeClient = () => new (client.constructor as new (options: unknown) => Client)(pool.options);
      return new PgConnection(client, { prepares: true, makeClient, end, onLost });
    },
  };
}

/** The client is ended, not kept: statements are prepared on it under names of ours. */
function end(client: Client, isBusy: boolean): Promise<void> {
  const gone = endClient(client, isBusy);
  (client as PoolClient).release(true);
  return gone;
}

function inTime(connecting: Promise<PoolClient>, timeoutMs: number): Promise<PoolClient> {
  return new Promise((resolve, reject) => {
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      reject(new Error(`The pool has given no connection within ${timeoutMs} ms`));
    }, timeoutMs);
    connecting.then(
      (client) => {
        clearTimeout(timer);
        if (isLate) client.release();
        else resolve(client);
      },
      (error) => {
        clearTimeout(timer);
        reject(error);
      },
    );
  });
}
