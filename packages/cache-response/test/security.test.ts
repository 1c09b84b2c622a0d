import { ServerResponse } from 'node:http';
import { ResponseCache } from '@spillway/cache-response';
import { type App, defineHost, type Got, type Handled, nodeHost } from '@spillway/core/testing';
import { createPurgeRoute } from '../dist/purge-route';
import { hosts, overHttp1 } from './hosts';
import {
  attacked,
  beforeHead,
  hitsOf,
  hostField,
  inTurn,
  isInFront,
  personal,
  textsOf,
} from './security/support';
import { deferred, isHit, many, type Serving, statusOf, TEXT, until } from './support';

// Each of these has been seen in a cache that people use. What else there is to try stands in test/security, topic by topic.

const FRESH = { ...TEXT, 'Cache-Control': 'max-age=60' };
const TTL: Serving = { ttlMs: 60_000 };

const bearer = (user: string) => ({ authorization: `Bearer ${user}` });

/** Answers that tell one from another. */
function numbered(headers: Record<string, string | string[]>, status = 200): App {
  let count = 0;
  return () => ({ status, headers: { ...TEXT, ...headers }, body: `answer ${++count}` });
}

/** Nobody gets what another one got. */
const expectAllTheirOwn = (got: readonly Got[]) => expect(new Set(textsOf(got)).size).toBe(got.length);

