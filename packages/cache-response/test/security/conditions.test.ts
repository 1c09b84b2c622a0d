import { createCacheResponse } from '@spillway/cache-response';
import { toKoa } from '@spillway/core/koa';
import { type App, serve } from '@spillway/core/testing';
import Koa3 from 'koa';
import Koa2 from 'koa2';
import { answeringHead, hosts } from '../hosts';
import { isHit, TEXT } from '../support';
import { ALICE, attacked, beforeHead, inTurn } from './support';

const FRESH = { ...TEXT, 'Cache-Control': 'public, max-age=60' };

describe.each(hosts)('what a client knows already on $name', (host) => {
  const NEVER_SEEN = { 'if-none-match': '"of:another"' };

  it('of one URL gives no 304 on another, cold, stored and stale', async () => {
    // As a naive application does: any tag that it has ever given.
    const app: App = ({ req }) => {
      const tag = `"of:${req.url}"`;
      return /"of:\/a"/.test(String(req.headers['if-none-match'])) && req.url !== '/a'
        ? { status: 304, headers: { ...FRESH, ETag: tag } }
        : { headers: { ...FRESH, ETag: tag }, body: `page of ${req.url}` };
    };
    await attacked(host, app, async ({ client, clock }) => {
      await client.get('/a');
      for (let i = 0; i < 3; i++) {
        const got = await client.get('/b', { 'if-none-match': '"of:/a"' });
        expect([got.status, got.text]).toEqual([200, 'page of /b']);
        if (i === 1) clock.advance(61_000);
      }
      expect((await client.get('/a', { 'if-none-match': '"of:/a"' })).status).toBe(304);
    });
  });

  it('never makes a 304 that others get', async () => {
    const app: App = ({ req }) =>
      req.headers['if-none-match'] === undefined && req.headers['if-modified-since'] === undefined
        ? { headers: { ...FRESH, ETag: '"1"' }, body: 'page' }
        : { status: 304, headers: { ...FRESH, ETag: '"1"' } };
    const conditions = [
      NEVER_SEEN,
      { 'if-none-match': '*' },
      { 'if-none-match': '"1"' },
      { 'if-modified-since': new Date().toUTCString() },
      { ...ALICE, 'if-none-match': '"1"' },
    ];
    for (const condition of conditions) {
      await attacked(host, app, async ({ client, clock }) => {
        await client.get('/', condition);
        for (let i = 0; i < 2; i++) {
          const got = await client.get('/');
          expect([got.status, got.text]).toEqual([200, 'page']);
          clock.advance(61_000);
          await client.get('/', condition);
        }
      });
    }
  });

  it('makes none that others get, either, where nothing is stored', async () => {
    const app: App = ({ req }) =>
      req.headers['if-none-match'] === undefined
        ? { headers: { ...TEXT, 'Cache-Control': 'private', ETag: '"1"' }, body: 'page' }
        : { status: 304, headers: { ...FRESH, ETag: '"1"' } };
    await attacked(host, app, async (served) => {
      const got = await inTurn(served, [{}, { 'if-none-match': '"1"' }, {}]);
      expect(got.map(({ status }) => status)).toEqual([200, 304, 200]);
    });
  });

  it('is what others outside of the cache see of the request when it is answered', async () => {
    const seen: unknown[] = [];
    const outer = beforeHead((req) => void seen.push(req.headers['if-none-match']));
    const app: App = () => ({ headers: { ...FRESH, ETag: '"1"' }, body: 'page' });
    await attacked(
      host,
      app,
      async (served) => {
        await inTurn(served, [{}, NEVER_SEEN, {}]);
        served.clock.advance(61_000);
        await inTurn(served, [{}, NEVER_SEEN]);
      },
      { outer: [outer] },
    );
    const { 'if-none-match': tag } = NEVER_SEEN;
    expect(seen).toEqual([undefined, tag, undefined, undefined, tag]);
  });
});

describe.each([
  ['Koa 3', Koa3],
  ['Koa 2', Koa2],
] as [string, typeof Koa3][])('who judges conditions outside of the cache on %s', (_name, Koa) => {
  it('sends no 304 to a client that knows nothing', async () => {
    const app = new Koa();
    app.use(async (ctx, next) => {
      await next();
      if (!ctx.fresh) return;
      ctx.status = 304;
      ctx.body = null;
    });
    app.use(toKoa(createCacheResponse()));
    app.use((ctx) => {
      ctx.set({ 'Cache-Control': 'no-cache', ETag: '"1"' });
      ctx.body = 'page';
    });
    await serve(app.callback(), async (client) => {
      for (let i = 0; i < 3; i++) {
        const got = await client.get('/');
        expect([got.status, got.text]).toEqual([200, 'page']);
      }
      expect((await client.get('/', { 'if-none-match': '"1"' })).status).toBe(304);
    });
  });
});

