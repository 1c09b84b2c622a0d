import type { RequestListener } from 'node:http';
import { type Filter, type HttpRequest, OptionError, type TrustProxy, warning } from '@spillway/core';
import { toExpress } from '@spillway/core/express';
import { inFront, stack } from '@spillway/core/http';
import { toKoa } from '@spillway/core/koa';
import { eventsOf, serve } from '@spillway/core/testing';
import express from 'express';
import express4 from 'express4';
import Koa from 'koa';

const hello: RequestListener = (_req, res) => void res.end('hello');

/** What a filter in front sees of a request with these fields. */
async function seen(trustProxy: TrustProxy | undefined, headers: Record<string, string>) {
  let request: HttpRequest | undefined;
  const look: Filter = (asked) => {
    const { ip, protocol, host, method, originalUrl } = asked;
    request = { ip, protocol, host, method, originalUrl, headers: asked.headers };
    return undefined;
  };
  await serve(inFront(hello, [look], { trustProxy }), (client) =>
    client.get('/a?b=1', { host: 'own.test', ...headers }),
  );
  return request!;
}

const FORWARDED = { 'x-forwarded-for': '198.51.100.9, 203.0.113.7, 192.0.2.1' };

describe('in front', () => {
  it('a request has method, target, address, protocol and host of its own', async () => {
    expect(await seen(false, {})).toMatchObject({
      method: 'GET',
      originalUrl: '/a?b=1',
      ip: '127.0.0.1',
      protocol: 'http',
      host: 'own.test',
    });
  });

  it.each<[string, TrustProxy | undefined, string]>([
    ['nothing', undefined, '127.0.0.1'],
    ['false', false, '127.0.0.1'],
    ['true', true, '198.51.100.9'],
    ['no hop', 0, '127.0.0.1'],
    ['one hop', 1, '192.0.2.1'],
    ['two hops', 2, '203.0.113.7'],
    ['more hops than there are', 9, '198.51.100.9'],
    ['an address', '127.0.0.1', '192.0.2.1'],
    ['another address', '10.0.0.1', '127.0.0.1'],
    ['a name', 'loopback', '192.0.2.1'],
    ['a list in a string', 'loopback, 192.0.2.0/24', '203.0.113.7'],
    ['a list', ['loopback', '192.0.2.1', '203.0.113.0/24'], '198.51.100.9'],
    ['a function of the address', (address: string) => address === '127.0.0.1', '192.0.2.1'],
    ['a function of the hop', (_address: string, hop: number) => hop < 2, '203.0.113.7'],
  ])('trustProxy of %s finds the client as Express does', async (_name, trustProxy, ip) => {
    expect((await seen(trustProxy, FORWARDED)).ip).toBe(ip);
    if (trustProxy === undefined) return;
    let onExpress: string | undefined;
    const app = express().set('trust proxy', trustProxy);
    app.use((req, res) => {
      onExpress = req.ip;
      res.end();
    });
    await serve(app, (client) => client.get('/', FORWARDED));
    expect(onExpress).toBe(ip);
  });

  it.each([
    ['', '127.0.0.1'],
    ['unknown', 'unknown'],
    ['a b c', 'a b c'],
    [' , ,', '127.0.0.1'],
    ['203.0.113.7,', '203.0.113.7'],
    ['203.0.113.7, <script>', '<script>'],
    [`${'1.2.3.4,'.repeat(500)}203.0.113.7`, '203.0.113.7'],
  ])('a malformed X-Forwarded-For of %j is taken as it is, up to the trusted hop', async (value, ip) => {
    expect((await seen(1, { 'x-forwarded-for': value })).ip).toBe(ip);
  });

  it.each<[TrustProxy, string, string]>([
    [false, 'http', 'own.test'],
    ['10.0.0.1', 'http', 'own.test'],
    [1, 'https', 'outer.test'],
    ['loopback', 'https', 'outer.test'],
  ])(
    'with trustProxy %j protocol and host are those of a trusted neighbour',
    async (trustProxy, protocol, host) => {
      const headers = { 'x-forwarded-proto': 'https, http', 'x-forwarded-host': 'outer.test, inner.test' };
      expect(await seen(trustProxy, headers)).toMatchObject({ protocol, host });
    },
  );

  it.each([[-1], [1.5], ['nowhere'], [['10.0.0.0/99']], [{}], [null]])(
    'refuses a trustProxy of %j',
    (trustProxy) => {
      expect(() => inFront(hello, [], { trustProxy: trustProxy as never })).toThrow(OptionError);
      expect(() => inFront(hello, [], { trustProxy: trustProxy as never })).toThrow(/trustProxy must be/);
    },
  );

  it('refuses an option that it does not know', () => {
    expect(() => inFront(hello, [], { trustproxy: 1 } as never)).toThrow(/trustproxy is not an option/);
  });

  it('asks for trustProxy in production, and takes false for an answer', () => {
    const { NODE_ENV } = process.env;
    process.env.NODE_ENV = 'production';
    try {
      expect(() => inFront(hello, [])).toThrow(/inFront: trustProxy must be set in production/);
      expect(() => inFront(hello, [], { trustProxy: false })).not.toThrow();
    } finally {
      process.env.NODE_ENV = NODE_ENV;
    }
  });

  it('warns once of forwarded addresses where trustProxy is not set, never where it is', async () => {
    const twice = (listener: RequestListener) =>
      eventsOf(warning, () =>
        serve(listener, async (client) => {
          await client.get();
          await client.get('/', FORWARDED);
          await client.get('/', FORWARDED);
        }),
      );
    expect(await twice(inFront(hello, []))).toEqual([
      { code: 'X_FORWARDED_FOR_IGNORED', message: expect.stringContaining('trustProxy') },
    ]);
    expect(await twice(inFront(hello, [], { trustProxy: false }))).toEqual([]);
  });

  it('an error keeps its status, fields and message where it exposes them', async () => {
    const thrown = (error: unknown) =>
      serve(inFront(hello, [() => ({ error })], { trustProxy: false }), (client) => client.get());
    const refused = Object.assign(new Error('slow down'), {
      status: 429,
      expose: true,
      headers: { 'Retry-After': '5' },
    });
    expect(await thrown(refused)).toMatchObject({
      status: 429,
      text: 'slow down\n',
      headers: { 'retry-after': '5' },
    });
    expect(await thrown(Object.assign(new Error('secret'), { status: 503 }))).toMatchObject({
      status: 503,
      text: 'Service Unavailable\n',
    });
    for (const odd of [new Error('secret'), null, 'text', { status: 200 }, { status: '404' }]) {
      expect(await thrown(odd)).toMatchObject({ status: 500, text: 'Internal Server Error\n' });
    }
  });

  it('an error behind a head that has left cuts the response off', async () => {
    const failing = inFront(hello, [() => ({ error: new Error('late') })], { trustProxy: false });
    const begun: RequestListener = (req, res) => {
      res.write('begun');
      failing(req, res);
    };
    await serve(begun, (client) => expect(client.get()).rejects.toThrow());
  });

  it('an error with fields that cannot be sent is a plain 500', async () => {
    const error = Object.assign(new Error('no'), { status: 429, headers: { 'X-A': 'line\nbreak' } });
    await serve(inFront(hello, [() => ({ error })], { trustProxy: false }), async (client) => {
      expect((await client.get()).status).toBe(500);
    });
  });
});

