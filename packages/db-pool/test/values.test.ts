import { type Postgres, startPostgres } from './postgres';
import { withPool } from './support';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
}, 60_000);
afterAll(() => postgres.stop());

/** A value that throws when it is asked for its text. */
const throwing = (thrown: unknown) => ({
  toPostgres() {
    throw thrown;
  },
});

describe.each([undefined, null, 0, '', false, new Error('own'), Object.freeze({ frozen: true })])(
  'a value that throws %p',
  (thrown) => {
    it.each(['shared', 'leased'])('fails its own statement alone, where it is %s', async (kind) => {
      await withPool(postgres, async (pool) => {
        const lease = kind === 'leased' ? await pool.acquire() : undefined;
        const on = lease ?? pool;
        const text = 'select $1::text as v';
        const asked = ['a', throwing(thrown), 'b', throwing(thrown), 'c'].map((value) =>
          on.query(text, [value]),
        );
        const results = await Promise.allSettled(asked);
        expect(
          results.map((result) => (result.status === 'fulfilled' ? result.value.rows[0]!.v : 'failed')),
        ).toEqual(['a', 'failed', 'b', 'failed', 'c']);
        if (thrown !== undefined && thrown !== null)
          expect(results[1]).toEqual({ status: 'rejected', reason: thrown });
        expect((await on.query(text, ['d'])).rows).toEqual([{ v: 'd' }]);
        lease?.release();
      });
    });
  },
);

it('a value that asks the database itself while it is sent mixes up nothing', async () => {
  await withPool(postgres, async (pool) => {
    const inner: Promise<unknown>[] = [];
    const asking = {
      toPostgres() {
        inner.push(pool.query('select $1::text as v', ['inner']).then(({ rows }) => rows));
        return 'outer';
      },
    };
    const results = await Promise.all(
      ['a', asking, 'b'].map((value) => pool.query('select $1::text as v', [value])),
    );
    expect(results.map(({ rows }) => rows[0]!.v)).toEqual(['a', 'outer', 'b']);
    expect(await Promise.all(inner)).toEqual([[{ v: 'inner' }]]);
  });
});

it.each([
  ['more values than the protocol counts', 'select 1', Array(70_000).fill('1')],
  ['too few', 'select $1::int, $2::int', [1]],
  ['a text that the server does not take', 'select $1::text', ['\0']],
  ['a text that ends early', 'select 1 as n\0, 2', []],
  ['no list', 'select $1::text', null],
])('%s: its own statement fails, and no other one', async (_name, text, values) => {
  await withPool(postgres, async (pool) => {
    const wrong = () => pool.query(text, values as unknown[]);
    const right = (n: number) => pool.query('select $1::int as n', [n]);
    const results = await Promise.allSettled([right(1), wrong(), right(2), wrong(), right(3)]);
    expect(
      results.map((result) => (result.status === 'fulfilled' ? result.value.rows[0] : 'failed')),
    ).toEqual([{ n: 1 }, 'failed', { n: 2 }, 'failed', { n: 3 }]);
    expect(pool.stats()).toMatchObject({ inFlight: 0, size: 1 });
  });
});

it('no list of values for a statement of a lease: it fails, and the lease goes on', async () => {
  await withPool(postgres, async (pool) => {
    const lease = await pool.acquire();
    await expect(lease.query(`set work_mem = '5MB'`, null as never)).rejects.toThrow(TypeError);
    lease.release();
    expect((await pool.query('select 1 as n')).rows).toEqual([{ n: 1 }]);
  });
});

it('of columns of one name the last one counts, null or not', async () => {
  await withPool(postgres, async (pool) => {
    const { rows } = await pool.query('select 1 as id, 2 as id, null as id, 3 as n, null as m, 4 as m');
    expect(rows).toEqual([{ id: null, n: 3, m: 4 }]);
  });
});

it('a column can be called anything, and changes no other object', async () => {
  await withPool(postgres, async (pool) => {
    for (let i = 0; i < 3; i++) {
      const { rows } = await pool.query(
        `select '{"polluted": true}'::json as "__proto__", 1 as constructor, null as "hasOwnProperty", 2 as "toString"`,
      );
      expect(Object.entries(rows[0]!)).toEqual([
        ['__proto__', { polluted: true }],
        ['constructor', 1],
        ['hasOwnProperty', null],
        ['toString', 2],
      ]);
      expect(Object.getPrototypeOf(rows[0])).toBe(Object.prototype);
    }
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

it('what is prepared survives a change of its table, for those who write too', async () => {
  await withPool(postgres, async (pool) => {
    await postgres.sql('create table changing (id int)');
    const insert = () => pool.query('insert into changing values (1) returning *');
    const read = () => pool.query('select * from changing limit 1');
    for (let i = 0; i < 3; i++) await Promise.all([insert(), read()]);
    await postgres.sql(`alter table changing add column text text default 'new'`);
    const [inserted, found] = await Promise.all([insert(), read()]);
    expect(inserted.rows).toEqual([{ id: 1, text: 'new' }]);
    expect(found.rows).toEqual([{ id: 1, text: 'new' }]);
    await postgres.sql('alter table changing alter column id type text, drop column text');
    expect((await Promise.all([read(), read(), insert()])).map(({ rows }) => rows[0])).toEqual([
      { id: '1' },
      { id: '1' },
      { id: '1' },
    ]);
    expect(await postgres.sql('select count(*)::int as n from changing')).toEqual([{ n: 5 }]);
  });
});
