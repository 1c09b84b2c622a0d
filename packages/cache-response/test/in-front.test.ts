import type { RequestListener } from 'node:http';
import { type CacheResponseOptions, createCacheResponse, ResponseCache } from '@spillway/cache-response';
import { cacheResponse } from '@spillway/cache-response/http';
import { type FrontOptions, inFront } from '@spillway/core/http';
import {
  type App,
  type Client,
  expressHost,
  FakeClock,
  koaHost,
  type MakeListener,
  nodeHost,
  serve,
} from '@spillway/core/testing';
import express5 from 'express';
import express4 from 'express4';
import koa3 from 'koa';
import koa2 from 'koa2';
import { FRESH, isHit, many, statusOf, TEXT, until } from './support';

const applications: readonly (readonly [name: string, make: MakeListener, http2: boolean])[] = [
  ['Express 5', expressHost(express5), false],
  ['Express 4', expressHost(express4), false],
  ['Koa 3', koaHost(koa3), false],
  ['Koa 2', koaHost(koa2), false],
  ['node:http', nodeHost(), false],
  ['node:http2', nodeHost(), true],
  ['Koa 3 over HTTP/2', koaHost(koa3), true],
];

const BODY = 'hello';

interface Front {
  readonly client: Client;
  readonly clock: FakeClock;
  readonly cache: ResponseCache;
  /** Requests that have entered the application, by what it read of their fields. */
  readonly entered: Record<string, unknown>[];
}

