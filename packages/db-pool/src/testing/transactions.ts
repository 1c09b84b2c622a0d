import assert from 'node:assert/strict';
import type { Claims } from '@spillway/core/testing';
import { ISOLATION_LEVELS, type QueryResult, type TransactionMode } from '../driver';
import { type Session, withSession } from './session';
import type { DriverSubject } from './subject';

const MODES: readonly TransactionMode[] = [undefined, ...ISOLATION_LEVELS].flatMap((isolation) =>
  [undefined, false, true].map((readOnly) => ({ isolation, readOnly })),
);

async function countOf(session: Session): Promise<unknown> {
  return Number(await session.value('select count(*) as n from kept'));
}

/** What is left of an insert within a transaction that ends so. */
async function keptAfter(session: Session, end: string): Promise<unknown> {
  await session.ask('create temp table kept (n integer unique)');
  await session.ask(session.driver.dialect.begin({}));
  await session.ask('insert into kept values (1)');
  await session.ask(end);
  return countOf(session);
}

export const TRANSACTION_CLAIMS: Claims<DriverSubject> = {
  'tells how the transaction stands, as each statement is settled': withSession(async (session) => {
    const states: string[] = [];
    const stands = (text: string) =>
      new Promise<void>((resolve) => {
        const done = () => {
          states.push(session.connection.transaction);
          resolve();
        };
        session.connection.run({ statement: session.statement(text), values: [], done });
      });
    const begin = session.driver.dialect.begin({});
    await Promise.all(['select 1 as n', begin, 'select 1 as n', 'commit', begin, 'rollback'].map(stands));
    assert.deepEqual(states, ['none', 'open', 'open', 'none', 'open', 'none']);
  }),

  'tells that a transaction is not over where a statement in it has failed': withSession(async (session) => {
    await session.ask(session.driver.dialect.begin({}));
    await assert.rejects(session.ask('select nothing_of_that_name'));
    assert.notEqual(session.connection.transaction, 'none');
    await session.ask('rollback');
    assert.equal(session.connection.transaction, 'none');
  }),

  'keeps what is committed': withSession(async (session) => {
    assert.equal(await keptAfter(session, 'commit'), 1);
  }),

  'undoes what is rolled back': withSession(async (session) => {
    assert.equal(await keptAfter(session, 'rollback'), 0);
  }),

  'never tells of a commit that was none': withSession(async (session) => {
    await session.ask('create temp table kept (n integer unique)');
    await session.ask(session.driver.dialect.begin({}));
    await session.ask('insert into kept values (1)');
    await assert.rejects(session.ask('insert into kept values (1)'));
    const isCommitted = await session.ask('commit').then(
      ({ command }: QueryResult) => command === 'COMMIT',
      () => false,
    );
    assert.equal(session.connection.transaction, 'none');
    assert.equal(await countOf(session), isCommitted ? 1 : 0);
  }),

  'goes back to a savepoint, and on from there': withSession(async (session) => {
    await session.ask('create temp table kept (n integer unique)');
    await session.ask(session.driver.dialect.begin({}));
    await session.ask('insert into kept values (1)');
    await session.ask('savepoint inner_1');
    await session.ask('insert into kept values (2)');
    await assert.rejects(session.ask('insert into kept values (1)'));
    await session.ask('rollback to savepoint inner_1');
    await session.ask('release savepoint inner_1');
    assert.equal(session.connection.transaction, 'open');
    await session.ask('insert into kept values (3)');
    assert.equal((await session.ask('commit')).command, 'COMMIT');
    assert.equal(await session.value('select sum(n) as n from kept').then(Number), 4);
  }),

  'begins a transaction of every mode': withSession(async (session) => {
    for (const mode of MODES) {
      await session.ask(session.driver.dialect.begin(mode));
      assert.equal(session.connection.transaction, 'open', JSON.stringify(mode));
      assert.equal(await session.value('select 1 as n'), 1);
      await session.ask('commit');
      assert.equal(session.connection.transaction, 'none', JSON.stringify(mode));
    }
  }),

  'limits what runs in a transaction, where it can': withSession(async (session, { slow }) => {
    const limit = session.driver.dialect.limitTransaction(20);
    if (limit === undefined) return;
    await session.ask(session.driver.dialect.begin({}));
    await session.ask(limit);
    if (slow !== undefined) await assert.rejects(session.ask(slow));
    await session.ask('rollback');
  }),
};
