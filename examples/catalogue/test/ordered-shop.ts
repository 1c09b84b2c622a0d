import { ResponseCache } from '@spillway/cache-response';
import { type Client, serve } from '@spillway/core/testing';
import { type Driver, Pool } from '@spillway/db-pool';
import { sqlite } from '@spillway/db-pool/sqlite';
import { loadCatalogue } from '@spillway/example-catalogue';
import { type ListenerOf, logIn } from './cached-shop';
import { CONNECTIONS, onEachDatabase, sql, type TestDatabase } from './databases';
import { type Answer, left, Server, serverOf, serving } from './server';

type Fields = Record<string, string>;

const status = ({ headers }: Answer) => headers.get('Cache-Status');
const MADE = 'Spillway; fwd=uri-miss; stored';
const FROM_CACHE = expect.stringMatching(/^Spillway; hit; ttl=\d+$/);

const jsonOf = (body: unknown, headers: Fields = {}): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/json', ...headers },
  body: typeof body === 'string' ? body : JSON.stringify(body),
});

/** Orders so many pieces of products. */
export const orderOf = (pieces: Record<number, number>, headers: Fields): RequestInit =>
  jsonOf(
    { items: Object.entries(pieces).map(([product, quantity]) => ({ product: Number(product), quantity })) },
    headers,
  );

/** All that both applications promise of orders, and of their database. */
export function describeOrderedShop(example: string, listenerOf: ListenerOf): void {
  onEachDatabase((database) => {
    describeOrders(example, database);
    if (database.isShared) describeProcesses(example, database);
  });
  describeLimit(example);
  describeCommit(listenerOf);
  describeRefusal(listenerOf);
}

