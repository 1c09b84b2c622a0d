import { once } from 'node:events';
import type { RequestListener, ServerResponse } from 'node:http';
import { ResponseCache } from '@spillway/cache-response';
import { Client, FakeClock, type Got, serve } from '@spillway/core/testing';
import type { Pool } from '@spillway/db-pool';
import { openDatabase, Shop } from '@spillway/example-catalogue';
import { type Answer, left, type Server, serverOf, serving } from './server';

const IN_MEMORY = '';

type Fields = Record<string, string>;

const MADE = 'Spillway; fwd=uri-miss; stored';
const FROM_CACHE = expect.stringMatching(/^Spillway; hit; ttl=5\d$/);

const status = ({ headers }: Answer) => headers.get('Cache-Status');
const form = (fields: Fields): RequestInit => ({
  method: 'POST',
  body: new URLSearchParams(fields),
});

/** Logs in and returns what goes with each request of this user. */
export async function logIn(server: Server, user: string, password: string): Promise<Fields> {
  const { json } = await server.ask('/login', form({ user, password }));
  return { Authorization: `Bearer ${json.token}` };
}

export const sendPicture = (server: Server, product: number, headers: Fields): Promise<Answer> =>
  server.ask(`/products/${product}/picture`, {
    method: 'PUT',
    body: 'picture',
    headers: { ...headers, 'Content-Type': 'image/png' },
  });

/** Makes an application. */
export type ListenerOf = (pool: Pool, shop?: Shop, cache?: ResponseCache) => RequestListener;

/** All that both applications promise of what they keep. */
export function describeCachedShop(example: string, listenerOf: ListenerOf): void {
  describeCatalogue(example);
  describeAccounts(example);
  describeReports(listenerOf);
}

function describeCatalogue(example: string): void {
  describe('the catalogue', () => {
    const held = serving(serverOf(example));

    it('is kept for a minute, and each request counts all the same', async () => {
      const answers: Answer[] = [];
      for (let i = 0; i < 3; i++) answers.push(await held.server.ask('/products?q=lantern'));
      expect(answers.map(status)).toEqual([MADE, FROM_CACHE, FROM_CACHE]);
      expect(answers.map((answer) => left(answer, 'search'))).toEqual([19, 18, 17]);
      expect(answers.map(({ headers }) => headers.get('Age'))).toEqual([
        null,
        ...Array(2).fill(expect.stringMatching(/^\d$/)),
      ]);
      expect(answers[2]!.text).toBe(answers[0]!.text);
    });

    it('is kept once for all codings', async () => {
      const plain = await held.server.ask('/products?q=tarp', { headers: { 'Accept-Encoding': 'identity' } });
      const coded = await held.server.ask('/products?q=tarp', { headers: { 'Accept-Encoding': 'gzip' } });
      expect([plain, coded].map(status)).toEqual([MADE, FROM_CACHE]);
      expect([plain, coded].map(({ headers }) => headers.get('Content-Encoding'))).toEqual([null, 'gzip']);
      expect(coded.text).toBe(plain.text);
    });

    it('is not sent to who has it already', async () => {
      // Not by fetch: it says no-cache with whatever has a condition.
      const client = new Client(Number(new URL(held.server.url).port), false);
      const { headers } = await client.get('/products/1');
      const again = await client.get('/products/1', { 'If-None-Match': headers.etag! });
      expect([again.status, again.text, again.headers['cache-status']]).toEqual([304, '', FROM_CACHE]);
    });

    it('does not keep that something is not there', async () => {
      for (let i = 0; i < 2; i++)
        expect(status(await held.server.ask('/products/3001'))).toBe(
          'Spillway; fwd=uri-miss; detail=no-store',
        );
    });

    it('shows a new picture at once, wherever the product is shown, and keeps the rest', async () => {
      const ada = await logIn(held.server, 'ada', 'lovelace');
      const [product, list, other] = [
        '/products/7',
        '/products?q=Bittern+Camera+Case,+small',
        '/products/8',
      ] as const;
      for (const path of [product, list, other]) await held.server.ask(path);
      const { json: sent } = await sendPicture(held.server, 7, ada);
      const [shown, found, kept] = [
        await held.server.ask(product),
        await held.server.ask(list),
        await held.server.ask(other),
      ];
      expect([shown, found, kept].map(status)).toEqual([MADE, MADE, FROM_CACHE]);
      for (const { picture } of [shown.json, found.json.items[0]])
        expect(picture).toEqual({ type: 'image/png', bytes: 7, sha256: sent.sha256 });
      expect(status(await held.server.ask(product))).toEqual(FROM_CACHE);
    });

    it('shows what is left in stock, as the feed tells it', async () => {
      // The first change is the same in every run.
      const [product, list] = ['/products/728', '/products?q=Loach+River+Map,+pocket'] as const;
      for (const path of [product, list]) await held.server.ask(path);
      const [event] = (await held.server.listen(1)).events;
      expect(event!.product).toBe(728);
      const [shown, found] = [await held.server.ask(product), await held.server.ask(list)];
      expect([shown, found].map(status)).toEqual([MADE, MADE]);
      for (const { stock } of [shown.json, found.json.items[0]]) expect(stock).toBe(event!.stock);
    });

    it('is neither kept from nor given to who shows a login', async () => {
      const ada = await logIn(held.server, 'ada', 'lovelace');
      await held.server.ask('/products/9');
      for (const path of ['/products/9', '/products/10'])
        expect(status(await held.server.ask(path, { headers: ada }))).toBe(
          'Spillway; fwd=uri-miss; detail=credentials',
        );
      expect(status(await held.server.ask('/products/10'))).toBe(MADE);
    });
  });
}

