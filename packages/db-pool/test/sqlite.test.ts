import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type SqlJsDatabase, sqlite } from '@spillway/db-pool/sqlite';
import { driverContract } from '@spillway/db-pool/testing';
import type { Database } from 'sql.js';
import { driverInMemory } from '../dist/sqlite/driver';
import { nodeSqlite } from '../dist/sqlite/node-engine';
import { openSqlJs } from '../dist/sqlite/sql-js-engine';
import { connect, type Session } from '../dist/testing/session';
import { samples } from './sqlite-samples';

const hasNode = nodeSqlite() !== undefined;
const sqlJs = () => driverInMemory(openSqlJs);
const DRIVERS = { 'sql.js': sqlJs, ...(hasNode && { 'node:sqlite': () => sqlite() }) };

for (const [name, makeDriver] of Object.entries(DRIVERS)) {
  driverContract(name, { make: () => ({ driver: makeDriver(), samples }) });

  describe(name, () => {
    let session: Session;
    beforeEach(async () => {
      session = await connect(makeDriver());
    });
    afterEach(() => session.connection.close());

    const firstRow = async (text: string, ...values: unknown[]) =>
      (await session.ask(text, ...values)).rows[0];

    it('knows that SQLite has rolled back by itself', async () => {
      await session.ask('create table a (b integer unique on conflict rollback)');
      await session.ask('begin');
      await session.ask('insert into a values (1)');
      await expect(session.ask('insert into a values (1)')).rejects.toThrow('UNIQUE constraint failed');
      expect(session.connection.transaction).toBe('none');
    });

    it('knows of a transaction that was begun by the native client', () => {
      (session.connection.native as SqlJsDatabase).exec('BEGIN');
      expect(session.connection.transaction).toBe('open');
    });

    it('knows of a transaction that a text of several statements has left open', async () => {
      await session.ask('begin; create table a (b integer)');
      expect(session.connection.transaction).toBe('open');
    });

    it('runs up to the statement of a text that fails', async () => {
      const text = 'create table a (b integer); insert into a values (1); select absent; delete from a';
      await expect(session.ask(text)).rejects.toThrow('no such column: absent');
      expect(await firstRow('select * from a')).toEqual({ b: 1 });
    });

    it('runs a trigger as one statement', async () => {
      await session.ask(`
        create table a (b integer);
        create table log (b integer);
        create trigger on_a after insert on a begin
          insert into log values (new.b);
          insert into log select case when new.b > 1 then 'more' else 'less' end;
        end;
        insert into a values (1);
      `);
      expect((await session.ask('select b from log')).rows).toEqual([{ b: 1 }, { b: 'less' }]);
    });

    it('refuses values for several statements', async () => {
      await expect(session.ask('select $1; select 2', 1)).rejects.toMatchObject({
        code: 'ERR_STATEMENT_VALUES',
      });
    });

    it.each([':name', '@name', '$name', '$1st', '?0', '$0'])(
      'refuses the placeholder %s',
      async (placeholder) => {
        await expect(session.ask(`select ${placeholder}`, 1)).rejects.toMatchObject({
          code: 'ERR_STATEMENT_VALUES',
        });
      },
    );

    it('counts each ? on from the highest before it', async () => {
      const row = await firstRow('select ? as a, $3 as b, ? as c, ?2 as d', 'x', 'y', 'z', 'w');
      expect(row).toEqual({ a: 'x', b: 'z', c: 'w', d: 'y' });
    });

    it('refuses a value that nothing can keep', async () => {
      for (const value of [() => 1, Symbol('s'), new Date(Number.NaN)]) {
        await expect(session.ask('select $1', value)).rejects.toBeInstanceOf(Error);
      }
    });

    it('binds integers as integers', async () => {
      const row = await firstRow(`select typeof($1) as type, 'n' || $1 as text, $1 / 2 as half`, 5);
      expect(row).toEqual({ type: 'integer', text: 'n5', half: 2 });
    });

    it('keeps integers beyond the safe ones in a column of integers exact', async () => {
      await session.ask('create table a (id integer primary key, b integer, c real)');
      await session.ask('insert into a values ($1, $2, 1e300)', 2n ** 62n + 1n, -5n);
      expect(await firstRow('select * from a where id = $1', 2n ** 62n + 1n)).toEqual({
        id: 2n ** 62n + 1n,
        b: -5,
        c: 1e300,
      });
    });

    it('says of a write behind WITH what it is, and counts it', async () => {
      await session.ask('create table a (b integer)');
      const result = await session.ask('with c (d) as (select 1) insert into a select d from c');
      expect(result).toMatchObject({ command: 'INSERT', rowCount: 1 });
    });

    it('checks foreign keys', async () => {
      await session.ask('create table a (id integer primary key); create table b (a references a)');
      await expect(session.ask('insert into b values (1)')).rejects.toThrow('FOREIGN KEY constraint failed');
    });

    it('undoes by its reset what a lease has set', async () => {
      await session.ask('create table a (b integer check (b > 0))');
      await session.ask('pragma query_only = on; pragma foreign_keys = off');
      await session.ask(session.driver.dialect.reset!);
      await session.ask('insert into a values (1)');
      expect(await firstRow('pragma foreign_keys')).toEqual({ foreign_keys: 1 });
    });

    it('gives the event loop a turn for each statement', async () => {
      let turns = 0;
      const count = () => {
        turns++;
        immediate = setImmediate(count);
      };
      let immediate = setImmediate(count);
      for (let i = 0; i < 10; i++) await session.ask('select 1');
      clearImmediate(immediate);
      expect(turns).toBeGreaterThanOrEqual(9);
    });

    it('keeps a database in memory for the next connection, and nothing of the last', async () => {
      await session.ask('create table a (b integer); insert into a values (1)');
      await session.ask('create temp table c (d integer); pragma query_only = on; begin');
      await session.connection.close();
      session = await connect(session.driver);
      expect(session.connection.transaction).toBe('none');
      await expect(session.ask('select * from c')).rejects.toThrow('no such table: c');
      await session.ask('insert into a values (2)');
      expect((await session.ask('select b from a')).rowCount).toBe(2);
    });

    it('has one connection to a database in memory', async () => {
      await expect(connect(session.driver)).rejects.toMatchObject({ code: 'ERR_DATABASE_TAKEN' });
      await session.connection.close();
      session = await connect(session.driver);
      expect(session.driver.maxConnections).toBe(1);
    });
  });
}

