import assert from 'node:assert/strict';
import type { Claims } from '@spillway/core/testing';
import { type Session, turn, withSession } from './session';
import type { DriverSubject } from './subject';

const FAILING = 'select nothing_of_that_name';

/** Sends texts in one turn. @returns what was settled, in order. */
async function settledOf(session: Session, texts: readonly string[]): Promise<[number, string][]> {
  const settled: [number, string][] = [];
  texts.forEach((text, i) => {
    const done = (error: unknown) => settled.push([i, error === undefined ? 'done' : 'failed']);
    session.connection.run({ statement: session.statement(text), values: [], done });
  });
  await session.ask('select 1 as n');
  await turn();
  return settled;
}

const ORDER: Claims<DriverSubject> = {
  'settles each job once, in the order in which they were sent': withSession(async (session) => {
    const texts = Array.from({ length: 20 }, (_, i) => (i % 5 === 3 ? FAILING : `select ${i} as n`));
    const settled = await settledOf(session, texts);
    assert.deepEqual(
      settled,
      texts.map((text, i) => [i, text === FAILING ? 'failed' : 'done']),
    );
  }),

  'gives each job its own result': withSession(async (session) => {
    const numbers = Array.from({ length: 20 }, (_, i) => i);
    const values = await Promise.all(numbers.map((n) => session.value(`select ${n} as n`)));
    assert.deepEqual(values, numbers);
  }),

  'settles no job while it is being sent': withSession(async (session) => {
    for (const [text, ...values] of [
      ['select 1 as n'],
      [FAILING],
      ['select 1 as n', 'one too many'],
    ] as const) {
      let isSent = false;
      const settled = new Promise<boolean>((resolve) => {
        const done = () => resolve(isSent);
        session.connection.run({ statement: session.statement(text), values, done });
      });
      isSent = true;
      assert.equal(await settled, true, text);
    }
  }),

  'lets a statement that fails fail alone': withSession(async (session) => {
    await assert.rejects(session.ask(FAILING));
    await assert.rejects(session.ask('no statement at all'));
    assert.equal(await session.value('select 1 as n'), 1);
  }),

  'settles a text without a statement': withSession(async (session) => {
    await Promise.allSettled([session.ask(''), session.ask('-- nothing')]);
    assert.equal(await session.value('select 1 as n'), 1);
  }),
};

const RESULTS: Claims<DriverSubject> = {
  'gives rows as plain objects, and how many': withSession(async (session) => {
    const result = await session.ask(`select 1 as a, 'x' as b union all select 2, 'y' order by 1`);
    assert.deepEqual(result.rows, [
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
    assert.equal(result.rowCount, 2);
    assert.equal(result.command, 'SELECT');
  }),

  'counts what a write has changed': withSession(async (session) => {
    await session.ask('create temp table changed (n integer)');
    const counted = async (text: string) => (await session.ask(text)).rowCount;
    assert.equal(await counted('insert into changed values (1), (2)'), 2);
    assert.equal(await counted('update changed set n = 3 where n > 5'), 0);
    assert.equal(await counted('update changed set n = 3'), 2);
    assert.equal(await counted('delete from changed'), 2);
  }),

  'gives the rows that a write returns': withSession(async (session) => {
    await session.ask('create temp table returned (n integer)');
    const result = await session.ask('insert into returned values (1), (2) returning n');
    assert.deepEqual(result.rows, [{ n: 1 }, { n: 2 }]);
    assert.equal(result.rowCount, 2);
  }),

  'runs all statements of a text without values, and gives what the last one gives': withSession(
    async (session) => {
      const result = await session.ask(`
        create temp table several (n integer);
        insert into several values (1);
        insert into several values (2); -- the last
        select n from several order by n;
      `);
      assert.deepEqual(result.rows, [{ n: 1 }, { n: 2 }]);
    },
  ),
};

const VALUES: Claims<DriverSubject> = {
  'takes numbered placeholders in any order, and again': withSession(async (session) => {
    const text = 'select cast($2 as text) || cast($1 as text) || cast($2 as text) as v';
    assert.equal(await session.value(text, 'a', 'b'), 'bab');
  }),

  'takes no placeholder from a string or a comment': withSession(async (session) => {
    const text = `select 'it''s $2' /* $3 ? */ || cast($1 as text) as "$4" -- $5`;
    assert.deepEqual((await session.ask(text, '!')).rows, [{ $4: "it's $2!" }]);
  }),

  'gives values back': withSession(async (session, { samples }) => {
    for (const sample of samples) {
      const { text = 'select $1 as v', value } = sample;
      const expected = 'comes' in sample ? sample.comes : value;
      assert.deepEqual((await session.ask(text, value)).rows, [{ v: expected }], text);
    }
  }),

  'fails a statement that has too few values, or too many': withSession(async (session) => {
    const text = 'select cast($1 as text) || cast($2 as text) as v';
    await assert.rejects(session.ask(text, 'a'));
    await assert.rejects(session.ask(text, 'a', 'b', 'c'));
    assert.equal(await session.value(text, 'a', 'b'), 'ab');
  }),
};

const SLOTS: Claims<DriverSubject> = {
  'runs a statement again from its slot, with other values': withSession(async (session) => {
    const statement = session.statement('select cast($1 as text) as v', 0);
    const values = ['a', 'b', 'c'].map((value) => session.value(statement, value));
    assert.deepEqual(await Promise.all(values), ['a', 'b', 'c']);
  }),

  'lets a slot hold another statement': withSession(async (session) => {
    const one = session.statement('select cast($1 as text) as v', 3);
    const other = session.statement('select 1 as a, 2 as b', 3);
    const results = await Promise.all([session.ask(one, 'x'), session.ask(other), session.ask(one, 'y')]);
    assert.deepEqual(
      results.map(({ rows }) => rows),
      [[{ v: 'x' }], [{ a: 1, b: 2 }], [{ v: 'y' }]],
    );
  }),

  'takes a slot back from a statement that has failed': withSession(async (session) => {
    await assert.rejects(session.ask(session.statement(FAILING, 0)));
    assert.equal(await session.value(session.statement('select 1 as n', 0)), 1);
    await assert.rejects(session.ask(session.statement(FAILING, 0)));
    await assert.rejects(session.ask(session.statement(FAILING, 0)));
  }),

  'sees in a slot that a table has changed': withSession(async (session) => {
    await session.ask('create temp table altered (a integer)');
    await session.ask('insert into altered values (1)');
    const statement = session.statement('select * from altered', 0);
    assert.deepEqual((await session.ask(statement)).rows, [{ a: 1 }]);
    await session.ask('alter table altered add column b integer');
    assert.deepEqual((await session.ask(statement)).rows, [{ a: 1, b: null }]);
  }),
};

export const STATEMENT_CLAIMS: Claims<DriverSubject> = { ...ORDER, ...RESULTS, ...VALUES, ...SLOTS };
