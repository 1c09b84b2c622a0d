import { FaultProxy } from '@spillway/core/testing';
import { Pool as SpillwayPool } from '@spillway/db-pool';
import { fromPgPool, pg } from '@spillway/db-pool/pg';
import { driverContract } from '@spillway/db-pool/testing';
import { type Client, Pool } from 'pg';
import { type Postgres, startPostgres } from './postgres';
import { SilentServer } from './silent-server';

let postgres: Postgres;
let silent: SilentServer;
beforeAll(async () => {
  postgres = await startPostgres();
  silent = await SilentServer.start();
}, 60_000);
afterAll(async () => {
  await silent.close();
  await postgres.stop();
});

const samples = [
  { text: 'select $1::int as v', value: 42 },
  { text: 'select $1::text as v', value: "it's" },
  { text: 'select $1::text as v', value: null },
  { text: 'select $1::text as v', value: undefined, comes: null },
  { text: 'select $1::bool as v', value: false },
  { text: 'select $1::timestamptz as v', value: new Date('2026-01-02T03:04:05.678Z') },
  { text: 'select $1::bytea as v', value: Buffer.from([0, 255, 39]) },
  { text: 'select $1::int[] as v', value: [1, 2, 3] },
  { text: 'select $1::jsonb as v', value: { a: ['b'] } },
  { text: 'select $1::int8 as v', value: 2n ** 62n, comes: String(2n ** 62n) },
];

const lose = (connection: { readonly native: unknown }) =>
  postgres.sql('select pg_terminate_backend($1)', [(connection.native as { processID: number }).processID]);

const slow = 'select pg_sleep(60)';

driverContract('pg', {
  make: () => ({ driver: pg(postgres.url), samples, slow, lose, silent: pg(silent.url) }),
});

driverContract('pg without prepared statements', {
  make: () => ({ driver: pg({ connectionString: postgres.url, prepare: false }), samples, slow, lose }),
});

const pools: Pool[] = [];
const poolOf = (connectionString: string) => {
  const pool = new Pool({ connectionString, max: 5 });
  pool.on('error', () => {});
  pools.push(pool);
  return pool;
};

driverContract('pg.Pool', {
  make: () => {
    const pool = poolOf(postgres.url);
    return { driver: fromPgPool(pool), samples, slow, lose, silent: fromPgPool(poolOf(silent.url)) };
  },
  dispose: () => {
    // One that connects to a server that says nothing never ends.
    for (const pool of pools.splice(0)) void pool.end();
  },
});

it('a pool of another copy of pg gives connections as well', async () => {
  let other = Pool;
  jest.isolateModules(() => {
    other = require('pg').Pool;
  });
  expect(other).not.toBe(Pool);
  const theirs = new other({ connectionString: postgres.url });
  const pool = new SpillwayPool({ driver: fromPgPool(theirs), max: 1 });
  expect((await pool.query('select 7 as v')).rows).toEqual([{ v: 7 }]);
  await pool.drain();
  await theirs.end();
});

