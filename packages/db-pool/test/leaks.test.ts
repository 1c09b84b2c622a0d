import { type Postgres, startPostgres } from './postgres';
import { inRequest, type PgPool, withPool } from './support';

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
  await postgres.sql(`
    create extension pg_trgm;
    create table things (id int primary key, text text);
    insert into things values (1, 'one');
    create procedure proc() language plpgsql as $$ begin perform set_config('application_name', 'leaked', false); end $$;
  `);
}, 60_000);
afterAll(() => postgres.stop());

const SET = `set_config('application_name', 'leaked', false)`;
const HIDDEN = `'select set'||'_config(''application_name'',''leaked'',false)'`;

/** Each changes its session, or would in another place. */
const HOSTILE: readonly (readonly [text: string, ...values: string[]])[] = [
  [`set application_name = 'leaked'`],
  [`SeT/**/application_name/**/to/**/'leaked'`],
  [`-- select\nset application_name = 'leaked'`],
  // A carriage return ends a comment too: what follows it is the statement, up to the next one.
  ['--\rset application_name = --\ninsert'],
  ['--\rset application_name = \nvalues'],
  [`/* /* */ select */ set application_name = 'leaked'`],
  [`/* * / */set application_name = 'leaked'`],
  [`/**//***/ set application_name = 'leaked'`],
  [`;set application_name = 'leaked'`],
  [`; ; select 1; set application_name = 'leaked'`],
  [`select 1; set application_name = 'leaked'`],
  [`values (1); set application_name = 'leaked'; select 1`],
  [`begin; set application_name = 'leaked'; commit`],
  [`commit; set application_name = 'leaked'`],
  [`set local work_mem = '7MB'; set application_name = 'leaked'`],
  [`select 1\0; set application_name = 'leaked'`],
  [`select ${SET}`],
  [`((select ${SET}))`],
  [`table things; select ${SET}`],
  [`values (${SET})`],
  [`select pg_catalog."set_config"('application_name', 'leaked', false)`],
  [String.raw`select U&"\0073et_config"('application_name', 'leaked', false)`],
  [`select u&"!0073et_config" uescape '!' ('application_name', 'leaked', false)`],
  [`select set_config($1, $2, false)`, 'application_name', 'leaked'],
  [`select set_config('work_mem', '7MB', true), ${SET}`],
  [`select set_config('application_name', 'leaked', not true)`],
  [`with x as (select ${SET} as s) select * from x`],
  [`with x as (insert into things values (2, ${SET}) returning *) select * from x`],
  [`insert into things values (3, ${SET})`],
  [`update things set text = ${SET}`],
  [`delete from things where ${SET} = ''`],
  [`update pg_settings set setting = 'leaked' where name = 'application_name'`],
  [`update "pg_catalog"."pg_settings" set setting = $1 where name = 'application_name'`, 'leaked'],
  [`select query_to_xml($1, false, false, '')`, `select ${SET}`],
  [`select query_to_xml(${HIDDEN}, false, false, '')`],
  [
    `select * from ts_stat('select null::tsvector where set'||'_config(''application_name'',''leaked'',false) = ''''')`,
  ],
  [`select set_limit(0.77::real)`],
  [`explain analyze select ${SET}`],
  [`explain (analyze) execute nothing`],
  [`do $$ begin perform ${SET}; end $$`],
  [`call proc()`],
  [`select 1 into temp leaked`],
  [`select 1 as n into/**/temporary table leaked`],
  [`create temp table leaked (n int)`],
  [`create table pg_temp.leaked (n int)`],
  [`select pg_advisory_lock(1)`],
  [`select pg_try_advisory_lock_shared(1)`],
  [`select pg_catalog."pg_advisory_lock"(id) from things`],
  ['listen leaked'],
  ['prepare leaked as select 1'],
  ['declare leaked cursor with hold for select 1'],
  ['begin'],
  ['begin isolation level serializable'],
  ['start transaction read only'],
  [`set session characteristics as transaction read only`],
  [`set session authorization postgres`],
  [`set role pg_monitor`],
  [`set search_path = pg_catalog`],
  [`lock table things`],
  [`select * from things for update`],
  [`copy things to stdout`],
  [`copy things from stdin`],
  ['discard all'],
  ['deallocate all'],
  ['reset all'],
  [''],
  [' -- nothing'],
  ['/* nothing'],
];

/** What a session can have of its own; nothing of it belongs to anybody. */
const LEFT = `
  select current_setting('application_name') as name, current_setting('search_path') as path,
    current_setting('work_mem') as memory, current_setting('pg_trgm.similarity_threshold', true) as threshold,
    current_user as role, current_setting('default_transaction_read_only') as "readOnly",
    (select count(*)::int from pg_prepared_statements where name !~ '^spillway_') as prepared,
    (select count(*)::int from pg_cursors where name <> '') as cursors,
    (select count(*)::int from pg_locks where locktype = 'advisory') as locks,
    (select count(*)::int from pg_class where relname = 'leaked') as tables,
    (select count(*)::int from pg_listening_channels()) as channels`;

// A first look loads what the extension has to say of itself.
const look = async (pool: PgPool) => {
  await pool.query('select 1 where similarity($1, $1) < 0', ['x']);
  return (await pool.query(LEFT)).rows[0];
};

it('a look finds what a session has left', async () => {
  await withPool(postgres, async (pool) => {
    const clean = await look(pool);
    const lease = await pool.acquire();
    for (const [text, ...values] of [
      [`set application_name = 'leaked'`],
      ['select pg_advisory_lock(1)'],
      ['listen leaked'],
      ['prepare leaked as select 1'],
      ['create temp table leaked (n int)'],
      ['declare leaked cursor with hold for select 1'],
      ['select set_limit(0.77::real)'],
    ] as const)
      await lease.query(text!, values);
    const { rows } = await lease.query<Record<string, unknown>>(LEFT);
    expect(clean).toMatchObject({ name: '', prepared: 0, cursors: 0, locks: 0, tables: 0, channels: 0 });
    expect(rows[0]).toMatchObject({
      name: 'leaked',
      prepared: 1,
      cursors: 1,
      locks: 1,
      tables: 1,
      channels: 1,
    });
    expect(rows[0]!.threshold).not.toBe(clean!.threshold);
    lease.release();
    expect(await look(pool)).toEqual(clean);
  });
});

describe.each(HOSTILE.map((statement) => ({ statement })))(
  '$statement',
  ({ statement: [text, ...values] }) => {
    it('leaves nothing on a connection that others share', async () => {
      await withPool(postgres, async (pool) => {
        const clean = await look(pool);
        await pool.query(text, values).catch(() => {});
        await pool.query(text, values).catch(() => {});
        expect(await look(pool)).toEqual(clean);
      });
    });

    it('leaves nothing to the next request', async () => {
      await withPool(postgres, async (pool) => {
        const clean = await look(pool);
        await inRequest(pool, async (db) => {
          await db.query(text, values).catch(() => {});
          await db.query('select 1').catch(() => {});
        });
        expect(await look(pool)).toEqual(clean);
        expect(pool.stats().leased).toBe(0);
      });
    });
  },
);
