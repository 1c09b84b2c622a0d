import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { startPostgres } from '../../../packages/db-pool/test/postgres';

/** One of the databases that an example runs on. */
export interface TestDatabase {
  /** A new one, by its DATABASE_URL; empty for SQLite in memory. */
  create(): Promise<string>;
  /** Whether several processes can have the same. */
  readonly isShared: boolean;
}

/** Runs the same tests on SQLite and on PostgreSQL. */
export function onEachDatabase(define: (database: TestDatabase) => void): void {
  describe('on SQLite', () => define({ create: async () => '', isShared: false }));
  describe('on PostgreSQL', () => {
    let postgres: Awaited<ReturnType<typeof startPostgres>>;

    // It may have to be installed.
    beforeAll(async () => {
      postgres = await startPostgres();
    }, 180_000);
    afterAll(() => postgres?.stop());

    define({
      isShared: true,
      async create() {
        const name = `example_${randomBytes(6).toString('hex')}`;
        await sql(postgres.url, `CREATE DATABASE ${name}`);
        return Object.assign(new URL(postgres.url), { pathname: name }).href;
      },
    });
  });
}

/** Runs one statement on a connection of its own. */
export async function sql(url: string, text: string, values: unknown[] = []): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(text, values)).rows;
  } finally {
    await client.end();
  }
}

/** Tells what connections there are to a database, but for the one that asks. */
export const CONNECTIONS = `SELECT pid FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()`;
