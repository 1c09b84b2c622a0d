import { once } from 'node:events';
import { type App, type Client, type Handled, until } from '@spillway/core/testing';
import {
  createDbPool,
  createTransaction,
  type Database,
  databaseOf,
  Pool,
  type PoolOptions,
  type RouteTransactionOptions,
} from '@spillway/db-pool';
import { pg } from '@spillway/db-pool/pg';
import type { Client as PgClient } from 'pg';
import { hosts } from './hosts';
import { type Postgres, startPostgres } from './postgres';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres({ settings: { max_connections: 50 } });
  await postgres.sql('create table notes (id int unique deferrable initially deferred, text text)');
}, 60_000);
afterAll(() => postgres.stop());
beforeEach(() => postgres.sql('delete from notes'));

type MakeApp = (db: Database, handled: Handled) => ReturnType<App>;

const dbOf = ({ provided }: Handled): Database => provided.db as Database;
const notes = async () => (await postgres.sql('select id from notes order by id')).map(({ id }) => id);

/** Whether a statement with this mark runs on the server. */
async function runs(mark: string): Promise<boolean> {
  const [row] = await postgres.sql(
    `select count(*)::int as n from pg_stat_activity where state = 'active' and query like '%' || $1 || '%' and pid <> pg_backend_pid()`,
    [mark],
  );
  return (row as { n: number }).n > 0;
}

