import { once } from 'node:events';
import type { Pool } from '@spillway/db-pool';
import type { Client } from 'pg';
import { type Postgres, startPostgres } from './postgres';
import { inRequest, serveDatabase, until, withPool } from './support';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres.stop());

/** A cursor as npm pg-cursor makes one: it reads so many rows, and ends when it is closed. */
class Cursor {
  readonly #text: string;
  readonly #rows: number;
  readonly got: Promise<void>;
  count = 0;
  readonly #closed: Promise<void>;
  #onRows = (): void => {};
  #onClosed = (): void => {};
  constructor(text: string, rows: number) {
    this.#text = text;
    this.#rows = rows;
    this.got = new Promise((resolve) => {
      this.#onRows = resolve;
    });
    this.#closed = new Promise((resolve) => {
      this.#onClosed = resolve;
    });
  }
  // biome-ignore lint/suspicious/noExplicitAny: pg has no types for its wire.
  submit(wire: any): void {
    wire.parse({ name: '', text: this.#text });
    wire.bind({ portal: 'cursor', statement: '' });
    wire.describe({ type: 'P', name: 'cursor' });
    wire.execute({ portal: 'cursor', rows: this.#rows });
    wire.flush();
  }
  // biome-ignore lint/suspicious/noExplicitAny: pg has no types for its wire.
  close(wire: any): Promise<void> {
    wire.close({ type: 'P', name: 'cursor' });
    wire.sync();
    return this.#closed;
  }
  handleRowDescription(): void {}
  handleDataRow(): void {
    this.count++;
  }
  handlePortalSuspended(): void {
    this.#onRows();
  }
  handleCommandComplete(): void {}
  handleReadyForQuery(): void {
    this.#onClosed();
  }
  handleError(): void {}
}

const open = (client: Client): Cursor =>
  client.query(new Cursor('select generate_series(1, 100)', 10) as never) as never;
const wireOf = (client: Client) => (client as unknown as { connection: unknown }).connection;

const pidOf = async (pool: Pool<Client>): Promise<number> =>
  (await pool.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;

it('a cursor reads through a lease, and its connection goes on', async () => {
  await withPool(postgres, async (pool) => {
    const pid = await pidOf(pool);
    const count = await inRequest(pool, async (db) => {
      const { native } = await db.acquire();
      const cursor = open(native);
      await cursor.got;
      await cursor.close(wireOf(native));
      return cursor.count;
    });
    expect(count).toBe(10);
    expect(await pidOf(pool)).toBe(pid);
  });
});

it('a cursor that is left open costs its connection, and holds up nobody', async () => {
  await withPool(postgres, async (pool) => {
    const pid = await pidOf(pool);
    await inRequest(pool, async (db) => open((await db.acquire()).native).got);
    expect(await pidOf(pool)).not.toBe(pid);
    await until(
      async () => (await postgres.sql('select from pg_stat_activity where pid = $1', [pid])).length === 0,
    );
  });
});

it('a COPY that is left open costs its connection, and holds up nobody', async () => {
  await withPool(postgres, async (pool) => {
    await postgres.sql('create table copied (n int)');
    const pid = await pidOf(pool);
    await inRequest(pool, async (db) => {
      const { native } = await db.acquire();
      await new Promise<void>((copies) => {
        const copy = {
          submit: (wire: { query(text: string): void }) => wire.query('copy copied from stdin'),
        };
        const ignore = { handleError() {}, handleReadyForQuery() {}, handleCommandComplete() {} };
        native.query({ ...copy, ...ignore, handleCopyInResponse: copies } as never);
      });
    });
    expect(await pidOf(pool)).not.toBe(pid);
    expect(await postgres.sql('select from copied')).toEqual([]);
  });
});

it('what the client itself runs is cancelled when the one who asked leaves', async () => {
  await withPool(postgres, async (pool) => {
    const runs = async () =>
      (
        await postgres.sql(
          `select from pg_stat_activity where query = 'select pg_sleep(59)' and state = 'active'`,
        )
      ).length > 0;
    const handle = async (db: { acquire(): Promise<{ readonly native: Client }> }) =>
      (await db.acquire()).native.query('select pg_sleep(59)').catch(() => {});
    await serveDatabase(pool, handle, async (client) => {
      const visit = client.open({});
      await until(runs);
      const left = performance.now();
      visit.abort();
      await until(async () => !(await runs()));
      expect(performance.now() - left).toBeLessThan(300);
    });
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });
});

it('who listened on a client hears nothing that is said to the next one', async () => {
  await withPool(postgres, async (pool) => {
    const heard: unknown[] = [];
    const pid = await inRequest(pool, async (db) => {
      const lease = await db.acquire();
      lease.native.on('notification', ({ payload }) => heard.push(payload));
      await lease.query('listen news');
      await lease.query(`notify news, 'first'`);
      return (await lease.query<{ pid: number }>('select pg_backend_pid() as pid')).rows[0]!.pid;
    });
    const next = await inRequest(pool, async (db) => {
      const { native } = await db.acquire();
      const told = once(native, 'notification');
      await native.query('listen news');
      await native.query(`notify news, 'second'`);
      return [(native as unknown as { processID: number }).processID, (await told)[0].payload];
    });
    expect(next).toEqual([pid, 'second']);
    expect(heard).toEqual(['first']);
  });
});

it('the client itself is not to be had while statements of its lease run: their answers would be mixed up', async () => {
  await withPool(postgres, async (pool) => {
    const lease = await pool.acquire();
    const running = [1, 2, 3].map((n) => lease.query('select $1::int as n', [n]));
    expect(() => lease.native).toThrow(/still runs/);
    expect((await Promise.all(running)).map(({ rows }) => rows[0])).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
    const mixed = [
      lease.native.query('select 4 as n'),
      lease.query('select 5 as n'),
      lease.native.query('select 6 as n').catch((error) => error.message),
    ];
    expect((await Promise.all(mixed)).map((result) => result.rows?.[0] ?? result)).toEqual([
      { n: 4 },
      { n: 5 },
      { n: 6 },
    ]);
    lease.release();
  });
});
