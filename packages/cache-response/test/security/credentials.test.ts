import { text as bodyOf } from 'node:stream/consumers';
import type { App, Handled } from '@spillway/core/testing';
import { hosts, overHttp1 } from '../hosts';
import { isHit, type Served, type Serving, statusOf, TEXT, turn, until } from '../support';
import {
  ALICE,
  attacked,
  BOB,
  cacheOn,
  hitsOf,
  inTurn,
  isInFront,
  NOBODY,
  personal,
  textsOf,
  userOf,
} from './support';

const inRouter = hosts.filter((host) => !isInFront(host));
const front = hosts.filter(isInFront);

const bearer = (user: string) => ({ authorization: `Bearer ${user}` });

const DOWN = { status: 503, headers: TEXT, body: 'down' };

const THREE = ['page of alice', 'page of bob', 'page of nobody'];

describe.each(hosts)('a request with Authorization on $name', (host) => {
  it.each([
    ['max-age=60', {}],
    ['', { ttlMs: 60_000 }],
    ['no-cache', {}],
    ['max-age=0', { staleWhileRevalidateMs: 60_000, staleIfErrorMs: 60_000 }],
  ] as [string, Serving][])('gets what is its own and leaves nothing, under %j', async (field, options) => {
    const app = personal(field === '' ? { ETag: '"1"' } : { 'Cache-Control': field, ETag: '"1"' });
    await attacked(
      host,
      app,
      async (served) => {
        expect(textsOf(await inTurn(served, [bearer('alice'), bearer('bob'), NOBODY]))).toEqual(THREE);
        const again = await inTurn(served, [NOBODY, bearer('alice'), bearer('bob')]);
        expect(textsOf(again)).toEqual(['page of nobody', 'page of alice', 'page of bob']);
      },
      options,
    );
  });

  it.each(['public, max-age=60', 's-maxage=60', 'max-age=60, must-revalidate'])(
    'shares what says %j, and in front what says public',
    async (field) => {
      await attacked(host, personal({ 'Cache-Control': field }), async (served) => {
        const got = await inTurn(served, [bearer('alice'), bearer('bob')]);
        const isShared = !isInFront(host) || field.startsWith('public');
        expect(hitsOf(got)).toEqual([false, isShared]);
      });
    },
  );
});

describe.each(hosts)('a request with Cookie on $name', (host) => {
  it.each([
    ['a route’s ttl', {}, { ttlMs: 60_000 }],
    ['a guess', { 'Last-Modified': new Date(Date.now() - 1e9).toUTCString() }, {}],
    ['a guess by the standard', { ETag: '"1"' }, { preset: 'rfc9111' }],
  ] as [string, Record<string, string>, Serving][])(
    'gets what is its own and leaves nothing, under %s',
    async (_what, fields, options) => {
      const app = personal(fields);
      await attacked(
        host,
        app,
        async (served) => {
          const got = await inTurn(served, [ALICE, BOB, NOBODY, ALICE]);
          expect(textsOf(got)).toEqual([...THREE, 'page of alice']);
          expect(statusOf(got[0]!)).toContain('detail=credentials');
        },
        options,
      );
    },
  );

  describe.each([
    ['max-age=0', { 'Cache-Control': 'max-age=0' }],
    ['a malformed max-age', { 'Cache-Control': 'max-age=x' }],
    ['no-cache', { 'Cache-Control': 'no-cache' }],
    ['an Expires long ago', { Expires: 'Thu, 19 Nov 1981 08:52:00 GMT' }],
    ['an Expires that is no date', { Expires: '-1', Pragma: 'no-cache' }],
  ])('has a page that is stale from the start, by %s', (_what, fields) => {
    const windows = { staleWhileRevalidateMs: 60_000, staleIfErrorMs: 60_000 };
    const noneOf = async (served: Served, requests: readonly Readonly<Record<string, string>>[]) => {
      for (const got of await inTurn(served, requests)) expect(got.text).not.toContain('alice');
    };

    it('and that no other gets who would take it stale', async () => {
      await attacked(host, personal(fields), async (served) => {
        await inTurn(served, [ALICE]);
        await noneOf(served, [{ 'cache-control': 'max-stale' }, { 'cache-control': 'max-stale=9', ...BOB }]);
      });
    });

    it('and that no other gets while it is refreshed', async () => {
      const run = async (served: Served) => {
        await inTurn(served, [ALICE]);
        await noneOf(served, [BOB, NOBODY]);
      };
      await attacked(host, personal(fields), run, windows);
    });

    it('and that no other gets in place of an error', async () => {
      let fails = false;
      const app: App = (handled) => (fails ? DOWN : personal(fields)(handled));
      const run = async (served: Served) => {
        await inTurn(served, [ALICE]);
        fails = true;
        await noneOf(served, [BOB, NOBODY, { 'cache-control': 'stale-if-error=9' }]);
      };
      await attacked(host, app, run, { staleIfErrorMs: 60_000 });
    });

    it('and that no other gets by a tag or a date that all users’ pages have', async () => {
      const validators = { ETag: '"template 1"', 'Last-Modified': 'Thu, 19 Nov 2020 08:52:00 GMT' };
      const app: App = (handled) => {
        const { 'if-none-match': tag, 'if-modified-since': since } = handled.req.headers;
        const isFresh = tag !== undefined || since !== undefined;
        return isFresh
          ? { status: 304, headers: validators }
          : personal({ ...validators, ...fields })(handled);
      };
      await attacked(host, app, async (served) => {
        await inTurn(served, [ALICE]);
        await noneOf(served, [BOB, NOBODY]);
      });
    });
  });

  it('that is empty is one as well', async () => {
    await attacked(
      host,
      personal({}),
      async (served) => {
        const [, second] = await inTurn(served, [{ cookie: '' }, NOBODY]);
        expect(isHit(second!)).toBe(false);
      },
      { ttlMs: 60_000 },
    );
  });
});