describe.each(hosts)('on $name', (host) => {
  const serving = async (
    handle: MakeApp,
    run: (client: Client, pool: Pool<PgClient>) => Promise<void>,
    options: Partial<PoolOptions<PgClient>> = {},
    route?: RouteTransactionOptions,
  ) => {
    const pool = new Pool({ driver: pg(postgres.url), max: 2, ...options });
    const items = [createDbPool(pool as Pool<unknown>), ...(route ? [createTransaction(route)] : [])];
    try {
      await host.serve(
        items,
        (handled) => handle(dbOf(handled), handled),
        (client) => run(client, pool),
      );
    } finally {
      await pool.drain({ timeoutMs: 1_000 });
    }
  };

  it('a request that asks nothing holds nothing, and opens no connection', async () => {
    await serving(
      () => ({ body: 'nothing' }),
      async (client, pool) => {
        expect((await client.get()).text).toBe('nothing');
        expect(pool.stats()).toMatchObject({ size: 0, opening: 0 });
      },
    );
  });

  it('statements of many requests share connections', async () => {
    await serving(
      async (db) => ({ json: (await db.query('select pg_backend_pid() as pid')).rows[0]! }),
      async (client, pool) => {
        const answers = await Promise.all(Array.from({ length: 20 }, () => client.get()));
        const pids = new Set(answers.map(({ text }) => JSON.parse(text).pid));
        expect(pids.size).toBeLessThanOrEqual(2);
        expect(pool.stats()).toMatchObject({ leased: 0, inFlight: 0 });
      },
    );
  });

  it('what a request leaves on its connection is gone for the next one', async () => {
    const leaving = [
      "set application_name = 'left'",
      'create temp table left_behind (a int)',
      'listen left_channel',
      'select pg_advisory_lock(7)',
      'begin',
    ];
    await serving(
      async (db, { req }) => {
        if (req.url === '/leave') for (const text of leaving) await db.query(text);
        const { rows } = await db.query(`select current_setting('application_name') as name,
          to_regclass('pg_temp.left_behind')::text as temp, (select count(*)::int from pg_listening_channels()) as channels,
          (select count(*)::int from pg_locks where locktype = 'advisory') as locks`);
        return { json: rows[0]! };
      },
      async (client, pool) => {
        expect(JSON.parse((await client.get('/leave')).text)).toMatchObject({
          name: 'left',
          channels: 1,
          locks: 1,
        });
        expect(JSON.parse((await client.get('/')).text)).toEqual({
          name: '',
          temp: null,
          channels: 0,
          locks: 0,
        });
        expect(pool.stats()).toMatchObject({ size: 1, leased: 0 });
      },
      { max: 1 },
    );
  });

  it('a lease comes back at the end of the response, whatever the handler did', async () => {
    const unhandled: Promise<unknown>[] = [];
    await serving(
      async (db, { req }) => {
        const lease = await db.acquire();
        await lease.query('begin');
        await lease.query('insert into notes values (1)');
        if (req.url === '/throw') throw new Error('thrown');
        if (req.url === '/late') unhandled.push(lease.query('select pg_sleep(0.05)'));
        if (req.url === '/twice') for (let i = 0; i < 2; i++) lease.release();
        return { body: 'held' };
      },
      async (client, pool) => {
        for (const path of ['/throw', '/late', '/twice', '/']) await client.get(path);
        await until(() => pool.stats().leased === 0);
        await pool.query('select 1');
        await Promise.all(unhandled);
        expect(await notes()).toEqual([]);
      },
      { max: 1 },
    );
  });

  it('a transaction is committed before a good head leaves, and the client sees what it has done', async () => {
    await serving(
      async (db) => {
        await db.query('insert into notes values (1)');
        return { status: 201, body: 'made' };
      },
      async (client) => {
        const { response } = client.open({ path: '/' });
        const { status, stream } = await response;
        expect([status, await notes()]).toEqual([201, [1]]);
        stream.resume();
        await once(stream, 'end');
      },
      {},
      {},
    );
  });

  it('a transaction is rolled back on a bad status, an error, and where nobody commits', async () => {
    await serving(
      async (db, { req }) => {
        await db.query('insert into notes values (1)');
        if (req.url === '/throw') throw new Error('thrown');
        return { status: Number(req.url!.slice(1)), body: 'answered' };
      },
      async (client) => {
        expect((await client.get('/404')).text).toBe('answered');
        expect((await client.get('/throw')).status).toBe(500);
        expect((await client.get('/200')).status).toBe(200);
        expect(await notes()).toEqual([]);
      },
      {},
      { commitOn: () => false },
    );
  });

  it('a commit that fails is a 500, and never what the handler said', async () => {
    await serving(
      async (db, { req }) => {
        await db.query('insert into notes values (1)');
        // Deferred: only COMMIT finds out. Or swallowed: then COMMIT is a rollback.
        if (req.url === '/deferred') await db.query('insert into notes values (1)');
        if (req.url === '/swallowed') await db.query('select absent').catch(() => {});
        return { body: 'all is well' };
      },
      async (client, pool) => {
        for (const path of ['/deferred', '/swallowed']) {
          const { status, headers, text } = await client.get(path);
          expect([status, headers['content-type']]).toEqual([500, 'application/problem+json']);
          expect(text).not.toContain('well');
        }
        expect(await notes()).toEqual([]);
        expect((await client.get('/good')).text).toBe('all is well');
        await until(() => pool.stats().leased === 0);
      },
      {},
      {},
    );
  });

  it('a transaction takes nothing after the head', async () => {
    const codes: unknown[] = [];
    await serving(
      async (db, { res }) => {
        res.end('early');
        await once(res, 'close');
        codes.push(await db.query('select 1').catch(({ code }) => code));
      },
      async (client) => {
        await client.get();
        await until(() => codes.length > 0);
        expect(codes).toEqual(['ERR_TRANSACTION_CLOSED']);
      },
      {},
      {},
    );
  });

  it('a transaction that asks nothing begins nothing, and one in it is part of it', async () => {
    await serving(
      async (db, { req }) => {
        if (req.url === '/nothing') return { body: 'nothing' };
        await db.query('insert into notes values (1)');
        await db
          .transaction(async (inner) => {
            await inner.query('insert into notes values (2)');
            throw new Error('undone');
          })
          .catch(() => {});
        await db.transaction((inner) => inner.query('insert into notes values (3)'));
        return { body: 'all is well' };
      },
      async (client, pool) => {
        await client.get('/nothing');
        expect(pool.stats().size).toBe(0);
        await client.get('/');
        expect(await notes()).toEqual([1, 3]);
      },
      { max: 1 },
      { isolation: 'serializable' },
    );
  });

  it('a transaction by hand is a savepoint within another one, and never waits for itself', async () => {
    await serving(
      async (db) => {
        await db.transaction(async () => {
          await db.query('insert into notes values (1)');
          await db
            .transaction(async () => {
              await db.query('insert into notes values (2)');
              throw new Error('undone');
            })
            .catch(() => {});
          await Promise.all(
            [3, 4].map((id) => db.transaction((tx) => tx.query('insert into notes values ($1)', [id]))),
          );
        });
        return { body: 'done' };
      },
      async (client) => {
        expect((await client.get()).text).toBe('done');
        expect(await notes()).toEqual([1, 3, 4]);
      },
      { max: 1 },
    );
  });

  it('who leaves has what runs for him cancelled, and what was begun undone', async () => {
    const codes: unknown[] = [];
    await serving(
      async (db) => {
        try {
          await db.transaction(async (tx) => {
            await tx.query('insert into notes values (1)');
            await tx.query('select pg_sleep(60) as left_alone');
          });
        } catch (error) {
          codes.push((error as { code?: string }).code);
        }
      },
      async (client, pool) => {
        const opened = client.open({ path: '/' });
        await until(() => runs('left_alone'));
        opened.abort();
        await until(async () => !(await runs('left_alone')));
        await until(() => codes.length > 0 && pool.stats().leased === 0);
        expect(codes).toEqual(['57014']);
        // The order to cancel hits nobody who comes after.
        for (let i = 0; i < 20; i++) await pool.query('select 1');
        expect(await notes()).toEqual([]);
      },
      { max: 1 },
    );
  });

  it('who leaves while he waits is not waited for', async () => {
    let asked = 0;
    await serving(
      async (db) => {
        asked++;
        await db.acquire();
      },
      async (client, pool) => {
        const first = client.open({ path: '/' });
        await until(() => pool.stats().leased === 1);
        const second = client.open({ path: '/' });
        await until(() => asked === 2 && pool.stats().waiting === 1);
        second.abort();
        await until(() => pool.stats().waiting === 0);
        expect(pool.stats().leased).toBe(1);
        first.abort();
        await until(() => pool.stats().leased === 0);
      },
      { max: 1 },
    );
  });

  if (/Express|Koa/.test(host.name))
    it('where there is no connection to be had, the framework answers 503 with Retry-After by itself', async () => {
      await serving(
        async (db) => ({ json: (await db.query('select 1 as one')).rows }),
        async (client, pool) => {
          const lease = await pool.acquire();
          const { status, headers } = await client.get();
          expect(status).toBe(503);
          expect(headers['retry-after']).toMatch(/^[1-9]\d*$/);
          lease.release();
          expect((await client.get()).text).toBe('[{"one":1}]');
        },
        { max: 1, maxWaiting: 0 },
      );
    });

  it('a transaction without a pool before it is an error that says so', async () => {
    await host.serve(
      [createTransaction()],
      () => ({ body: 'reached' }),
      async (client) => {
        expect((await client.get()).status).toBe(500);
      },
    );
  });

  it('two pools on one request are told apart', async () => {
    const [one, two] = [1, 2].map((max) => new Pool({ driver: pg(postgres.url), max })) as [Pool, Pool];
    const items = [createDbPool(one), createDbPool(two, { as: 'other' })];
    await host.serve(
      items,
      ({ req, provided }) => ({
        json: [
          databaseOf(one, req) === provided.db,
          databaseOf(two, req) === provided.other,
          provided.db !== provided.other,
        ],
      }),
      async (client) => {
        expect((await client.get()).text).toBe('[true,true,true]');
      },
    );
  });
});