describe.each(hosts)('on $name', (host) => {
  describe('Authorization', () => {
    it.each([{}, TTL])('gets no other user’s response, with the options %j', async (options) => {
      const app = personal(options === TTL ? {} : { 'Cache-Control': 'max-age=60' });
      const run: Parameters<typeof attacked>[2] = async (served) => {
        const got = await inTurn(served, [bearer('alice'), bearer('bob'), {}, bearer('alice')]);
        expect(textsOf(got)).toEqual(['alice', 'bob', 'nobody', 'alice'].map((user) => `page of ${user}`));
      };
      await attacked(host, app, run, options);
    });
  });

  describe('Set-Cookie', () => {
    let sessions = 0;
    const cookie = () => `session=${++sessions}`;
    const write =
      (use: (res: Handled['res']) => void): App =>
      ({ res }) => {
        res.statusCode = 200;
        for (const [name, value] of Object.entries(FRESH)) res.setHeader(name, value);
        use(res);
        res.end('page');
      };
    const ways: Readonly<Record<string, App>> = {
      'in one field': () => ({ headers: { ...FRESH, 'Set-Cookie': cookie() }, body: 'page' }),
      'in several': () => ({ headers: { ...FRESH, 'Set-Cookie': [cookie(), cookie()] }, body: 'page' }),
      'in capitals': write((res) => void res.setHeader('SET-COOKIE', cookie())),
      'with the head': write((res) => void res.writeHead(200, { 'set-cookie': cookie() })),
      'with a list for a head': write((res) => {
        // HTTP/2 takes none.
        if (res instanceof ServerResponse)
          res.writeHead(200, ['Set-Cookie', cookie(), 'Set-Cookie', cookie()]);
        else (res as Handled['res']).setHeader('Set-Cookie', cookie());
      }),
      'in a stream': write((res) => {
        res.setHeader('Set-Cookie', cookie());
        res.write('a ');
      }),
      'for all': () => ({
        headers: { ...TEXT, 'Cache-Control': 'public, s-maxage=60, immutable', 'Set-Cookie': cookie() },
        body: 'page',
      }),
      'as a field that is not to be kept': () => ({
        headers: { ...TEXT, 'Cache-Control': 'max-age=60, no-cache="set-cookie"', 'Set-Cookie': cookie() },
        body: 'page',
      }),
      'as a private field': () => ({
        headers: { ...TEXT, 'Cache-Control': 'max-age=60, private="Set-Cookie"', 'Set-Cookie': cookie() },
        body: 'page',
      }),
      'under a ttl': () => ({ headers: { ...TEXT, 'Set-Cookie': cookie() }, body: 'page' }),
      'to caches such as this one': () => ({
        headers: { ...TEXT, 'CDN-Cache-Control': 'max-age=60', 'Set-Cookie': cookie() },
        body: 'page',
      }),
    };

    it.each(Object.keys(ways))('%s is neither stored nor replayed', async (way) => {
      await attacked(
        host,
        ways[way]!,
        async (served) => {
          const got = await inTurn(served, [{}, {}, { cookie: 'session=1' }]);
          const cookies = got.map(({ headers }) => headers['set-cookie']);
          expect(cookies.every((each) => each !== undefined)).toBe(true);
          expect(new Set(cookies.flat()).size).toBe(cookies.flat().length);
          expect(hitsOf(got)).toEqual([false, false, false]);
        },
        TTL,
      );
    });

    it.each(Object.keys(ways))('%s is nobody’s who waits', async (way) => {
      const gate = deferred();
      const app: App = async (handled) => {
        await gate.promise;
        return ways[way]!(handled);
      };
      await attacked(
        host,
        app,
        async ({ client, cache }) => {
          const answers = many(client, 50);
          await until(() => cache.flights.waiting === 49);
          gate.resolve();
          const cookies = (await answers).map(({ headers }) => headers['set-cookie']);
          expect(cookies.every((each) => each !== undefined)).toBe(true);
          expect(new Set(cookies.flat()).size).toBe(cookies.flat().length);
        },
        TTL,
      );
    });

    it.each([
      { 'Cache-Control': 'max-age=60, no-cache="set-cookie"' },
      { 'Cache-Control': 'max-age=60, private="x, Set-Cookie"' },
    ])('is left out by the standard, too, where it says so: %j', async (fields) => {
      const app: App = () => ({ headers: { ...TEXT, ...fields, 'Set-Cookie': cookie() }, body: 'page' });
      const run: Parameters<typeof attacked>[2] = async (served) => {
        const got = await inTurn(served, [{}, {}]);
        expect(hitsOf(got)).toEqual([false, true]);
        expect(got[1]!.headers).not.toHaveProperty('set-cookie');
      };
      await attacked(host, app, run, { preset: 'rfc9111' });
    });

    it('of a 304 is its client’s own', async () => {
      const app: App = ({ req }) => {
        const headers = { ...FRESH, ETag: '"1"' };
        if (req.headers['if-none-match'] === undefined) return { headers, body: 'page' };
        return { status: 304, headers: { ...headers, 'Set-Cookie': cookie() } };
      };
      await attacked(host, app, async (served) => {
        const got = await inTurn(served, [{}]);
        for (let i = 0; i < 3; i++) {
          served.clock.advance(61_000);
          got.push(...(await inTurn(served, [{}, {}])));
        }
        const cookies = got.flatMap(({ headers }) => headers['set-cookie'] ?? []);
        expect(new Set(cookies).size).toBe(cookies.length);
        for (const each of got.filter(isHit)) expect(each.headers).not.toHaveProperty('set-cookie');
      });
    });
  });

  describe('private', () => {
    it.each(['private', 'private, no-store', 'private, max-age=60', 'no-store', 'private=', 'private=""'])(
      'is neither stored nor rewritten: %j',
      async (field) => {
        await attacked(
          host,
          numbered({ 'Cache-Control': field }),
          async (served) => {
            const got = await inTurn(served, [{}, {}, {}]);
            expectAllTheirOwn(got);
            for (const { headers } of got) {
              expect(headers['cache-control']).toBe(field);
              expect(headers).not.toHaveProperty('age');
            }
          },
          { ...TTL, browserTtlMs: undefined },
        );
      },
    );

    it('is not made public by what clients are to be told', async () => {
      await attacked(
        host,
        numbered({ 'Cache-Control': 'private, no-store' }),
        async (served) => {
          const got = await inTurn(served, [{}, {}]);
          expectAllTheirOwn(got);
          for (const { headers } of got) {
            expect(headers['cache-control']).toBe('private, no-store');
            expect(headers).not.toHaveProperty('cdn-cache-control');
          }
        },
        { ...TTL, browserTtlMs: 60_000, edgeTtlMs: 60_000 },
      );
    });
  });

  describe('Vary', () => {
    it('is heeded, and so is the option', async () => {
      const app: App = ({ req }) => ({
        headers: { ...TEXT, Vary: 'Accept' },
        body: `${req.headers.accept} of ${req.headers['x-tenant']}`,
      });
      const requests = ['a', 'b'].flatMap((accept) =>
        ['c', 'd'].map((tenant) => ({ accept, 'x-tenant': tenant })),
      );
      await attacked(
        host,
        app,
        async (served) => {
          const got = [...(await inTurn(served, requests)), ...(await inTurn(served, requests))];
          const own = ['a of c', 'a of d', 'b of c', 'b of d'];
          expect(textsOf(got)).toEqual([...own, ...own]);
          expect(hitsOf(got).slice(4)).toEqual([true, true, true, true]);
        },
        { ...TTL, vary: ['X-Tenant'] },
      );
    });
  });

  describe('Host', () => {
    it('tells pages apart', async () => {
      const app: App = ({ req }) => ({
        headers: TEXT,
        body: `page of ${req.headers.host ?? req.headers[':authority']}`,
      });
      await attacked(
        host,
        app,
        async (served) => {
          const names = ['a.test', 'b.test', 'a.test:81', 'a.test', 'b.test', 'a.test:81'];
          const got = await inTurn(
            served,
            names.map((name) => hostField(host, name)),
          );
          expect(textsOf(got)).toEqual(names.map((name) => `page of ${name}`));
          expect(hitsOf(got)).toEqual([false, false, false, true, true, true]);
        },
        TTL,
      );
    });
  });

  describe('X-Forwarded-*', () => {
    it.each(['x-forwarded-host', 'x-forwarded-proto', 'x-forwarded-for', 'forwarded', 'x-original-url'])(
      'fills no other’s page where no proxy is trusted: %s',
      async (name) => {
        const app: App = ({ req }) => ({
          headers: FRESH,
          body: `page of ${req.headers.host ?? req.headers[':authority']}`,
        });
        await attacked(host, app, async (served) => {
          const evil = {
            ...hostField(host, 'evil.test'),
            [name]: name.includes('proto') ? 'https' : 'a.test',
          };
          const got = await inTurn(served, [evil, hostField(host, 'a.test'), evil]);
          expect(textsOf(got)).toEqual(['page of evil.test', 'page of a.test', 'page of evil.test']);
        });
      },
    );
  });

  describe('POST', () => {
    const app: App = ({ req }) => ({
      status: req.headers['x-refuse'] === undefined ? 200 : 403,
      headers: TEXT,
      body: `answer to ${req.method}`,
    });

    it('neither gets what GET has left nor leaves anything to it', async () => {
      await attacked(
        host,
        app,
        async ({ client }) => {
          for (let i = 0; i < 2; i++) {
            expect((await client.send({ method: 'POST', body: 'x' })).text).toBe('answer to POST');
            expect((await client.get('/')).text).toBe('answer to GET');
          }
        },
        TTL,
      );
    });

    it('that the application refuses makes nothing out of date', async () => {
      await attacked(
        host,
        app,
        async ({ client }) => {
          await client.get('/');
          await client.send({ method: 'POST', headers: { 'x-refuse': '1' }, body: 'x' });
          expect(isHit(await client.get('/'))).toBe(true);
        },
        TTL,
      );
    });
  });

  describe('a field of a request', () => {
    it.each([{}, { ...TTL, vary: ['X-Secret'] }, { staleWhileRevalidateMs: 60_000 }])(
      'comes back in no response, to whomever, with the options %j',
      async (options) => {
        const secrets = {
          cookie: 'session=secret',
          authorization: 'Bearer secret',
          'x-secret': 'secret',
          'set-cookie': 'secret=1',
          location: '/secret',
        };
        const run: Parameters<typeof attacked>[2] = async (served) => {
          const got = await inTurn(served, [secrets, { 'x-secret': 'secret' }, {}, secrets]);
          served.clock.advance(61_000);
          got.push(...(await inTurn(served, [{ 'x-secret': 'secret', 'if-none-match': '"secret"' }, {}])));
          for (const { headers } of got)
            expect(JSON.stringify({ ...headers, vary: undefined })).not.toContain('secret');
        };
        await attacked(host, { headers: { ...FRESH, ETag: '"1"' }, body: 'page' }, run, options);
      },
    );
  });

  describe('purging', () => {
    it.each(['PURGE', 'BAN', 'DELETE', 'POST', 'XPURGE'])('is off by default: %s', async (method) => {
      const app: App = ({ req }) => ({
        status: req.method === 'GET' ? 200 : 405,
        headers: FRESH,
        body: 'page',
      });
      await attacked(host, app, async ({ client }) => {
        await client.get('/');
        const headers = { 'cache-tag': '*', 'surrogate-key': '*', 'soft-purge': '1' };
        await client.send({ method, headers }).catch(() => {});
        await client.get('/', { 'x-purge': '1', 'x-http-method-override': 'PURGE' });
        expect(isHit(await client.get('/'))).toBe(true);
      });
    });

    it.each([false, undefined, null, 1, 'yes', {}, Promise.resolve('yes'), Promise.resolve()])(
      'is for nobody to whom %p is said',
      async (answer) => {
        const cache = new ResponseCache();
        const route = createPurgeRoute<never>({ cache, authorize: () => answer as boolean });
        await attacked(
          host,
          { headers: FRESH, body: 'page' },
          async ({ client }) => {
            await client.get('/');
            expect((await client.send({ method: 'PURGE' })).status).toBe(403);
            expect((await client.send({ method: 'PURGE', headers: { 'cache-tag': 'a' } })).status).toBe(403);
            expect(isHit(await client.get('/'))).toBe(true);
          },
          { cache, outer: [route], tags: () => ['a'] },
        );
      },
    );
  });

  describe('5xx', () => {
    it.each([500, 502, 503, 504, 505, 511, 599])('is not stored under a ttl: %i', async (status) => {
      await attacked(
        host,
        numbered({}, status),
        async (served) => expectAllTheirOwn(await inTurn(served, [{}, {}, {}])),
        TTL,
      );
    });

    it.each(['public, max-age=3600', 's-maxage=3600', 'max-age=3600, immutable'])(
      'is over in a minute where the application has failed after it had said %j',
      async (field) => {
        let fails = true;
        const app: App = ({ res }) => {
          // Express, and whoever answers by node, keep it when they answer for the application.
          res.setHeader('Cache-Control', field);
          if (fails) throw new Error('failed');
          return { headers: TEXT, body: 'page' };
        };
        await attacked(host, app, async ({ client, clock }) => {
          expect((await client.get('/')).status).toBe(500);
          fails = false;
          clock.advance(60_001);
          expect((await client.get('/')).text).toBe('page');
        });
      },
    );

    it.each([500, 503])('takes no good page’s place: %i', async (status) => {
      let fails = false;
      const app: App = () =>
        fails
          ? { status, headers: TEXT, body: 'down' }
          : { headers: { ...FRESH, ETag: '"1"' }, body: 'page' };
      await attacked(
        host,
        app,
        async ({ client, clock }) => {
          await client.get('/');
          clock.advance(61_000);
          fails = true;
          expect((await client.get('/')).text).toBe('down');
          fails = false;
          expect((await client.get('/')).text).toBe('page');
        },
        TTL,
      );
    });
  });

  describe('cache deception by extension', () => {
    const html: App = () => ({
      headers: { 'Content-Type': 'text/html; charset=utf-8', 'Cache-Control': 'public, max-age=60' },
      body: '<p>account of alice</p>',
    });
    const isKept = async (path: string, app: App, options: Serving = {}): Promise<boolean> => {
      let kept: boolean[] = [];
      await attacked(
        host,
        app,
        async (served) => {
          kept = hitsOf(await inTurn(served, [{}, {}], path));
        },
        options,
      );
      return kept[1]!;
    };

    it.each([
      '/account/nobody.css',
      '/account/x.js',
      '/account/x.png',
      '/account/x.json',
      '/account/x.txt',
      '/account/x.CSS',
      '/account/x%2ecss',
      '/account/x%2Ecss',
      '/account;x.css',
      '/account%2fx.css',
      '/account%3bx.css',
      '/account%00x.css',
      '/account%0ax.css',
      '/account%23x.css',
      '/account%3fx.css',
      '/account.css',
      '/.css',
      '/account/.x.css',
      '/account/x.html.css',
      '/account/x.css?a=b.html',
      '/account/x.css?/y',
    ])('is not stored: a document at %s', async (path) => {
      expect(await isKept(path, html, TTL)).toBe(false);
    });

    it.each([
      '/account/x.css%00',
      '/account/x.css%00.html',
      '/account/x.css;v=1',
      '/account/x.css%3bv=1',
      '/account/x.css%3fv=1',
      '/account/x.css%23',
      '/account/x.css%20',
      '/account/x.c%73s',
      '/account/x.%63%73%73',
      '/account/x%252ecss',
    ])('is not stored that somebody else may take for a style sheet: %s', async (path) => {
      expect(await isKept(path, html, TTL)).toBe(false);
    });

    it.each([
      ['/account/x.css', 'application/json'],
      ['/account/x.css', 'application/problem+json'],
      ['/account/x.js', 'TEXT/HTML'],
      ['/account/x.js', 'text/html;x.js'],
      ['/account/x.png', 'application/xhtml+xml'],
      ['/account/x.ico', 'text/plain'],
      ['/account/x.css', ' text/html'],
      ['/account/x.css', 'text/html, text/css'],
    ])('is not stored: at %s what is of type %j', async (path, type) => {
      const app: App = ({ res }) => {
        res.statusCode = 200;
        res.setHeader('Content-Type', type);
        res.setHeader('Cache-Control', 'public, max-age=60');
        res.end('account of alice');
      };
      expect(await isKept(path, app)).toBe(false);
    });

    it.each(['/style.css', '/a', '/a.html', '/', '/a.b/c', '/v1.2'])('is none at %s', async (path) => {
      const type = path.endsWith('.css') ? 'text/css' : 'text/html';
      const app: App = () => ({ headers: { ...FRESH, 'Content-Type': type }, body: 'x' });
      expect(await isKept(path, app)).toBe(true);
    });
  });

  describe('ETag', () => {
    it('of one URL, and of one host, makes no 304 of another', async () => {
      const app: App = ({ req }) => ({
        headers: { ...FRESH, ETag: `"of:${req.url}"` },
        body: `page of ${req.url}`,
      });
      await attacked(host, app, async ({ client }) => {
        const condition = { 'if-none-match': '"of:/a"' };
        await client.get('/a');
        for (let i = 0; i < 2; i++) {
          const got = await client.get('/b', condition);
          expect([got.status, got.text, isHit(got)]).toEqual([200, 'page of /b', i === 1]);
          expect((await client.get('/a', condition)).status).toBe(304);
        }
      });
    });
  });

  describe('malformed directives', () => {
    it.each([
      'private=',
      'private=","',
      'private="x',
      'private="x y"',
      'private=@',
      'private="x", private=',
      'no-store=x',
    ])('fail closed: %j', async (field) => {
      await attacked(
        host,
        numbered({ 'Cache-Control': `max-age=60, ${field}` }),
        async (served) => expectAllTheirOwn(await inTurn(served, [{}, {}])),
        TTL,
      );
    });
  });

  describe('header bombs', () => {
    it('of a request are no key of their own, and none is kept of a response', async () => {
      const bomb = 'x'.repeat(10_000);
      await attacked(host, { headers: FRESH, body: 'page' }, async (served) => {
        const got = await inTurn(served, [{}, { 'x-bomb': bomb }, { 'if-none-match': `"${bomb}"` }]);
        expect(hitsOf(got)).toEqual([false, true, true]);
      });
    });

    it.each([
      ['if-none-match', `${'"a",'.repeat(3_000)}"b"`],
      ['if-none-match', '"'.repeat(12_000)],
      ['accept-language', 'a;q=0.1,'.repeat(1_500)],
      ['cache-control', '\\"'.repeat(6_000)],
      ['range', `bytes=${'0-,'.repeat(4_000)}`],
      ['if-modified-since', ' '.repeat(12_000)],
    ])('in %s cost little time (%#)', async (name, value) => {
      const app: App = () => ({
        headers: { ...FRESH, ETag: '"b"', Vary: 'Accept-Language' },
        body: 'page',
      });
      await attacked(host, app, async (served) => {
        const started = performance.now();
        for (const { status } of await inTurn(served, [{ [name]: value }, { [name]: value }]))
          expect(status).toBeLessThan(500);
        expect(performance.now() - started).toBeLessThan(1_000);
      });
    });
  });

  describe('ten thousand hostile keys', () => {
    it('in one cache leave what was asked for last, and no more than it may hold', async () => {
      const cache = new ResponseCache({ maxBytes: 65_536 });
      await attacked(
        host,
        { headers: FRESH, body: 'page' },
        async ({ client }) => {
          const path = (i: number) => `/${'x'.repeat(1_000)}${i}`;
          const count = 200;
          for (let i = 0; i < count; i++) await client.get(path(i));
          const only = { 'cache-control': 'only-if-cached' };
          let kept = 0;
          for (let i = 0; i < count; i++) kept += Number(isHit(await client.get(path(i), only)));
          expect(kept).toBeGreaterThan(5);
          expect(kept).toBeLessThan(65);
        },
        { cache },
      );
    });
  });
});