describe.each(hosts)('who is told apart by a key on $name', (host) => {
  // Express hands in its request and Koa its context; both have the fields of the request.
  const headersOf = (context: unknown) => (context as Handled['req']).headers;
  const byUser: Serving = {
    key: (context: unknown) => {
      const user = userOf({ req: { headers: headersOf(context) } as Handled['req'] });
      return user === 'nobody' ? undefined : user;
    },
    ttlMs: 60_000,
  };

  it('gets from the cache what is its own', async () => {
    await attacked(
      host,
      personal({}),
      async (served) => {
        const got = await inTurn(served, [ALICE, BOB, NOBODY, ALICE, BOB, NOBODY]);
        expect(textsOf(got)).toEqual([...THREE, ...THREE]);
        expect(hitsOf(got)).toEqual([false, false, false, true, true, true]);
      },
      byUser,
    );
  });

  it.each([null, undefined, ''])('by %p is told apart by nothing', async (nothing) => {
    await attacked(
      host,
      personal({}),
      async (served) => {
        expect(textsOf(await inTurn(served, [ALICE, BOB, NOBODY]))).toEqual(THREE);
      },
      { key: () => nothing as undefined, ttlMs: 60_000 },
    );
  });

  it.each([
    ['an object', (context: unknown) => ({ user: headersOf(context).cookie })],
    ['a promise', async (context: unknown) => headersOf(context).cookie],
    ['a list', (context: unknown) => [headersOf(context)]],
    ['a function', () => () => 'x'],
    ['no number', () => Number.NaN],
    ['a truth', () => true],
  ])('by %s shares nothing', async (_what, key) => {
    const run = async (served: Served) => {
      for (const [i, got] of (await inTurn(served, [ALICE, BOB, NOBODY])).entries())
        if (got.status !== 500) expect(got.text).toBe(THREE[i]);
    };
    await attacked(host, personal({}), run, { key: key as never, ttlMs: 60_000 });
  });

  it('gives no method what another one’s key looks like', async () => {
    const app = ({ req }: Handled) => ({ headers: TEXT, body: `to ${req.method}` });
    const key = (context: unknown) => String(headersOf(context)['x-key']);
    const run = async ({ client }: Served) => {
      await client.get('/', { 'x-key': 'POST a' });
      const got = await client.send({ method: 'POST', headers: { 'x-key': 'a' }, body: 'x' });
      expect(got.text).toBe('to POST');
    };
    await attacked(host, app, run, { key, methods: ['GET', 'POST'], ttlMs: 60_000 });
  });

  it('has each POST answered by the application that the key says nothing of', async () => {
    const app = async ({ req }: Handled) => ({ headers: TEXT, body: `to ${await bodyOf(req)}` });
    const run = async ({ client }: Served) => {
      for (const body of ['one', 'two'])
        expect((await client.send({ method: 'POST', body })).text).toBe(`to ${body}`);
    };
    await attacked(host, app, run, { key: () => undefined, methods: ['GET', 'POST'], ttlMs: 60_000 });
  });

  it('leaves no answer to POST to those whom the key doesn’t name', async () => {
    await attacked(
      host,
      personal({ 'Cache-Control': 'max-age=60', 'Content-Location': '/' }),
      async ({ client }) => {
        await client.send({ method: 'POST', headers: ALICE, body: 'x' });
        expect((await client.get('/')).text).toBe('page of nobody');
        expect((await client.get('/', BOB)).text).toBe('page of bob');
      },
      byUser,
    );
  });
});

describe.each(front)('$name, where nobody has authenticated anything', (host) => {
  it.each([
    ['max-age=60', {}],
    ['s-maxage=60', {}],
    ['max-age=60, must-revalidate', {}],
    ['no-cache', {}],
    ['', { ttlMs: 60_000 }],
  ] as [string, Serving][])(
    'no request with credentials is answered or stored, under %j',
    async (field, options) => {
      const credentials = [ALICE, bearer('alice'), { ...ALICE, ...bearer('alice') }];
      for (const own of credentials) {
        await attacked(
          host,
          personal(field === '' ? {} : { 'Cache-Control': field }),
          async (served) => {
            const got = await inTurn(served, [own, NOBODY, own, NOBODY]);
            expect(textsOf(got)).toEqual([
              'page of alice',
              'page of nobody',
              'page of alice',
              'page of nobody',
            ]);
            expect(isHit(got[2]!)).toBe(false);
          },
          options,
        );
      }
    },
  );

  it('a HEAD with credentials changes nothing of what is stored', async () => {
    const app = (handled: Handled) =>
      personal({ 'Cache-Control': 'max-age=60', 'X-User': userOf(handled) })(handled);
    await attacked(host, app, async ({ client }) => {
      await client.get('/');
      await client.send({ method: 'HEAD', headers: ALICE });
      const got = await client.get('/');
      expect([isHit(got), got.headers['x-user']]).toEqual([true, 'nobody']);
    });
  });
});