function describeAccounts(example: string): void {
  describe('an account', () => {
    const held = serving(serverOf(example));
    const account = (headers: Fields) => held.server.ask('/account', { headers });
    const owners = { ada: {}, grace: {} } as Record<'ada' | 'grace', Fields>;
    beforeAll(async () => {
      owners.ada = await logIn(held.server, 'ada', 'lovelace');
      owners.grace = await logIn(held.server, 'grace', 'hopper');
      await sendPicture(held.server, 7, owners.ada);
    });
    const picture = { product: 'Bittern Camera Case, small', by: 'ada', type: 'image/png', bytes: 7 };
    const OF_ADA = { user: 'ada', pictures: [{ ...picture, sha256: expect.any(String) }] };
    const OF_GRACE = { user: 'grace', pictures: [] };

    it('is kept for its owner alone', async () => {
      const answers = [];
      for (const user of ['ada', 'grace', 'ada', 'grace'] as const) answers.push(await account(owners[user]));
      expect(answers.map(status)).toEqual([MADE, MADE, FROM_CACHE, FROM_CACHE]);
      expect(answers.map(({ json }) => json)).toEqual([OF_ADA, OF_GRACE, OF_ADA, OF_GRACE]);
    });

    it.each<[string, Fields]>([
      ['without a login', {}],
      ['with a token that nobody has', { Authorization: 'Bearer ada' }],
      ['with a cookie', { Cookie: 'user=ada' }],
    ])('is nobody else’s: %s', async (_who, headers) => {
      await account(owners.ada);
      const answer = await account(headers);
      expect(answer).toMatchObject({ status: 401, type: 'application/problem+json' });
      expect(answer.text).not.toMatch(/ada|Bittern/);
      expect(status(answer)).toBeNull();
    });

    it('is the same by another login', async () => {
      await account(owners.ada);
      const answer = await account(await logIn(held.server, 'ada', 'lovelace'));
      expect([answer.json, status(answer)]).toEqual([OF_ADA, FROM_CACHE]);
    });

    it('shows a picture once it is sent, and the other account is kept', async () => {
      for (const user of ['ada', 'grace'] as const) await account(owners[user]);
      await sendPicture(held.server, 7, owners.grace);
      const [ada, grace] = [await account(owners.ada), await account(owners.grace)];
      expect([ada, grace].map(status)).toEqual([FROM_CACHE, MADE]);
      expect([ada.json.pictures.length, grace.json.pictures]).toEqual([
        1,
        [{ ...OF_ADA.pictures[0], by: 'grace' }],
      ]);
    });
  });
}

/** Its reports end when a test lets them. */
class SlowShop extends Shop {
  readonly reports: ReturnType<Shop['report']>[] = [];
  /** Called with each report that is asked for. */
  onReport = () => {};
  #held = Promise.resolve();

  /** @returns what lets the reports go on that are asked for meanwhile. */
  hold(): () => void {
    let release = () => {};
    this.#held = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  override report(query: Parameters<Shop['report']>[0]): ReturnType<Shop['report']> {
    const held = this.#held;
    const report = super.report(query).then((made) => held.then(() => made));
    this.reports.push(report);
    this.onReport();
    return report;
  }
}

function describeReports(listenerOf: ListenerOf): void {
  describe('a report', () => {
    const clock = new FakeClock();
    const database = openDatabase(IN_MEMORY);
    const shop = new SlowShop(database.pool);
    const listener = listenerOf(database.pool, shop, new ResponseCache({ now: clock.now }));
    beforeAll(() => database.load());
    afterAll(() => database.pool.drain());
    const reportLeft = ({ headers }: Got) =>
      left({ headers: new Headers({ RateLimit: String(headers.ratelimit) }) }, 'report');

    it('is sent as it was while the next one is made, which costs nobody anything', () =>
      serve(listener, async (client) => {
        const ask = async () => {
          const got = await client.get('/reports/sales?months=5');
          return [got.headers['cache-status'], got.headers.age, reportLeft(got)];
        };
        expect(await ask()).toEqual([MADE, undefined, 19]);
        clock.advance(12_000);
        const release = shop.hold();
        expect(await ask()).toEqual(['Spillway; hit; ttl=-2', '12', 14]);
        expect(await ask()).toEqual(['Spillway; hit; ttl=-2', '12', 9]);
        expect(shop.reports).toHaveLength(2);
        release();
        await shop.reports[1];
        expect(await ask()).toEqual(['Spillway; hit; ttl=10', '0', 4]);
        expect(shop.reports).toHaveLength(2);
      }));

    it('is made to its end though its client has left, and is kept', () =>
      serve(listener, async (client, server) => {
        const asked = new Promise<void>((resolve) => {
          shop.onReport = resolve;
        });
        const release = shop.hold();
        const requested = once(server, 'request') as Promise<[unknown, ServerResponse]>;
        const { abort } = client.open({ path: '/reports/sales?months=1' });
        const [, response] = await requested;
        const closed = once(response, 'close');
        await Promise.race([asked, closed]);
        abort();
        await closed;
        const count = shop.reports.length;
        release();
        await shop.reports.at(-1);
        expect(await statusOf(client)).toBe('Spillway; hit; ttl=10');
        expect(shop.reports).toHaveLength(count);
      }));

    const statusOf = async (client: Client) =>
      (await client.get('/reports/sales?months=1')).headers['cache-status'];
  });
}
