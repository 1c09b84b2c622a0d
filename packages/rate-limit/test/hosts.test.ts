import type { IncomingMessage } from 'node:http';
import { isReplay, replay } from '@spillway/core';
import { serve } from '@spillway/core/testing';
import { createRateLimit, MemoryStore, type RateLimitStore } from '@spillway/rate-limit';
import { rateLimit as onExpress } from '@spillway/rate-limit/express';
import { rateLimit as onKoa } from '@spillway/rate-limit/koa';
import express from 'express';
import Koa from 'koa';
import { hosts } from './hosts';

const app = () => ({ body: 'served' });

/** The same counts, told a turn of the event loop later. */
function later(store: RateLimitStore): RateLimitStore {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  return {
    consume: (...asked) => turn().then(() => store.consume(...asked)),
    adjust: (...asked) => turn().then(() => store.adjust(...asked)),
    reset: (...asked) => turn().then(() => store.reset(...asked)),
  };
}

describe.each(hosts)('rateLimit on $name', (host) => {
  it.each(['at once', 'later'])(
    'serves up to the limit and refuses the rest, by a store that answers %s',
    async (when) => {
      const store = when === 'later' ? later(new MemoryStore({})) : undefined;
      const limit = createRateLimit<object>({ limit: 2, algorithm: 'fixed-window', store });
      await host.serve([limit], app, async (client) => {
        const [first, second, third] = [await client.get(), await client.get(), await client.get()];
        expect([first.status, second.status, third.status]).toEqual([200, 200, 429]);
        expect(first.headers).toMatchObject({
          'ratelimit-policy': '"default";q=2;w=60',
          ratelimit: '"default";r=1;t=60',
        });
        expect(third.headers).toMatchObject({
          ratelimit: expect.stringMatching(/^"default";r=0;t=(59|60)$/),
          'retry-after': expect.stringMatching(/^(59|60)$/),
          'cache-control': 'no-store',
          'content-type': 'application/problem+json',
        });
        expect(JSON.parse(third.text)).toMatchObject({ status: 429, 'violated-policies': ['default'] });
      });
    },
  );

  it('shows its fields on an error of the application too', async () => {
    const failing = () => {
      throw Object.assign(new Error('teapot'), { status: 418 });
    };
    await host.serve([createRateLimit<object>({ limit: 5 })], failing, async (client) => {
      const { status, headers } = await client.get();
      expect([status, headers['ratelimit-policy']]).toEqual([418, '"default";q=5;w=60']);
    });
  });

  it('of two mounted one after the other shows both', async () => {
    const filters = [
      createRateLimit<object>({ identifier: 'all', limit: 9 }),
      createRateLimit<object>({ identifier: 'route', limit: 3 }),
    ];
    await host.serve(filters, app, async (client) => {
      expect((await client.get()).headers.ratelimit).toBe('"all";r=8;t=120, "route";r=2;t=120');
    });
  });

  it('lets the framework answer a refusal thrown', async () => {
    await host.serve([createRateLimit<object>({ limit: 0, refuse: 'throw' })], app, async (client) => {
      const { status, headers } = await client.get();
      expect(status).toBe(429);
      // A bare listener of node:http knows nothing of an error's fields.
      if (host.name.startsWith('node')) return;
      expect(headers).toMatchObject({ 'cache-control': 'no-store', ratelimit: '"default";r=0' });
    });
  });

  it('lets a handler answer in the native way', async () => {
    const handler = (...native: unknown[]) => {
      const { statusCode, verdict } = native.at(-1) as { statusCode: number; verdict: { limit: number } };
      const [first, second] = native as [{ res: object }, object];
      const res = (host.name.startsWith('Koa') ? first.res : second) as import('node:http').ServerResponse;
      if (host.name.startsWith('Koa')) (first as { respond?: boolean }).respond = false;
      res.statusCode = statusCode;
      res.end(`limit ${verdict.limit}`);
    };
    await host.serve([createRateLimit<object, unknown[]>({ limit: 0, handler })], app, async (client) => {
      const { status, text, headers } = await client.get();
      expect([status, text, headers.ratelimit]).toEqual([429, 'limit 0', '"default";r=0']);
    });
  });

  it('gives units back by the status that the client got', async () => {
    const limit = createRateLimit<object>({ limit: 1, skipSuccessfulRequests: true });
    let status = 200;
    await host.serve(
      [limit],
      () => ({ status, body: 'x' }),
      async (client) => {
        for (let i = 0; i < 5; i++) expect((await client.get()).status).toBe(200);
        status = 401;
        expect((await client.get()).status).toBe(401);
        expect((await client.get()).status).toBe(429);
      },
    );
  });

  it('does not count what the server sends itself once more', async () => {
    const again = async ({ req }: { req: IncomingMessage }) => {
      if (isReplay(req)) return { body: 'refreshed' };
      const { status } = await replay(req);
      return { body: String(status) };
    };
    await host.serve([createRateLimit<object>({ limit: 1 })], again, async (client) => {
      expect((await client.get()).text).toBe('200');
      expect((await client.get()).status).toBe(429);
    });
  });

  it('answers a key that throws with a 500 and goes on serving', async () => {
    let broken = true;
    const key = () => {
      if (broken) throw new Error('bug');
      return 'k';
    };
    await host.serve([createRateLimit<object>({ key })], app, async (client) => {
      expect((await client.get()).status).toBe(500);
      broken = false;
      expect((await client.get()).status).toBe(200);
    });
  });

  it('answers while its store hangs', async () => {
    const hangs: RateLimitStore = { consume: () => new Promise(() => {}), adjust: () => {}, reset: () => {} };
    await host.serve(
      [createRateLimit<object>({ limit: 1, store: hangs, storeTimeoutMs: 5 })],
      app,
      async (client) => {
        expect([(await client.get()).status, (await client.get()).status]).toEqual([200, 429]);
      },
    );
  });

  it.each([
    ['a field of 15 kB', 'x'.repeat(15_000)],
    ['commas', ',,,,,'],
    ['garbage', '\t"<>, 999.999.999.999, ::::'],
  ])('counts a client that sends %s as X-Forwarded-For by its own address', async (_name, forwarded) => {
    await host.serve([createRateLimit<object>({ limit: 1 })], app, async (client) => {
      const headers = { 'x-forwarded-for': forwarded };
      expect([(await client.get('/', headers)).status, (await client.get()).status]).toEqual([200, 429]);
    });
  });
});