describe.each(applications)('in front of %s', (_name, make, http2) => {
  /** Serves an application, with middleware of its own, behind a cache in front of it. */
  const front = (
    app: App,
    run: (front: Front) => Promise<unknown>,
    options: Omit<CacheResponseOptions<never>, 'cache'> = {},
    { trustProxy = false }: FrontOptions = {},
  ) => {
    const clock = new FakeClock();
    const cache = new ResponseCache({ now: clock.now });
    const entered: Record<string, unknown>[] = [];
    const own = {
      connect: (req: { headers: object }, _res: unknown, next: () => void) => {
        entered.push({ ...req.headers });
        next();
      },
    };
    const listener: RequestListener = inFront(
      make([own], app),
      [cacheResponse({ ...(options as CacheResponseOptions), cache })],
      { trustProxy },
    );
    return serve(listener, (client) => run({ client, clock, cache, entered }), { http2 });
  };
  const answering =
    (headers: Record<string, string>): App =>
    () => ({ headers, body: BODY });

  it('a hit enters nothing of the application', async () => {
    await front(answering({ ...FRESH, ETag: '"1"', 'X-App': '1' }), async ({ client, entered }) => {
      for (let i = 0; i < 3; i++) {
        const got = await client.get('/a?b');
        expect([got.status, got.text, got.headers['x-app']]).toEqual([200, BODY, '1']);
      }
      expect((await client.get('/a?b', { 'if-none-match': '"1"' })).status).toBe(304);
      expect(entered).toHaveLength(1);
    });
  });

  it.each<[string, Record<string, string>, boolean]>([
    ['max-age=60', {}, true],
    ['max-age=60', { cookie: 'a=1' }, false],
    ['s-maxage=60', { cookie: 'a=1' }, false],
    ['max-age=60, public', { cookie: 'a=1' }, true],
    ['max-age=60', { authorization: 'Basic eA==' }, false],
    ['s-maxage=60', { authorization: 'Basic eA==' }, false],
    ['max-age=60, must-revalidate', { authorization: 'Basic eA==' }, false],
    ['max-age=60, public', { authorization: 'Basic eA==' }, true],
    ['max-age=60, public', { authorization: 'Basic eA==', cookie: 'a=1' }, true],
  ])(
    'a response of "%s" is stored for a request with %j, and sent to it: %s',
    async (cacheControl, own, shared) => {
      const app = answering({ ...TEXT, 'Cache-Control': cacheControl });
      await front(app, async ({ client, entered }) => {
        for (let i = 0; i < 2; i++) expect((await client.get('/', own)).text).toBe(BODY);
        expect(entered).toHaveLength(shared ? 1 : 2);
      });
      await front(app, async ({ client, entered }) => {
        await client.get();
        const got = await client.get('/', own);
        expect([isHit(got), entered.length]).toEqual([shared, shared ? 1 : 2]);
        if (!shared) expect(entered[1]).toMatchObject(own);
        expect(isHit(await client.get())).toBe(true);
      });
    },
  );

  it('a key that tells whose a response is opens it to them', async () => {
    const app: App = ({ req }) => ({ headers: FRESH, body: `for ${req.headers.cookie}` });
    await front(
      app,
      async ({ client, entered }) => {
        for (const user of ['a', 'b', 'a', 'b'])
          expect((await client.get('/', { cookie: user })).text).toBe(`for ${user}`);
        expect(entered).toHaveLength(2);
      },
      { key: (({ headers }: { headers: { cookie?: string } }) => headers.cookie) as never },
    );
  });

  it('many who want the same enter it once', async () => {
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const app: App = async () => {
      await gate;
      return { headers: FRESH, body: BODY };
    };
    await front(app, async ({ client, cache, entered }) => {
      const got = many(client, 20);
      await until(() => cache.flights.waiting === 19);
      open();
      for (const { text } of await got) expect(text).toBe(BODY);
      expect(entered).toHaveLength(1);
    });
  });

  it('a refresh enters it, and nothing of a user with it', async () => {
    const app = answering({
      ...TEXT,
      'Cache-Control': 'public, max-age=60, stale-while-revalidate=60',
      ETag: '"1"',
    });
    await front(app, async ({ client, clock, entered }) => {
      await client.get();
      clock.advance(60_000);
      expect(isHit(await client.get('/', { cookie: 'a=1', authorization: 'Basic eA==' }))).toBe(true);
      await until(() => entered.length === 2);
      const { cookie, authorization, 'if-none-match': condition } = entered[1]!;
      expect([cookie, authorization, condition]).toEqual([undefined, undefined, '"1"']);
    });
  });

  it('the application reads stored validators, and has the client’s own fields in its own middleware no more', async () => {
    const app: App = ({ req }) =>
      req.headers['if-none-match'] === '"1"'
        ? { status: 304, headers: { ...FRESH, ETag: '"1"' } }
        : { headers: { ...FRESH, ETag: '"1"' }, body: BODY };
    await front(app, async ({ client, clock, entered }) => {
      await client.get();
      clock.advance(60_000);
      const got = await client.get('/', { 'if-none-match': '"0"' });
      expect([got.status, got.text, statusOf(got)]).toEqual([
        200,
        BODY,
        'Spillway; fwd=stale; fwd-status=304; stored',
      ]);
      expect(entered[1]!['if-none-match']).toBe('"1"');
    });
  });

  it.each([false, true])(
    'a forwarded host is believed where the proxy is trusted (%s), and keyed all the same',
    async (trustProxy) => {
      const app: App = ({ req }) => ({ headers: FRESH, body: `at ${req.headers['x-forwarded-host']}` });
      await front(
        app,
        async ({ client }) => {
          const forwarded = { 'x-forwarded-host': 'shop.example' };
          for (const hit of [false, true]) {
            const got = await client.get('/', forwarded);
            expect([got.text, isHit(got)]).toEqual(['at shop.example', hit]);
          }
          expect((await client.get()).text).toBe('at undefined');
          const named = await client.get(
            '/',
            http2 ? { ':authority': 'shop.example' } : { host: 'shop.example' },
          );
          expect(isHit(named)).toBe(trustProxy);
        },
        {},
        { trustProxy },
      );
    },
  );
});

describe('within an application', () => {
  it.each<[string, Record<string, string>, boolean]>([
    ['max-age=60', { cookie: 'a=1' }, true],
    ['max-age=60', { authorization: 'Basic eA==' }, false],
    ['max-age=60, public', { authorization: 'Basic eA==' }, true],
    ['s-maxage=60', { authorization: 'Basic eA==' }, true],
    ['max-age=60, must-revalidate', { authorization: 'Basic eA==' }, true],
    ['s-maxage=60', { authorization: 'Basic eA==', cookie: 'a=1' }, true],
  ])('a response of "%s" is stored for a request with %j: %s', async (cacheControl, own, shared) => {
    let calls = 0;
    const app: App = () => {
      calls++;
      return { headers: { ...TEXT, 'Cache-Control': cacheControl }, body: BODY };
    };
    await serve(expressHost(express5)([createCacheResponse()], app), async (client) => {
      for (let i = 0; i < 2; i++) await client.get('/', own);
    });
    expect(calls).toBe(shared ? 1 : 2);
  });
});
