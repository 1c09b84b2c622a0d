import { Readable } from 'node:stream';
import type { App } from '@spillway/core/testing';
import {
  createDbPool,
  createTransaction,
  type Database,
  type Pool,
  type RouteTransactionOptions,
} from '@spillway/db-pool';
import { hosts } from './hosts';
import { type Postgres, startPostgres } from './postgres';
import { type PgPool, until, withPool } from './support';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres({ settings: { max_connections: 50 } });
  await postgres.sql('create table notes (id int)');
}, 60_000);
afterAll(() => postgres.stop());
beforeEach(() => postgres.sql('truncate notes'));

const stored = async () => (await postgres.sql('select from notes')).length;
const INSERT = 'insert into notes values (1)';

type Handle = (db: Database) => ReturnType<App>;

describe.each(hosts)('on $name', (host) => {
  const routed = (
    handle: Handle,
    run: Parameters<typeof host.serve>[2],
    options: RouteTransactionOptions = {},
  ) =>
    withPool(postgres, async (pool: PgPool) => {
      const items = [createDbPool(pool as unknown as Pool), createTransaction(options)];
      await host.serve(items, ({ provided }) => handle(provided.db as Database), run);
      await until(() => pool.stats().leased === 0);
      expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    });

  it('a stream leaves after the commit, and one behind a failed statement does not leave', async () => {
    let isFailing = false;
    await routed(
      async (db) => {
        await db.query(INSERT);
        if (isFailing) await db.query('select 1 / 0').catch(() => {});
        return { stream: Readable.from(['a', 'b'], { objectMode: false }) };
      },
      async (client) => {
        const { status, stream } = await client.open({}).response;
        expect([status, await stored()]).toEqual([200, 1]);
        stream.resume();
        isFailing = true;
        const answer = await client.get();
        expect(answer.status).toBe(500);
        expect(answer.headers['content-type']).toBe('application/problem+json');
        expect(JSON.parse(answer.text)).toMatchObject({ status: 500 });
        expect(await stored()).toBe(1);
      },
    );
  });

  it.each([204, 303, 304])('%i commits', async (status) => {
    await routed(
      async (db) => {
        await db.query(INSERT);
        return { status };
      },
      async (client) => {
        expect((await client.get()).status).toBe(status);
        expect(await stored()).toBe(1);
      },
    );
  });

  // Koa 2 leaves a HEAD over HTTP/2 unanswered, with and without filters.
  const heads = host.name === 'Koa 2 over HTTP/2' ? it.skip : it;
  heads('HEAD commits, and says so where it could not', async () => {
    let isFailing = false;
    await routed(
      async (db) => {
        await db.query(INSERT);
        if (isFailing) await db.query('select 1 / 0').catch(() => {});
        return { body: 'body' };
      },
      async (client) => {
        expect(await client.send({ method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
        expect(await stored()).toBe(1);
        isFailing = true;
        expect(await client.send({ method: 'HEAD' })).toMatchObject({ status: 500, text: '' });
        expect(await stored()).toBe(1);
      },
    );
  });

  it('isolation and readOnly reach the server', async () => {
    const mode = `select current_setting('transaction_isolation') as isolation, current_setting('transaction_read_only') as only`;
    await routed(
      async (db) => ({ json: (await db.query(mode)).rows[0]! }),
      async (client) =>
        expect(JSON.parse((await client.get()).text)).toEqual({ isolation: 'repeatable read', only: 'on' }),
      { isolation: 'repeatable read', readOnly: true },
    );
  });

  it('a connection that dies before the commit is a 500', async () => {
    await routed(
      async (db) => {
        await db.query(INSERT);
        const { rows } = await db.query<{ pid: number }>('select pg_backend_pid() as pid');
        await postgres.sql('select pg_terminate_backend($1)', [rows[0]!.pid]);
        return { body: 'stored' };
      },
      async (client) => {
        const { status, text } = await client.get();
        expect(status).toBe(500);
        expect(text).not.toBe('stored');
        expect(await stored()).toBe(0);
      },
    );
  });

  it('a commitOn that throws commits nothing', async () => {
    await routed(
      async (db) => {
        await db.query(INSERT);
        return { body: 'stored' };
      },
      async (client) => {
        const answer = await client.get().catch(() => ({ status: 0, text: '' }));
        expect(answer.status).not.toBe(200);
        expect(await stored()).toBe(0);
      },
      {
        commitOn: () => {
          throw new Error('no answer');
        },
      },
    );
  });

  it('statements that nobody waits for are part of it', async () => {
    await routed(
      async (db) => {
        void db.query(INSERT);
        void db.query(INSERT);
        return { body: 'stored' };
      },
      async (client) => {
        expect((await client.get()).status).toBe(200);
        expect(await stored()).toBe(2);
      },
    );
  });
});
