import type { Filter } from '@spillway/core';
import { createTransaction, type Pool, type Transaction } from '@spillway/db-pool';
import { type Postgres, startPostgres } from './postgres';
import { inRequest, type PgPool, until, withPool } from './support';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.sql('create table counters (id int primary key, n int)');
}, 60_000);
afterAll(() => postgres.stop());
beforeEach(() => postgres.sql('truncate counters; insert into counters values (1, 0), (2, 0)'));

const counters = async () => (await postgres.sql('select n from counters order by id')).map(({ n }) => n);
const add = (id: number) => `update counters set n = n + 1 where id = ${id}`;
const backend = 'select pg_backend_pid() as pid, pg_current_xact_id()::text as transaction';
const one = async (asked: Promise<{ rows: object[] }>) => (await asked).rows[0];

describe('one that waits for another one of its request', () => {
  it('two that begin at the same time end, and the request goes on', async () => {
    await withPool(postgres, async (pool) => {
      const told = await inRequest(pool, async (db) => {
        const both = await Promise.all([
          db.transaction(() => db.query(add(1))),
          db.transaction(() => db.query(add(2))),
          db.transaction(async (transaction) => transaction.query(add(2))),
        ]);
        await db.query(add(1));
        return both.map(({ rowCount }) => rowCount);
      });
      expect(told).toEqual([1, 1, 1]);
      expect(await counters()).toEqual([2, 2]);
    });
  });

  it('one that begins while another one waits for its connection keeps the process running', async () => {
    await withPool(postgres, async (pool) => {
      const other = await pool.acquire();
      const asked = inRequest(pool, (db) =>
        Promise.all([db.transaction(() => db.query(add(1))), db.transaction(() => db.query(add(1)))]),
      );
      await until(() => pool.stats().waiting > 0);
      other.release();
      await asked;
      expect(await counters()).toEqual([2, 0]);
    });
  });

  it('one in one in one is a savepoint in a savepoint, in a route that is a transaction too', async () => {
    const nested = (pool: PgPool, filters: readonly Filter<never>[] = []) =>
      inRequest(
        pool,
        (db) =>
          db.transaction(async () => {
            await db.query(add(1));
            await db
              .transaction(async () => {
                await db.query(add(2));
                await db.transaction(() => db.query(add(2)));
                throw new Error('undone');
              })
              .catch(() => {});
            return db.transaction(async () => db.transaction(() => db.query(add(1))));
          }),
        filters,
      );
    await withPool(postgres, async (pool) => {
      await nested(pool);
      expect(await counters()).toEqual([2, 0]);
      await nested(pool, [createTransaction()]);
      expect(await counters()).toEqual([4, 0]);
    });
  });

  it('one behind a SET runs on the connection of that, with what was set', async () => {
    await withPool(postgres, async (pool) => {
      const [before, within, name] = await inRequest(pool, async (db) => {
        await db.query(`set application_name = 'mine'`);
        const first = await db.query<{ pid: number }>(backend);
        return db.transaction(async (transaction) => [
          first.rows[0]!.pid,
          (await transaction.query<{ pid: number }>(backend)).rows[0]!.pid,
          (await transaction.query<{ name: string }>(`select current_setting('application_name') as name`))
            .rows[0]!.name,
        ]);
      });
      expect(within).toBe(before);
      expect(name).toBe('mine');
    });
  });

  it('one behind a BEGIN that was written out is a savepoint in that', async () => {
    await withPool(postgres, async (pool) => {
      await inRequest(pool, async (db) => {
        await db.query('begin');
        await db.query(add(1));
        const outer = await one(db.query(backend));
        expect(await db.transaction((transaction) => one(transaction.query(backend)))).toEqual(outer);
        await db.transaction(() => db.query(add(2)));
        await db.query('rollback');
        await db.query(add(1));
      });
      expect(await counters()).toEqual([1, 0]);
    });
  });
});

