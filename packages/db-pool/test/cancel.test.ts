import type { Filter } from '@spillway/core';
import type { Database } from '@spillway/db-pool';
import type { Client } from 'pg';
import { type Postgres, startPostgres } from './postgres';
import { type PgPool, serveDatabase, until, withPool } from './support';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres({ settings: { max_connections: 50 } });
}, 60_000);
afterAll(() => postgres.stop());

const sleep = (mark: string) => `select pg_sleep(59) as ${mark}`;
/** How many statements with this mark run on the server. */
const running = async (mark: string): Promise<number> =>
  (
    await postgres.sql(
      `select from pg_stat_activity where state = 'active' and pid <> pg_backend_pid() and query like '%' || $1`,
      [mark],
    )
  ).length;

type Handle = (db: Database<Client>, mark: string) => Promise<unknown>;

/** What a request may be at when its client leaves. */
const WORK: Readonly<Record<string, Handle>> = {
  'a statement on a connection that it shares': (db, mark) => db.query(sleep(mark)),
  'one behind a SET': async (db, mark) => {
    await db.query(`set work_mem = '5MB'`);
    await db.query(sleep(mark));
  },
  'one on a lease, which it gives back': async (db, mark) => {
    const lease = await db.acquire();
    await lease.query(sleep(mark)).finally(() => lease.release());
  },
  'several that were sent at once': async (db, mark) => {
    const lease = await db.acquire();
    await Promise.all([1, 2, 3, 4].map(() => lease.query(sleep(mark))));
  },
  'a transaction by hand': (db, mark) => db.transaction((transaction) => transaction.query(sleep(mark))),
  'a savepoint': (db, mark) => db.transaction(() => db.transaction(() => db.query(sleep(mark)))),
  'what it tries for ever': async (db, mark) => {
    const lease = await db.acquire();
    for (;;) {
      const error = await lease.query(sleep(mark)).catch((failed) => failed);
      if (error.code === 'ERR_LEASE_RELEASED') throw error;
    }
  },
};

/** Aborts a request that is at something, and measures how long the server is still at it. */
async function leaving(
  pool: PgPool,
  handle: Handle,
  mark: string,
  leave: 'client' | 'deadline',
): Promise<number> {
  const ended: unknown[] = [];
  const filters = leave === 'client' ? [] : [(() => ({ deadlineMs: 150 })) as Filter<never>];
  const app = (db: Database<Client>) => handle(db, mark).catch((error) => void ended.push(error));
  return serveDatabase(
    pool,
    app,
    async (client) => {
      const visit = client.open({});
      await until(async () => (await running(mark)) > 0);
      const since = performance.now();
      if (leave === 'client') visit.abort();
      await until(() => ended.length > 0);
      await until(async () => (await running(mark)) === 0);
      const tookMs = performance.now() - since;
      await until(() => pool.stats().leased === 0 && pool.stats().inFlight === 0);
      return tookMs;
    },
    filters,
  );
}

describe.each(Object.entries(WORK))('%s', (name, handle) => {
  const mark = `m${Buffer.from(name).toString('hex').slice(-40)}`;

  it('is stopped on the server within 300 ms when the client leaves', async () => {
    await withPool(postgres, async (pool) => {
      expect(await leaving(pool, handle, mark, 'client')).toBeLessThan(300);
      expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    });
  });

  it('is stopped on the server within 300 ms when the deadline passes', async () => {
    await withPool(postgres, async (pool) => {
      expect(await leaving(pool, handle, mark, 'deadline')).toBeLessThan(150 + 300);
      expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
    });
  });
});

it('an order to cancel never hits who has the connection next', async () => {
  // Statements end by themselves at about the time at which the order comes, and the handler gives the connection back at once.
  await withPool(postgres, async (pool) => {
    const failures: unknown[] = [];
    let isOver = false;
    const next = async () => {
      while (!isOver) await pool.query('select pg_sleep(0.001)').catch((error) => failures.push(error));
    };
    const others = Promise.all([next(), next()]);
    const handle = async (db: Database<Client>) => {
      const lease = await db.acquire();
      await lease.query('select pg_sleep(0.003)').finally(() => lease.release());
    };
    await serveDatabase(
      pool,
      (db) => handle(db).catch(() => {}),
      async (client) => {
        for (let i = 0; i < 150; i++) {
          const visit = client.open({});
          await until(() => pool.stats().leased > 0);
          visit.abort();
          await until(() => pool.stats().leased === 0);
        }
      },
    );
    isOver = true;
    await others;
    expect(failures).toEqual([]);
  });
}, 20_000);

it('who shares a connection with one that leaves gets what he asked for', async () => {
  await withPool(postgres, async (pool) => {
    // Only what is known to be fast shares.
    const mine = `select pg_sleep($1), 'mine' as who`;
    const near = `select 'neighbour' as who`;
    for (const [text, ...values] of [[mine, 0], [near]] as const) await pool.query(text, values);
    let neighbour: Promise<{ rows: object[] }> | undefined;
    const given: unknown[] = [];
    await serveDatabase(
      pool,
      (db) => {
        const asked = db.query(mine, [0.3]);
        neighbour = pool.query(near);
        return asked.catch((error) => given.push(error.code));
      },
      async (client) => {
        const visit = client.open({});
        await until(() => neighbour !== undefined);
        expect(pool.stats()).toMatchObject({ size: 1, inFlight: 2, waiting: 0 });
        visit.abort();
        expect((await neighbour!).rows).toEqual([{ who: 'neighbour' }]);
      },
    );
    expect(given).toEqual(['ERR_QUERY_ABORTED']);
  });
});

it('a deadline that is set after the first statement counts too', async () => {
  await withPool(postgres, async (pool) => {
    const late: Filter<never> = async () => {
      await asked;
      return { deadlineMs: 100 };
    };
    let onAsked = (): void => {};
    const asked = new Promise<void>((resolve) => {
      onAsked = resolve;
    });
    const early: Filter<never> = (async (_request: unknown, req: { db: Database }) => {
      await req.db.query('select 1');
      onAsked();
    }) as never;
    const codes: unknown[] = [];
    const since = performance.now();
    const answer = await serveDatabase(
      pool,
      (db) => db.query(sleep('late')).catch((error) => codes.push(error.code)),
      (client) => client.get(),
      [early, late],
    );
    expect(answer.status).toBe(200);
    expect(codes).toEqual(['ERR_QUERY_ABORTED']);
    expect(performance.now() - since).toBeLessThan(1_000);
  });
});