describe('the adapters', () => {
  it('mount in Express, per route too, and keep req typed', async () => {
    const server = express();
    server.get(
      '/search/:term',
      onExpress({ limit: 1, key: (req) => req.get('x-api-key') ?? 'none' }),
      (req, res) => {
        res.send(req.params.term);
      },
    );
    await serve(server, async (client) => {
      expect((await client.get('/search/a', { 'x-api-key': '1' })).text).toBe('a');
      expect((await client.get('/search/a', { 'x-api-key': '1' })).status).toBe(429);
      expect((await client.get('/search/a', { 'x-api-key': '2' })).status).toBe(200);
    });
  });

  it('in Express follow trust proxy', async () => {
    const server = express()
      .set('trust proxy', 1)
      .use(onExpress({ limit: 1 }))
      .use((_req, res) => void res.send('x'));
    await serve(server, async (client) => {
      const from = async (forwarded: string) =>
        (await client.get('/', { 'x-forwarded-for': forwarded })).status;
      expect(await from('203.0.113.7')).toBe(200);
      expect(await from('198.51.100.1, 203.0.113.7')).toBe(429);
      expect(await from('203.0.113.8')).toBe(200);
      expect(await from('203.0.113.7:5050')).toBe(429);
      expect(await from('unknown')).toBe(500);
    });
  });

  it('mount in Koa, and outer middleware sees the refusal', async () => {
    const server = new Koa();
    let seen: unknown;
    server.use(async (ctx, next) => {
      await next();
      seen = [ctx.status, typeof ctx.body];
    });
    server.use(onKoa({ limit: 0, key: (ctx) => ctx.ip }));
    await serve(server.callback(), async (client) => {
      expect((await client.get()).status).toBe(429);
    });
    expect(seen).toEqual([429, 'string']);
  });
});