describe('sqlite', () => {
  it('refuses options that it does not know', () => {
    expect(() => sqlite({ file: 'a.db' } as never)).toThrow('sqlite: file is not an option');
    expect(() => sqlite({ path: '' })).toThrow('path must be a non-empty string');
  });

  it('opens another database where the first could not be opened', async () => {
    let opened = 0;
    const driver = driverInMemory(() => {
      if (opened++ === 0) throw new Error('not yet');
      return openSqlJs();
    });
    await expect(connect(driver)).rejects.toThrow('not yet');
    await (await connect(driver)).connection.close();
  });

  it('has declared of sql.js what its types say', () => {
    expect((database: Database): SqlJsDatabase => database).toBeInstanceOf(Function);
  });
});

describe('without node:sqlite', () => {
  beforeEach(() => {
    jest.resetModules();
    jest.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
  });
  afterEach(() => jest.restoreAllMocks());

  const load = () => require('@spillway/db-pool/sqlite') as typeof import('@spillway/db-pool/sqlite');

  it('has databases in memory, by sql.js', async () => {
    const { connection } = await connect(load().sqlite());
    expect(connection.native).toHaveProperty('getRowsModified');
    await connection.close();
  });

  it('refuses a file', () => {
    expect(() => load().sqlite({ path: '/tmp/a.db' })).toThrow(
      "path must be ':memory:' where Node has no node:sqlite (before 22.13), got '/tmp/a.db'",
    );
  });

  it('says what to install', async () => {
    jest.doMock('sql.js', () => {
      throw Object.assign(new Error("Cannot find module 'sql.js'"), { code: 'MODULE_NOT_FOUND' });
    });
    await expect(connect(load().sqlite())).rejects.toThrow('npm install sql.js');
    jest.dontMock('sql.js');
  });

  it('hides no other failure of sql.js', async () => {
    jest.doMock('sql.js', () => {
      throw new Error('broken');
    });
    await expect(connect(load().sqlite())).rejects.toThrow('broken');
    jest.dontMock('sql.js');
  });
});

(hasNode ? describe : describe.skip)('a file', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'spillway-'));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const open = () => connect(sqlite({ path: join(directory, 'a.db') }));

  it('is kept, and closed with its connection', async () => {
    const first = await open();
    await first.ask('create table a (b integer); insert into a values (1)');
    await first.connection.close();
    expect(() => (first.connection.native as SqlJsDatabase).exec('select 1')).toThrow('not open');
    const second = await open();
    expect(await second.value('select b from a')).toBe(1);
    await second.connection.close();
  });

  it('that another connection writes to is a conflict', async () => {
    const [first, second] = [await open(), await open()];
    await first.ask('begin immediate');
    const error = await second.ask('begin immediate').catch((reason) => reason);
    expect(second.driver.dialect.isConflict(error)).toBe(true);
    expect(error).toMatchObject({ code: 'ERR_SQLITE_ERROR' });
    await Promise.all([first.connection.close(), second.connection.close()]);
  });

  it('that can not be opened fails the connection', async () => {
    await expect(connect(sqlite({ path: join(directory, 'no', 'a.db') }))).rejects.toThrow('unable to open');
  });
});