describe.each<[string, (filter: Filter<never>, ip: (ip: string | undefined) => void) => RequestListener]>([
  [
    'Express 5',
    (filter, ip) =>
      express()
        .set('trust proxy', 1)
        .use(toExpress(filter))
        .use((req, res) => {
          ip(req.ip);
          res.type('text').send('app');
        }),
  ],
  [
    'Express 4',
    (filter, ip) =>
      express4()
        .set('trust proxy', 1)
        .use(toExpress(filter))
        .use((req, res) => {
          ip(req.ip);
          res.type('text').send('app');
        }),
  ],
  [
    'Koa',
    (filter, ip) => {
      const app = new Koa({ proxy: true }).use(toKoa(filter)).use((ctx) => {
        ip(ctx.ip);
        ctx.body = 'app';
      });
      return app.callback();
    },
  ],
])('in front of %s and inside it', (name, make) => {
  it('filters join in order, and each has the address by its own host', async () => {
    const order: string[] = [];
    const addresses: unknown[] = [];
    const filter =
      (place: string): Filter<never> =>
      (request) => {
        addresses.push(request.ip, request.originalUrl);
        return { onHead: () => void order.push(place) };
      };
    let handled: string | undefined;
    const app = make(filter('inside'), (ip) => {
      handled = ip;
    });
    await serve(inFront(app, [filter('in front') as Filter], { trustProxy: 1 }), async (client) => {
      const got = await client.get('/m?q=1', { 'x-forwarded-for': '198.51.100.9, 203.0.113.7' });
      expect(got.text).toBe('app');
    });
    // Koa's `proxy: true` takes the first address, which the client made up.
    const inside = name === 'Koa' ? '198.51.100.9' : '203.0.113.7';
    expect(order).toEqual(['inside', 'in front']);
    expect(addresses).toEqual(['203.0.113.7', '/m?q=1', inside, '/m?q=1']);
    expect(handled).toBe(inside);
  });
});

it('a stack on node:http answers by itself or goes on', async () => {
  const enter = stack([({ originalUrl }) => (originalUrl === '/no' ? { status: 403 } : undefined)]);
  await serve(
    (req, res) => enter(req, res, () => res.end('on')),
    async (client) => {
      expect([(await client.get('/no')).status, (await client.get('/')).text]).toEqual([403, 'on']);
    },
  );
});