function describeOrders(example: string, database: TestDatabase): void {
  describe('an order', () => {
    const held = serving(serverOf(example), database.create);
    const ask = (path: string, init?: RequestInit) => held.server.ask(path, init);
    const ordersOf = (headers: Fields) => ask('/orders', { headers });
    const owners = { ada: {}, grace: {} } as Record<'ada' | 'grace', Fields>;
    beforeAll(async () => {
      owners.ada = await logIn(held.server, 'ada', 'lovelace');
      owners.grace = await logIn(held.server, 'grace', 'hopper');
    });

    it('is shown at once wherever it shows, to its buyer alone, and the rest is kept', async () => {
      const paths = ['/products/3', '/products?q=Wigeon+Portage+Shoes,+high', '/products/4'];
      const look = async () => {
        const answers = [];
        for (const path of paths) answers.push(await ask(path));
        return answers;
      };
      await look();
      for (const owner of [owners.ada, owners.grace]) expect((await ordersOf(owner)).json.orders).toEqual([]);
      const ordered = await ask('/orders', orderOf({ 3: 2, 5: 1 }, owners.ada));
      expect(ordered).toMatchObject({ status: 201, type: 'application/json' });
      const [product, found, other] = await look();
      expect([product, found, other].map((answer) => status(answer!))).toEqual([MADE, MADE, FROM_CACHE]);
      for (const { stock } of [product!.json, found!.json.items[0]]) expect(stock).toBe(44);
      const [own, others] = [await ordersOf(owners.ada), await ordersOf(owners.grace)];
      expect([own, others].map(status)).toEqual([MADE, FROM_CACHE]);
      expect([own.json, others.json]).toEqual([
        { user: 'ada', orders: [ordered.json] },
        { user: 'grace', orders: [] },
      ]);
    });

    it('is a problem where a product is sold out, and nothing of it is kept', async () => {
      const refused = await ask('/orders', orderOf({ 2: 1, 7: 11 }, owners.grace));
      expect(refused).toMatchObject({
        status: 409,
        type: 'application/problem+json',
        json: { detail: 'Of Bittern Camera Case, small there are 10 left.' },
      });
      expect((await ask('/products/2')).json.stock).toBe(8);
      expect((await ordersOf(owners.grace)).json.orders).toEqual([]);
    });

    it.each<[string, unknown, number]>([
      ['nothing', '', 400],
      ['broken JSON', '{', 400],
      ['no items', { items: [] }, 400],
      ['a quantity of nothing', { items: [{ product: 1, quantity: 0 }] }, 400],
      ['a product that is not there', { items: [{ product: 3001, quantity: 1 }] }, 400],
      ['too much', { items: 'x'.repeat(5000) }, 413],
    ])('is a problem with %s', async (_what, body, expected) => {
      const answer = await ask('/orders', jsonOf(body, owners.ada));
      expect(answer).toMatchObject({ status: expected, type: 'application/problem+json' });
    });

    it.each([
      ['/products/9999999999', 404],
      ['/products?q=%00', 400],
      ['/products?q=%F0%9F%9B%B6%25', 200],
    ])('is asked nothing that the database can not read: %s', async (path, expected) => {
      expect((await ask(path)).status).toBe(expected);
    });

    it('needs a login, and so does the list', async () => {
      const answers = [await ask('/orders', orderOf({ 1: 1 }, {})), await ordersOf({ Cookie: 'user=ada' })];
      for (const answer of answers)
        expect(answer).toMatchObject({ status: 401, type: 'application/problem+json' });
      expect((await ask('/products/1')).json.stock).toBe(1);
    });

    it('leaves pictures and the feed as they are: all are rows of one database', async () => {
      const headers = { ...owners.ada, 'Content-Type': 'image/png' };
      const sent = await ask('/products/8/picture', { method: 'PUT', body: 'picture', headers });
      await ask('/orders', orderOf({ 8: 1 }, owners.ada));
      const { sha256 } = sent.json;
      const picture = { type: 'image/png', bytes: 7, sha256 };
      expect((await ask('/products/8')).json).toMatchObject({ stock: 54, picture });
      expect((await ask('/account', { headers: owners.ada })).json.pictures).toEqual([
        { product: 'Beaver Tunnel Tent, two persons', by: 'ada', ...picture },
      ]);
      const [event] = (await held.server.listen(1)).events;
      expect((await ask(`/products/${event!.product}`)).json.stock).toBe(event!.stock);
      expect(await ask('/reports/sales')).toMatchObject({ status: 200, json: { months: 1 } });
    });
  });
}

function describeLimit(example: string): void {
  describe('the limit of orders', () => {
    const held = serving(serverOf(example));

    it('is ten a minute for each user', async () => {
      const ada = await logIn(held.server, 'ada', 'lovelace');
      const last = await held.server.askTimes(10, '/orders', orderOf({ 8: 1 }, ada));
      expect([last.status, left(last, 'orders')]).toEqual([201, 0]);
      const refused = await held.server.ask('/orders', orderOf({ 8: 1 }, ada));
      expect(refused).toMatchObject({ status: 429, json: { 'violated-policies': ['orders'] } });
      const grace = await logIn(held.server, 'grace', 'hopper');
      expect(await held.server.ask('/orders', orderOf({ 8: 1 }, grace))).toMatchObject({ status: 201 });
      expect((await held.server.ask('/products/8')).json.stock).toBe(44);
    });
  });
}

function describeProcesses(example: string, database: TestDatabase): void {
  describe('several servers on one database', () => {
    it('start at once, sell the same stock, and leave no connection behind', async () => {
      const url = await database.create();
      const start = () => Server.start(serverOf(example), { DATABASE_URL: url });
      const [one, other] = await Promise.all([start(), start()]);
      const ada = await logIn(one, 'ada', 'lovelace');
      const grace = await logIn(other, 'grace', 'hopper');
      expect(await one.ask('/orders', orderOf({ 5: 4 }, ada))).toMatchObject({ status: 201 });
      expect(await other.ask('/orders', orderOf({ 5: 3 }, grace))).toMatchObject({ status: 409 });
      expect(await other.ask('/orders', orderOf({ 5: 2 }, grace))).toMatchObject({ status: 201 });
      expect(await Promise.all([one.stop(), other.stop()])).toEqual(Array(2).fill({ code: 0, stderr: '' }));
      expect(await sql(url, 'SELECT stock FROM products WHERE id = 5')).toEqual([{ stock: 0 }]);
      expect(await sql(url, CONNECTIONS)).toEqual([]);
      const next = await start();
      expect((await next.ask('/products/5')).json.stock).toBe(0);
      await next.stop();
    });
  });
}

