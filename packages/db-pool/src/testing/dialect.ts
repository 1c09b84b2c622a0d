import assert from 'node:assert/strict';
import type { Claims } from '@spillway/core/testing';
import type { StatementKind } from '../driver';
import { withSession } from './session';
import type { DriverSubject } from './subject';

const KINDS: Readonly<Record<string, StatementKind>> = {
  'select 1': 'read',
  'SELECT a FROM b WHERE c = $1': 'read',
  '  -- a comment\n (select 1)': 'read',
  '/* a\ncomment */ select 1': 'read',
  'with a as (select 1) select * from a': 'read',
  'insert into a values (1)': 'write',
  '-- select\nUpdate a set b = 1': 'write',
  'delete from a': 'write',
  begin: 'transaction',
  'COMMIT;': 'transaction',
  end: 'transaction',
  rollback: 'transaction',
  'savepoint a': 'transaction',
  'rollback to savepoint a': 'transaction',
  'release savepoint a': 'transaction',
  'create temp table a (b integer)': 'session',
  'create temporary table a as select 1': 'session',
  'set something = 1': 'session',
  'frobnicate a': 'session',
};

/** They change something, or say nothing. */
const NEVER_READS = [
  '',
  '-- select 1',
  ';',
  'selects 1',
  'with a as (select 1) insert into b select * from a',
  'with a as (select 1) update b set c = 1',
  'with a as (select 1) delete from b',
];

/** What is left of a table that only its session could see. */
const FROM_LEFT = 'select * from left_behind';

export const DIALECT_CLAIMS: Claims<DriverSubject> = {
  'knows what statements may do': ({ driver }) => {
    for (const [text, kind] of Object.entries(KINDS)) assert.equal(driver.dialect.kindOf(text), kind, text);
  },

  'takes nothing for a read that may be none': ({ driver }) => {
    for (const text of NEVER_READS) assert.notEqual(driver.dialect.kindOf(text), 'read', text);
  },

  'calls what begins a transaction so': ({ driver }) => {
    assert.equal(driver.dialect.kindOf(driver.dialect.begin({})), 'transaction');
  },

  'has a check that a connection passes': withSession((session) => session.ask(session.driver.dialect.check)),

  'leaves nothing of a session behind a reset, where there is one': withSession(async (session) => {
    const { reset } = session.driver.dialect;
    if (reset === undefined) return;
    const inSlot = session.statement('select cast($1 as text) as v', 0);
    assert.equal(await session.value(inSlot, 'before'), 'before');
    await session.ask('create temp table left_behind (n integer)');
    await session.ask(FROM_LEFT);
    await session.ask(reset);
    await assert.rejects(session.ask(FROM_LEFT));
    assert.equal(await session.value(inSlot, 'after'), 'after');
  }),

  'takes no other error for a conflict': ({ driver }) => {
    for (const error of [undefined, null, 'busy', new Error('busy'), { code: 'ERR_OTHER' }])
      assert.equal(driver.dialect.isConflict(error), false);
  },

  'wants at least one connection': ({ driver: { maxConnections = 1 } }) => {
    assert.ok(Number.isInteger(maxConnections) && maxConnections >= 1, `at most ${maxConnections}`);
  },
};