describe('retries', () => {
  /** Each of two reads what the other one writes, before either writes. */
  async function conflicting(pool: PgPool, retries: number) {
    let runs = 0;
    let met = (): void => {};
    const meeting = new Promise<void>((resolve) => {
      met = resolve;
    });
    const run = (mine: number, other: number) =>
      pool.transaction(
        async (transaction) => {
          await transaction.query('select n from counters where id = $1', [other]);
          if (++runs === 2) met();
          await meeting;
          await transaction.query(add(mine));
        },
        { isolation: 'serializable', retries },
      );
    const results = await Promise.allSettled([run(1, 2), run(2, 1)]);
    return { runs, failed: results.filter(({ status }) => status === 'rejected') };
  }

  it('a function is run once more where two could not be serialized, and what it did before is undone', async () => {
    await withPool(
      postgres,
      async (pool) => {
        const { runs, failed } = await conflicting(pool, 3);
        expect(failed).toEqual([]);
        expect(runs).toBeGreaterThan(2);
        expect(await counters()).toEqual([1, 1]);
      },
      { max: 2 },
    );
  });

  it('without retries it fails as the database says, and is not run again', async () => {
    await withPool(
      postgres,
      async (pool) => {
        const { runs, failed } = await conflicting(pool, 0);
        expect(failed).toEqual([{ status: 'rejected', reason: expect.objectContaining({ code: '40001' }) }]);
        expect(runs).toBe(2);
        expect((await counters()).sort()).toEqual([0, 1]);
      },
      { max: 2 },
    );
  });

  it('a deadlock is retried', async () => {
    await withPool(
      postgres,
      async (pool) => {
        let locked = 0;
        let met = (): void => {};
        const meeting = new Promise<void>((resolve) => {
          met = resolve;
        });
        const run = (ids: readonly number[]) =>
          pool.transaction(
            async (transaction) => {
              await transaction.query(`set local deadlock_timeout = '20ms'`);
              await transaction.query(add(ids[0]!));
              if (++locked === 2) met();
              await meeting;
              await transaction.query(add(ids[1]!));
            },
            { retries: 5 },
          );
        await Promise.all([run([1, 2]), run([2, 1])]);
        expect(locked).toBeGreaterThan(2);
        expect(await counters()).toEqual([2, 2]);
      },
      { max: 2 },
    );
  });

  it.each([undefined, null, 0, new Error('own'), { code: '23505' }])(
    'whatever else is thrown is thrown on, once, and nothing is stored: %p',
    async (thrown) => {
      await withPool(postgres, async (pool) => {
        let runs = 0;
        const result = await inRequest(pool, (db) =>
          db
            .transaction(
              async () => {
                runs++;
                await db.query(add(1));
                throw thrown;
              },
              { retries: 5 },
            )
            .then(
              () => 'committed',
              (error) => [error],
            ),
        );
        expect(result).toEqual([thrown]);
        expect(runs).toBe(1);
        expect(await counters()).toEqual([0, 0]);
      });
    },
  );
});

describe('its limits', () => {
  const timeoutIn = (transaction: Transaction) =>
    one(transaction.query(`select setting::int as ms from pg_settings where name = 'statement_timeout'`));
  const deadline = (deadlineMs: number) => (() => ({ deadlineMs })) as Filter<never>;

  it('the deadline of the request is the limit of its statements, on the server', async () => {
    await withPool(postgres, async (pool) => {
      for (const options of [{}, { timeoutMs: undefined }, { timeoutMs: 100_000 }]) {
        const { ms } = (await inRequest(pool, (db) => db.transaction(timeoutIn, options), [
          deadline(3_000),
        ])) as {
          ms: number;
        };
        expect(ms).toBeGreaterThan(2_000);
        expect(ms).toBeLessThanOrEqual(3_000);
      }
      const own = await inRequest(pool, (db) => db.transaction(timeoutIn, { timeoutMs: 50 }), [
        deadline(3_000),
      ]);
      expect(own).toEqual({ ms: 50 });
      expect(await pool.transaction(timeoutIn)).toEqual({ ms: 30_000 });
    });
  });

  it('a limit costs the connection nothing: its prepared statements stay', async () => {
    await withPool(postgres, async (pool) => {
      for (let i = 0; i < 3; i++) await pool.query('select n from counters where id = $1', [1]);
      await pool.transaction((transaction) => transaction.query(add(1)), { timeoutMs: 500 });
      const kept = await pool.query('select from pg_prepared_statements where statement like $1', [
        'select n from%',
      ]);
      expect(kept.rowCount).toBe(1);
    });
  });

  it('takes nothing after its end, and what it was asked before is part of it', async () => {
    await withPool(postgres, async (pool) => {
      let kept: Transaction | undefined;
      await inRequest(pool, (db) =>
        db.transaction(async (transaction) => {
          kept = transaction;
          void transaction.query(add(1));
          void transaction.transaction((inner) => inner.query(add(2)));
        }),
      );
      expect(await counters()).toEqual([1, 1]);
      const closed = { code: 'ERR_TRANSACTION_CLOSED' };
      await expect(kept!.query(add(1))).rejects.toMatchObject(closed);
      await expect(kept!.transaction(() => 1)).rejects.toMatchObject(closed);
      expect(await counters()).toEqual([1, 1]);
    });
  });

  it('a failed statement that the function swallows is told, and nothing is stored', async () => {
    await withPool(postgres, async (pool) => {
      const swallowing = (db: { transaction: Pool['transaction'] }) =>
        db.transaction(async (transaction) => {
          await transaction.query(add(1));
          await transaction.query('select 1 / 0').catch(() => {});
        });
      const aborted = { code: 'ERR_TRANSACTION_ABORTED' };
      await expect(swallowing(pool)).rejects.toMatchObject(aborted);
      await expect(inRequest(pool, swallowing)).rejects.toMatchObject(aborted);
      expect(await counters()).toEqual([0, 0]);
    });
  });
});