describe.each(answeringHead)('a HEAD on $name', (host) => {
  const page =
    (of: string, tag: string): App =>
    () => ({
      headers: { ...FRESH, ETag: tag, 'X-Of': of },
      body: `page of ${of}`,
    });

  it.each(['"1"', '"2"', 'W/"1"'])('never gives a GET an empty body, nor another one’s (%s)', async (tag) => {
    const app: App = (handled) =>
      handled.req.method === 'HEAD' ? page('HEAD', tag)(handled) : page('GET', '"1"')(handled);
    await attacked(host, app, async ({ client }) => {
      for (let i = 0; i < 2; i++) {
        await client.send({ method: 'HEAD', headers: { 'cache-control': 'no-cache' } });
        const got = await client.get('/');
        expect([got.status, got.text, got.headers.etag]).toEqual([200, 'page of GET', '"1"']);
      }
    });
  });

  it.each([404, 500, 301, 204])('of status %i changes nothing of what is stored', async (status) => {
    const app: App = (handled) =>
      handled.req.method === 'HEAD'
        ? { status, headers: { ...FRESH, ETag: '"1"', Location: '/x' } }
        : page('GET', '"1"')(handled);
    await attacked(host, app, async ({ client }) => {
      await client.get('/');
      await client.send({ method: 'HEAD', headers: { 'cache-control': 'no-cache' } });
      const got = await client.get('/');
      expect([isHit(got), got.status, got.headers['x-of']]).toEqual([true, 200, 'GET']);
    });
  });

  it.each([{ 'Set-Cookie': 'session=1' }, { 'Cache-Control': 'private' }, { 'Cache-Control': 'no-store' }])(
    'leaves nothing that a GET could not have left: %j',
    async (more) => {
      const app: App = (handled) =>
        handled.req.method === 'HEAD'
          ? { headers: { ...FRESH, ETag: '"1"', 'X-Of': 'HEAD', ...more } }
          : page('GET', '"1"')(handled);
      await attacked(host, app, async ({ client }) => {
        await client.get('/');
        await client.send({ method: 'HEAD', headers: { 'cache-control': 'no-cache' } });
        const got = await client.get('/');
        expect(got.headers).toMatchObject({ 'x-of': 'GET', 'cache-control': FRESH['Cache-Control'] });
        expect(got.headers).not.toHaveProperty('set-cookie');
      });
    },
  );
});

describe.each(hosts)('a range on $name', (host) => {
  const BYTES = 10_000;
  const body = 'x'.repeat(BYTES);
  const app: App = ({ req }) =>
    req.headers.range === undefined
      ? { headers: { ...FRESH, ETag: '"1"' }, body }
      : { status: 206, headers: { ...FRESH, 'Content-Range': `bytes 0-0/${BYTES}` }, body: 'x' };

  it.each([
    Array.from({ length: 1_000 }, () => '0-').join(','),
    Array.from({ length: 16 }, () => '0-').join(','),
    Array.from({ length: 16 }, (_, i) => `${i}-`).join(','),
    Array.from({ length: 1_000 }, (_, i) => `${i * 2}-${i * 2}`).join(','),
    Array.from({ length: 16 }, (_, i) => `${15 - i}-${15 - i}`).join(','),
    Array.from({ length: 16 }, (_, i) => `-${BYTES - i}`).join(','),
  ])('or very many cost no more than the body (%#)', async (ranges) => {
    await attacked(host, app, async ({ client }) => {
      await client.get('/');
      const got = await client.get('/', { range: `bytes=${ranges}` });
      expect(got.body.length).toBeLessThanOrEqual(BYTES);
    });
  });

  it('on a cold key leaves no part of a page to others', async () => {
    await attacked(host, app, async (served) => {
      const [part, whole] = await inTurn(served, [{ range: 'bytes=0-0' }, {}]);
      expect([part!.status, part!.text.length]).toEqual([206, 1]);
      expect([whole!.status, whole!.text.length]).toEqual([200, BYTES]);
    });
  });

  it.each(['"2"', 'W/"1"', '', '*', '"1", "2"', new Date().toUTCString(), new Date(0).toUTCString()])(
    'gets the whole page under the condition %j, which doesn’t hold',
    async (condition) => {
      await attacked(host, app, async ({ client }) => {
        await client.get('/');
        const got = await client.get('/', { range: 'bytes=0-0', 'if-range': condition });
        expect([got.status, got.text.length]).toEqual([200, BYTES]);
      });
    },
  );

  it('with credentials gets no part of what it may not see whole', async () => {
    await attacked(
      host,
      ({ req }) => ({ headers: TEXT, body: `page of ${req.headers.cookie}` }),
      async (served) => {
        await inTurn(served, [{}]);
        const got = await inTurn(served, [{ ...ALICE, range: 'bytes=0-3' }]);
        expect(got[0]!.text).toBe(`page of ${ALICE.cookie}`);
      },
      { ttlMs: 60_000 },
    );
  });
});
