import type { App, Item } from '@spillway/core/testing';
import { hosts, overHttp1 } from '../hosts';
import { isHit, type Serving, statusOf, TEXT } from '../support';
import { attacked, beforeHead, hitsOf, inTurn, textsOf } from './support';

/** An application that reads a field of the request, and says so. */
const reading =
  (name: string, vary: string | string[] = name): App =>
  ({ req }) => ({
    headers: { ...TEXT, 'Cache-Control': 'public, max-age=60', Vary: vary },
    body: `for ${req.headers[name.toLowerCase()]}`,
  });

describe.each(hosts)('Vary on $name', (host) => {
  it.each([
    ['X-Tenant', 'a', 'b'],
    ['X-Tenant', '', 'a'],
    ['X-Tenant', 'a', 'A'],
    ['X-Tenant', 'a, b', 'b, a'],
    ['X-Tenant', '"a, b"', '"a,b"'],
    ['X-Tenant', '"a;b"', '"a; b"'],
    ['X-Tenant', '"a , b"', '"a, b"'],
    ['Cookie', 'a=1; b=2', 'b=2; a=1'],
    ['Cookie', 'a="1, 2"', 'a="1,2"'],
    ['Authorization', 'Digest username="a, b"', 'Digest username="a,b"'],
    ['Accept', 'text/html', 'text/plain'],
    ['Accept-Language', 'de', 'en'],
    ['Accept-Language', 'de;q=0.5, en;q=0.4', 'de;q=0.4, en;q=0.5'],
    ['Origin', 'https://a.test', 'https://b.test'],
  ])('by %s tells %j from %j, and from nothing', async (name, ...values) => {
    await attacked(host, reading(name), async (served) => {
      const requests = [...values.map((value) => ({ [name.toLowerCase()]: value })), {}];
      const own = [...values.map((value) => `for ${value}`), 'for undefined'];
      const got = [...(await inTurn(served, requests)), ...(await inTurn(served, requests))];
      expect(textsOf(got)).toEqual([...own, ...own]);
      expect(hitsOf(got.slice(3))).toEqual([true, true, true]);
    });
  });

  it.each(['*', 'Accept, *', ',*,', ' * '])('of %j is never answered from the cache', async (vary) => {
    await attacked(host, reading('x-tenant', vary), async (served) => {
      expect(hitsOf(await inTurn(served, [{}, {}]))).toEqual([false, false]);
    });
  });

  it.each([
    ['X-Tenant;q=1'],
    ['X-Tenant Accept'],
    ['"X-Tenant"'],
    ['X-Tenant:'],
    ['"*"'],
    ['Accept=X-Tenant'],
    ['X-Tenant, X Tenant'],
    ['*;q=1'],
  ])('that is malformed fails closed: %j', async (vary) => {
    await attacked(host, reading('x-tenant', vary), async (served) => {
      const tenants = [{ 'x-tenant': 'a' }, { 'x-tenant': 'b' }, {}];
      expect(textsOf(await inTurn(served, tenants))).toEqual(['for a', 'for b', 'for undefined']);
    });
  });

  it.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString', 'X-Tenant, __proto__, constructor'])(
    'may name %s, which no request has',
    async (vary) => {
      await attacked(host, reading('x-tenant', vary), async (served) => {
        for (const got of await inTurn(served, [{}, {}]))
          expect([got.status, got.text]).toEqual([200, 'for undefined']);
      });
    },
  );

  it('of a thousand names is not stored', async () => {
    const vary = Array.from({ length: 1_000 }, (_, i) => `x-${i}`).join(', ');
    await attacked(host, reading('x-1', vary), async (served) => {
      const got = await inTurn(served, [{}, {}]);
      expect(hitsOf(got)).toEqual([false, false]);
      expect(statusOf(got[0]!)).toContain('detail=vary');
    });
  });

  it('in several fields counts as one', async () => {
    await attacked(host, reading('x-tenant', ['Accept', 'X-Tenant']), async (served) => {
      expect(textsOf(await inTurn(served, [{ 'x-tenant': 'a' }, { 'x-tenant': 'b' }]))).toEqual([
        'for a',
        'for b',
      ]);
    });
  });

  it('keeps so many variants of a URL and no more', async () => {
    await attacked(host, reading('x-tenant'), async ({ client, asked }) => {
      const tenants = Array.from({ length: 200 }, (_, i) => ({ 'x-tenant': `${i}` }));
      for (const tenant of tenants) await client.get('/', tenant);
      expect(asked).toHaveLength(200);
      let hits = 0;
      // The newest first, as each that is missed drops the oldest.
      for (const tenant of tenants.reverse()) hits += Number(isHit(await client.get('/', tenant)));
      expect(hits).toBe(32);
    });
  });
});