describe.each(hosts)('a refresh on $name', (host) => {
  const FIELDS = { 'Cache-Control': 'public, max-age=10, stale-while-revalidate=600' };

  it.each([ALICE, bearer('alice'), { ...ALICE, ...bearer('alice') }])(
    'that a user sets off asks for nobody’s page (%j)',
    async (own) => {
      await attacked(host, personal(FIELDS), async ({ client, clock, asked }) => {
        await client.get('/');
        clock.advance(20_000);
        await client.get('/', own);
        await until(() => asked.length === 2);
        expect(asked[1]).not.toHaveProperty('cookie');
        expect(asked[1]).not.toHaveProperty('authorization');
        await turn();
        const got = await client.get('/');
        expect(got.text).toBe('page of nobody');
      });
    },
  );

  it('asks for the whole page, whatever its client would have of it', async () => {
    await attacked(host, personal(FIELDS), async ({ client, clock, asked }) => {
      await client.get('/');
      clock.advance(20_000);
      const conditions = { 'if-range': '"x"', 'if-none-match': '"x"', 'cache-control': 'stale-if-error=1' };
      await client.get('/', { range: 'bytes=0-1', ...conditions });
      await until(() => asked.length > 1);
      for (const name of ['range', 'if-range', 'if-none-match', 'cache-control'])
        expect(asked[1]).not.toHaveProperty(name);
    });
  });

  it('of one cache sets off none of another that it passes, nor of itself', async () => {
    const inner = cacheOn(host, {});
    await attacked(
      host,
      personal({ ...FIELDS, 'Cache-Control': 'public, max-age=0, stale-while-revalidate=600' }),
      async ({ client, asked }) => {
        for (let i = 0; i < 3; i++) await client.get('/');
        await until(() => asked.length >= 2);
        const before = asked.length;
        for (let i = 0; i < 20; i++) await turn();
        expect(asked.length).toBe(before);
      },
      { inner: [inner] },
    );
  });
});

describe.each(hosts)('a stale page on $name', (host) => {
  it.each([
    [ALICE, NOBODY],
    [ALICE, BOB],
    [bearer('alice'), bearer('bob')],
  ])('of one user is sent to no other instead of an error (%j, %j)', async (own, other) => {
    let fails = false;
    const app: App = (handled) => (fails ? DOWN : personal({})(handled));
    await attacked(
      host,
      app,
      async (served) => {
        await inTurn(served, [own]);
        served.clock.advance(61_000);
        fails = true;
        expect(textsOf(await inTurn(served, [other, own]))).toEqual(['down', 'down']);
      },
      { ttlMs: 60_000, staleIfErrorMs: 600_000 },
    );
  });

  it('of nobody is sent to no user where a route’s ttl made it fresh', async () => {
    let fails = false;
    const app: App = (handled) => (fails ? DOWN : personal({})(handled));
    await attacked(
      host,
      app,
      async (served) => {
        await inTurn(served, [NOBODY]);
        served.clock.advance(61_000);
        fails = true;
        expect(textsOf(await inTurn(served, [ALICE, NOBODY]))).toEqual(['down', 'page of nobody']);
      },
      { ttlMs: 60_000, staleIfErrorMs: 600_000 },
    );
  });
});

describe.each(inRouter)('what a client asks of the cache on $name', (host) => {
  it('does not tell whether something private is stored', async () => {
    const byCookie: Serving = {
      key: (context: unknown) => (context as Handled['req']).headers.cookie,
      ttlMs: 60_000,
    };
    await attacked(
      host,
      personal({}),
      async (served) => {
        const only = { 'cache-control': 'only-if-cached' };
        const before = await inTurn(served, [only, { ...BOB, ...only }]);
        await inTurn(served, [ALICE]);
        const after = await inTurn(served, [only, { ...BOB, ...only }]);
        expect([...before, ...after].map(({ status }) => status)).toEqual([504, 504, 504, 504]);
        expect((await inTurn(served, [{ ...ALICE, ...only }]))[0]!.text).toBe('page of alice');
      },
      byCookie,
    );
  });
});

describe.each(overHttp1)('a user of the wrong case on $name', (host) => {
  it('has credentials, too', async () => {
    await attacked(
      host,
      personal({}),
      async (served) => {
        const got = await inTurn(served, [
          { COOKIE: 'session=alice' },
          { AUTHORIZATION: 'Bearer bob' },
          NOBODY,
        ]);
        expect(textsOf(got)).toEqual(THREE);
      },
      { ttlMs: 60_000 },
    );
  });
});