/** Notes the ends of transactions, and which cache forgets. */
function noting(notes: string[]) {
  const inner = sqlite();
  const driver: Driver = {
    ...inner,
    async connect(options) {
      const connection = await inner.connect(options);
      const run = connection.run.bind(connection);
      connection.run = (job) => {
        const { text } = job.statement;
        if (!/^(?:COMMIT|ROLLBACK)$/.test(text)) return run(job);
        const done = job.done.bind(job);
        job.done = (...end) => {
          notes.push(text);
          done(...end);
        };
        run(job);
      };
      return connection;
    },
  };
  const cache = new ResponseCache();
  const purge = cache.purge.bind(cache);
  cache.purge = (what) => {
    notes.push(`purge ${what.tags?.join(' ')}`);
    return purge(what);
  };
  return { pool: new Pool({ driver }), cache };
}

function describeCommit(listenerOf: ListenerOf): void {
  describe('what an order changes', () => {
    it('is purged behind the commit and before the answer, and only where there is an order', async () => {
      const notes: string[] = [];
      const { pool, cache } = noting(notes);
      await loadCatalogue(pool, { collation: 'BINARY' });
      notes.length = 0;
      await serve(listenerOf(pool, undefined, cache), async (client) => {
        const ada = await logInTo(client);
        for (const quantity of [1, 55]) {
          const body = JSON.stringify({ items: [{ product: 8, quantity }] });
          const { status } = await client.send({ method: 'POST', path: '/orders', headers: ada, body });
          notes.push(`answer ${status}`);
        }
      });
      await pool.drain();
      expect(notes.slice(0, 3)).toEqual(['COMMIT', 'purge user:ada product:8', 'answer 201']);
      expect(notes.slice(3).toSorted()).toEqual(['ROLLBACK', 'answer 409']);
    });
  });
}

async function logInTo(client: Client): Promise<Fields> {
  const headers = { 'Content-Type': 'application/json' };
  const body = JSON.stringify({ user: 'ada', password: 'lovelace' });
  const { text } = await client.send({ method: 'POST', path: '/login', headers, body });
  return { ...headers, Authorization: `Bearer ${JSON.parse(text).token}` };
}

function describeRefusal(listenerOf: ListenerOf): void {
  describe('a request that there is no connection for', () => {
    const never: Driver = { ...sqlite(), connect: () => new Promise(() => {}) };

    it('is told when to come back, and what needs none is served', async () => {
      const pool = new Pool({ driver: never, maxWaiting: 0 });
      // It waits for the one connection that there may be.
      const first = pool.acquire();
      first.catch(() => {});
      await serve(listenerOf(pool), async (client) => {
        const ada = await logInTo(client);
        for (const path of ['/products', '/products/1', '/account', '/orders', '/reports/sales']) {
          const { status, headers, text } = await client.get(path, ada);
          expect([path, status, headers['content-type']]).toEqual([path, 503, 'application/problem+json']);
          expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
          expect(headers['cache-control']).toBe('no-store');
          expect(JSON.parse(text).detail).toBe('as many wait for a connection as may');
        }
        expect((await client.get('/')).status).toBe(200);
        expect((await client.get('/livez')).status).toBe(204);
      });
      await pool.drain({ timeoutMs: 1 });
    });
  });
}