/** As session middleware does: a cookie is set as the head is about to leave. */
const sessions = beforeHead((req, res) => {
  res.setHeader('Set-Cookie', `session=${req.headers['x-user'] as string}`);
});

describe.each(overHttp1)('a session on $name', (host) => {
  const users = ['alice', 'bob'].map((user) => ({ 'x-user': user }));
  const own = [['session=alice'], ['session=bob']];

  it.each([
    ['outside of the cache', 'outer', [false, true]],
    ['between it and the application', 'inner', [false, false]],
  ] as const)('%s sets each user’s cookie, and none is stored', async (_where, place, hits) => {
    await attacked(
      host,
      { headers: FRESH, body: 'page' },
      async (served) => {
        const got = await inTurn(served, users);
        expect(got.map(({ headers }) => headers['set-cookie'])).toEqual(own);
        expect(hitsOf(got)).toEqual(hits);
      },
      { [place]: [sessions] },
    );
  });
});

describe.each(overHttp1.filter(isInFront))('$name', (host) => {
  it.each(['max-age=60', 's-maxage=60', 'must-revalidate, max-age=60', ''])(
    'no request with Cookie or Authorization is answered or stored that is not public: %j',
    async (field) => {
      const app = personal(field === '' ? {} : { 'Cache-Control': field });
      await attacked(
        host,
        app,
        async (served) => {
          const own = [{ cookie: 'session=alice' }, bearer('alice')];
          const got = await inTurn(served, [...own, {}, ...own, {}]);
          const texts = ['alice', 'alice', 'nobody'].map((user) => `page of ${user}`);
          expect(textsOf(got)).toEqual([...texts, ...texts]);
          expect(hitsOf(got)).toEqual([false, false, false, false, false, true]);
          expect(statusOf(got[3]!)).toContain('detail=credentials');
        },
        TTL,
      );
    },
  );

  it('is it as well where nobody says so to the filter of /http', async () => {
    const { cacheResponse } = await import('@spillway/cache-response/http');
    const mounted = defineHost('node:http', (_items, app) =>
      nodeHost()([cacheResponse({ ttlMs: 60_000 }) as never], app),
    );
    await mounted.serve([], personal({ 'Cache-Control': 'max-age=60' }), async (client) => {
      expect((await client.get('/', { cookie: 'session=alice' })).text).toBe('page of alice');
      expect((await client.get('/')).text).toBe('page of nobody');
      expect((await client.get('/', { cookie: 'session=alice' })).text).toBe('page of alice');
    });
  });
});