describe.each(overHttp1)('what the application does to the fields of a request on $name', (host) => {
  const tenant: Item = {
    connect(req, _res, next) {
      // As middleware does that has authenticated somebody, and lets nobody else say so.
      req.headers['x-tenant'] = req.headers['x-token'] === 'of alice' ? 'alice' : 'nobody';
      next();
    },
  };

  it('tells nobody who says so himself what it is about', async () => {
    await attacked(
      host,
      reading('x-tenant'),
      async (served) => {
        const got = await inTurn(served, [{ 'x-token': 'of alice' }, { 'x-tenant': 'alice' }, {}]);
        expect(textsOf(got)).toEqual(['for alice', 'for nobody', 'for nobody']);
      },
      { inner: [tenant] } as Serving,
    );
  });
});

describe.each(overHttp1)('a name that objects have on $name', (host) => {
  it.each(['__proto__', 'constructor'])('as a field of a response harms nothing: %s', async (name) => {
    const app: App = ({ res }) => {
      res.statusCode = 200;
      res.setHeader('Cache-Control', 'public, max-age=60');
      res.setHeader('X-Before', '1');
      res.setHeader(name, ['a', 'b']);
      res.setHeader('X-After', ['2', '3']);
      res.end('page');
    };
    await attacked(host, app, async (served) => {
      const got = await inTurn(served, [{}, {}, { [name]: 'x' }]);
      for (const { status, text, headers, rawHeaders } of got) {
        expect([status, text]).toEqual([200, 'page']);
        expect(headers).toMatchObject({ 'x-before': '1', 'x-after': '2, 3' });
        expect(rawHeaders.filter((_name, i) => i % 2 === 0)).not.toContain('0');
      }
      expect(hitsOf(got)).toEqual([false, true, true]);
      expect(Object.keys(Object.prototype)).toEqual([]);
    });
  });

  it.each(['/__proto__', '/constructor', '/?__proto__', '/?__proto__[x]=1'])(
    'as a path is one as any other: %s',
    async (path) => {
      await attacked(
        host,
        reading('x-tenant'),
        async (served) => {
          expect(hitsOf(await inTurn(served, [{}, {}], path))).toEqual([false, true]);
          await served.cache.purge({ tags: ['__proto__'] });
          expect(hitsOf(await inTurn(served, [{}, {}], path))).toEqual([false, true]);
          await served.cache.purge({ urls: [path] });
          expect(hitsOf(await inTurn(served, [{}], path))).toEqual([false]);
        },
        { tags: () => ['__proto__', 'constructor'], key: () => '__proto__' },
      );
    },
  );
});

describe.each(overHttp1)('what others add to the fields of a response on $name', (host) => {
  /** As middleware does that adds to what is sent. */
  const adding = beforeHead((req, res) => {
    const { 'x-user': user } = req.headers;
    if (user !== undefined) res.appendHeader('X-List', `of ${user as string}`);
  });

  it('outside of the cache, for one, nobody else gets', async () => {
    const app: App = ({ res }) => {
      res.statusCode = 200;
      res.setHeader('Cache-Control', 'public, max-age=60');
      res.setHeader('X-List', ['a', 'b']);
      res.end('page');
    };
    await attacked(
      host,
      app,
      async (served) => {
        const users = ['alice', 'bob', 'carol'].map((user) => ({ 'x-user': user }));
        const got = await inTurn(served, [...users, {}]);
        expect(got.map(({ headers }) => headers['x-list'])).toEqual([
          'a, b, of alice',
          'a, b, of bob',
          'a, b, of carol',
          'a, b',
        ]);
        expect(hitsOf(got)).toEqual([false, true, true, true]);
      },
      { outer: [adding] },
    );
  });
});
