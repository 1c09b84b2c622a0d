import { kindOf } from '../dist/pg/kind';

const KINDS = {
  read: [
    'select 1',
    '  -- a comment\n /* another */ (SELECT 1)',
    'VALUES (1)',
    'table items',
    'with a as (select 1) select * from a',
    'show timezone',
  ],
  write: [
    'insert into a values (1)',
    'UPDATE a SET b = 1',
    'delete from a',
    'with a as (insert into b values (1) returning *) select * from a',
    'select * from a for update',
    'select * from a for share',
    'select 1 into b',
    "select nextval('s')",
    'select pg_advisory_xact_lock(1) into b',
    "select set_config('app.user', $1, true) into b",
  ],
  transaction: [
    'begin',
    'START TRANSACTION READ ONLY',
    'commit;',
    'rollback to savepoint a',
    'savepoint a',
    'set local statement_timeout = 5',
    'SET TRANSACTION ISOLATION LEVEL SERIALIZABLE',
    'set constraints all deferred',
  ],
  session: [
    '',
    ';',
    'set a = 1',
    'set session a = 1',
    'reset all',
    'listen a',
    'declare c cursor with hold for select 1',
    'create table a (b int)',
    'create temp table a (b int)',
    'select 1 into temp a',
    'copy a from stdin',
    'do $$ begin end $$',
    'call p()',
    'explain analyze delete from a',
    "select set_config('a', 'b', false)",
    "select set_config('a', ', true)', false)",
    "select set_config('a', 'b', true), set_config('a', 'b', false)",
    "select \"set_config\"('a', 'b', false)",
    "select U&\"set\\005fconfig\"('a', 'b', false)",
    'select pg_advisory_lock(1)',
    'select pg_try_advisory_lock(1)',
    "select currval('s')",
    '/* nested /* comments */ select */ set a = 1',
    'commit; set a = 1',
    "prepare transaction 'a'",
    "commit prepared 'a'",
    'discard all',
  ],
};

describe.each(Object.entries(KINDS))('%s', (kind, texts) => {
  it.each(texts)('%s', (text) => {
    expect(kindOf(text)).toBe(kind);
  });
});
