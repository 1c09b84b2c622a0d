import { Client } from 'pg';
import { CONNECTIONS, onEachDatabase, sql, type TestDatabase } from './databases';
import { Server, serverOf, serving } from './server';

const jsonOf = (body: unknown): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json' },
  body: JSON.stringify(body),
});
const entry = (text: string) => ({ guest: 'ada', text });

/** What its pool has room for: connections, and those who wait for one. */
const ROOM = 10 + 50;
const ASKED = 80;

/** What the small servers with a pool promise, on whichever framework. */
export function describeDbPoolServer(example: string): void {
  onEachDatabase((database) => {
    describeGuestbook(example, database);
    if (database.isShared) describeLimits(example, database);
  });
}

function describeGuestbook(example: string, database: TestDatabase): void {
  describe(example, () => {
    const held = serving(serverOf(example), database.create);
    const post = (path: string, body: unknown) => held.server.ask(path, jsonOf(body));
    const texts = async () =>
      (await held.server.ask('/entries')).json.map(({ text }: { text: string }) => text).sort();

    it('keeps an entry', async () => {
      expect(await post('/entries', entry('1'))).toMatchObject({ status: 201, json: entry('1') });
      const { json } = await held.server.ask('/entries');
      expect(json).toEqual([{ ...entry('1'), at: expect.stringMatching(/^\d{4}-.*Z$/) }]);
    });

    it('keeps a page as a whole', async () => {
      const answer = await post('/pages', [entry('2'), entry('3')]);
      expect(answer).toMatchObject({ status: 201, json: { entries: 2 } });
      expect(await texts()).toEqual(['1', '2', '3']);
    });

    it('keeps nothing of a page with a bad entry', async () => {
      expect(await post('/pages', [entry('4'), entry('')])).toMatchObject({ status: 400 });
      expect(await texts()).toEqual(['1', '2', '3']);
    });

    it.each([[], {}, entry('x'.repeat(501)), entry('\0'), { guest: 'ada', text: 7 }])(
      'refuses %j',
      async (body) => expect(await post('/entries', body)).toMatchObject({ status: 400 }),
    );
  });
}

function describeLimits(example: string, database: TestDatabase): void {
  describe(`${example}, where the database stands still`, () => {
    it('tells whom it has no room for when to come back, serves the others, and ends in good order', async () => {
      const url = await database.create();
      const server = await Server.start(serverOf(example), { DATABASE_URL: url });
      const release = await lockEntries(url);
      const pages = Array.from({ length: ASKED }, (_, i) => server.ask('/pages', jsonOf([entry(String(i))])));
      // Those who are refused are answered though nobody is served.
      const refused = await firstOf(pages, ASKED - ROOM);
      for (const { status, headers } of refused) {
        expect(status).toBe(503);
        expect(Number(headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
      }
      await release();
      const statuses = (await Promise.all(pages)).map(({ status }) => status);
      const served = statuses.filter((status) => status === 201).length;
      expect(served).toBeGreaterThan(0);
      expect(statuses.filter((status) => status === 503)).toHaveLength(ASKED - served);
      expect(await server.stop()).toMatchObject({ code: 0 });
      expect(await sql(url, 'SELECT CAST(count(*) AS integer) AS count FROM entries')).toEqual([
        { count: served },
      ]);
      expect(await sql(url, CONNECTIONS)).toEqual([]);
    });
  });
}

/** @returns what lets others have the table again. */
async function lockEntries(url: string): Promise<() => Promise<void>> {
  const client = new Client(url);
  await client.connect();
  await client.query('BEGIN');
  await client.query('LOCK TABLE entries IN ACCESS EXCLUSIVE MODE');
  return () => client.end();
}

/** The first so many that are there. */
function firstOf<Value>(promises: readonly Promise<Value>[], count: number): Promise<Value[]> {
  const values: Value[] = [];
  return new Promise((resolve, reject) => {
    for (const promise of promises)
      promise.then((value) => {
        values.push(value);
        if (values.length === count) resolve(values);
      }, reject);
  });
}