describe('a connection of PostgreSQL', () => {
  let pool: SpillwayPool<Client>;
  beforeEach(() => {
    pool = new SpillwayPool({ driver: pg(postgres.url), max: 1, statementTimeoutMs: 2_000 });
  });
  afterEach(() => pool.drain());

  it('has the one statement_timeout of its pool', async () => {
    const { rows } = await pool.query('show statement_timeout');
    expect(rows).toEqual([{ statement_timeout: '2s' }]);
  });

  it('keeps no more statements prepared than it may', async () => {
    const few = new SpillwayPool({ driver: pg(postgres.url), max: 1, maxStatements: 3 });
    for (let i = 0; i < 20; i++) {
      await few.query(`select ${i % 10} as v`);
      await few.query(`select ${i % 10} as v`);
    }
    const { rows } = await few.query<{ name: string }>('select name from pg_prepared_statements');
    expect(rows.length).toBeGreaterThan(0);
    expect(rows.length).toBeLessThanOrEqual(4);
    await few.drain();
  });

  it('prepares a statement that comes a second time, and none that comes once', async () => {
    for (const text of ['select 1 as once', 'select 2 as twice', 'select 2 as twice']) await pool.query(text);
    const { rows } = await pool.query('select statement from pg_prepared_statements');
    expect(rows).toEqual([{ statement: 'select 2 as twice' }]);
  });

  it('survives the loss of what it had prepared', async () => {
    const lease = await pool.acquire();
    for (const forget of ['deallocate all', 'discard all']) {
      for (let i = 0; i < 3; i++) expect((await lease.query('select 7 as v')).rows).toEqual([{ v: 7 }]);
      await lease.query(forget);
    }
    // By the client itself, unseen.
    await lease.query('select 7 as v');
    await lease.native.query('deallocate all');
    expect((await lease.query('select 7 as v')).rows).toEqual([{ v: 7 }]);
    lease.release();
  });

  it('gives values that can not be sent back to who asked, and to nobody else', async () => {
    const thrower = {
      toPostgres() {
        throw new Error('no value');
      },
    };
    const circular: { self?: unknown } = {};
    circular.self = circular;
    await pool.query('select $1::text as v', ['warm']);
    const results = await Promise.allSettled(
      [thrower, 'a', circular, 'b'].map((value) => pool.query('select $1::text as v', [value])),
    );
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect((results[1] as PromiseFulfilledResult<{ rows: unknown }>).value.rows).toEqual([{ v: 'a' }]);
    await expect(pool.query('select 1', 'text' as never)).rejects.toThrow();
    await pool.query('select 1');
  });

  it('makes plain objects of columns of any name', async () => {
    const { rows } = await pool.query(`select 1 as "__proto__", 2 as "constructor", 3 as "toString"`);
    expect(Object.entries(rows[0]!)).toEqual([
      ['__proto__', 1],
      ['constructor', 2],
      ['toString', 3],
    ]);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('speaks by the types that the client was told', async () => {
    const types = { getTypeParser: () => (value: string) => `<${value}>` };
    const own = new SpillwayPool({ driver: pg({ connectionString: postgres.url, types }), max: 1 });
    expect((await own.query('select 5 as v')).rows).toEqual([{ v: '<5>' }]);
    await own.drain();
  });

  it('fails a row that its parser throws at, and goes on', async () => {
    const types = {
      getTypeParser: () => (value: string) => {
        if (value === '13') throw new Error('unlucky');
        return value;
      },
    };
    const own = new SpillwayPool({ driver: pg({ connectionString: postgres.url, types }), max: 1 });
    await expect(own.query('select * from generate_series(12, 14) as v')).rejects.toThrow('unlucky');
    expect((await own.query('select 5 as v')).rows).toEqual([{ v: '5' }]);
    await own.drain();
  });

  it('takes nothing more with it when it is lost than what was on it', async () => {
    const ids = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    const lost = pool.query(slow).catch(({ code }) => code);
    const waiting = Array.from({ length: 20 }, (_, i) => pool.query('select $1::int as v', [i]));
    await postgres.sql('select pg_terminate_backend($1)', [ids.rows[0]!.pid]);
    expect(await lost).toBe('ERR_CONNECTION_LOST');
    const results = await Promise.all(waiting);
    expect(results.map(({ rows }) => rows[0])).toEqual(waiting.map((_, v) => ({ v })));
  });

  it('fails only what may have run when the database ends it: what was behind that runs elsewhere, once', async () => {
    await postgres.sql('create table if not exists spared (n int)');
    const write = 'insert into spared values ($1)';
    const wait = 'select pg_sleep($1::float8)';
    // Often enough that a pause of the machine is forgotten.
    for (const text of [write, wait]) for (let i = 0; i < 40; i++) await pool.query(text, [0]);
    const ids = await pool.query<{ pid: number }>('select pg_backend_pid() as pid');
    // It is taken to be fast, so that others are put behind it.
    const lost = pool.query(wait, [60]).catch((error) => error);
    const behind = Array.from({ length: 5 }, (_, i) => pool.query(write, [i + 1]));
    expect(pool.stats()).toMatchObject({ inFlight: 6, waiting: 0 });
    await postgres.sql('select pg_terminate_backend($1)', [ids.rows[0]!.pid]);
    expect(await lost).toMatchObject({ code: 'ERR_CONNECTION_LOST', mayHaveRun: true });
    await Promise.all(behind);
    expect(await postgres.sql('select n from spared where n > 0 order by n')).toEqual(
      behind.map((_, i) => ({ n: i + 1 })),
    );
  });

  it('may have run what it says nothing of, when it is cut', async () => {
    const proxy = await FaultProxy.start({ targetPort: postgres.port });
    const cut = new SpillwayPool({ driver: pg(postgres.url.replace(/:\d+\//, `:${proxy.port}/`)), max: 1 });
    await cut.query('select 1');
    const lost = cut.query('select 2').catch((error) => error);
    proxy.cut();
    expect(await lost).toMatchObject({ code: 'ERR_CONNECTION_LOST', mayHaveRun: true });
    await cut.drain();
    await proxy.close();
  });

  it('is not given to anybody by a lease that has seen it lost', async () => {
    const lease = await pool.acquire();
    const { rows } = await lease.query<{ pid: number }>('select pg_backend_pid() as pid');
    const released = lease.query(slow).catch(() => lease.release());
    await postgres.sql('select pg_terminate_backend($1)', [rows[0]!.pid]);
    await released;
    expect((await pool.query('select 1 as v')).rows).toEqual([{ v: 1 }]);
  });

  it('tells why a database that is not there can not be reached', async () => {
    const wrong = new SpillwayPool({ driver: pg(`${postgres.url}x`), max: 1, acquireTimeoutMs: 100 });
    await expect(wrong.query('select 1')).rejects.toMatchObject({
      code: 'ERR_POOL_DOWN',
      cause: { code: '3D000' },
    });
    await wrong.drain();
  });
});
