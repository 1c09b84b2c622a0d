import type { OutgoingHttpHeaders } from 'node:http';
import {
  type CacheResponseOptions,
  createCacheResponse,
  MemoryStore,
  ResponseCache,
  type ResponseInfo,
} from '@spillway/cache-response';
import { type Filter, OptionError } from '@spillway/core';
import type { Answer, ConnectMiddleware, Got, Handled } from '@spillway/core/testing';
import { hosts, overHttp1 } from './hosts';
import { behindCache, FRESH, isHit, type Serving, statusOf, streamOf, TEXT } from './support';

const BODY = 'hello';

/** Express's request, node's, and Koa's context have these. */
interface Context {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Options as the hosts of the table take them, with what all contexts have in common. */
const options = (of: Omit<CacheResponseOptions<Context>, 'cache'>): Serving => of as Serving;

const headerOf =
  (name: string) =>
  ({ headers }: Context) =>
    headers[name];

describe.each(hosts)('on $name', (host) => {
  it('a key tells responses apart, whatever else of a request is the same', async () => {
    const app = ({ req }: Handled) => ({ headers: FRESH, body: String(req.headers['x-tenant']) });
    await behindCache(
      host,
      app,
      async ({ client, asked }) => {
        for (const tenant of ['a', 'b', 'a', 'b'])
          expect((await client.get('/', { 'x-tenant': tenant })).text).toBe(tenant);
        expect(asked).toHaveLength(2);
        // Of none: shared by all who have none.
        for (let i = 0; i < 2; i++) await client.get();
        expect(asked).toHaveLength(3);
      },
      options({ key: headerOf('x-tenant') }),
    );
  });

  it('a key may tell whose a response is: then cookies and authorization keep nothing from it', async () => {
    const app = ({ req }: Handled) => ({ headers: TEXT, body: `for ${req.headers.cookie}` });
    await behindCache(
      host,
      app,
      async ({ client, asked }) => {
        for (const user of ['a', 'b', 'a', 'b']) {
          const got = await client.get('/', { cookie: user, authorization: `Bearer ${user}` });
          expect(got.text).toBe(`for ${user}`);
        }
        expect(asked).toHaveLength(2);
        expect((await client.get()).text).toBe('for undefined');
      },
      options({ key: headerOf('cookie'), ttlMs: 60_000 }),
    );
  });

  it('vary chooses by more fields than the response says, and tells clients', async () => {
    const app = ({ req }: Handled) => ({
      headers: { ...FRESH, Vary: 'Accept' },
      body: `${req.headers.accept} ${req.headers['x-plan']}`,
    });
    await behindCache(
      host,
      app,
      async ({ client, asked }) => {
        for (const plan of ['a', 'b', 'a', 'b']) {
          const got = await client.get('/', { accept: 'text/plain', 'x-plan': plan });
          expect([got.text, got.headers.vary]).toEqual([`text/plain ${plan}`, 'accept, x-plan']);
        }
        expect(asked).toHaveLength(2);
      },
      options({ vary: ['X-Plan'] }),
    );
  });

  it('a method with a body is stored where a key tells the body', async () => {
    const app = ({ req }: Handled) => ({ headers: FRESH, body: `${req.method} ${req.headers['x-query']}` });
    await behindCache(
      host,
      app,
      async ({ client, asked }) => {
        const post = (query: string) =>
          client.send({ method: 'POST', headers: { 'x-query': query }, body: query });
        for (const query of ['a', 'b', 'a', 'b']) expect((await post(query)).text).toBe(`POST ${query}`);
        expect(asked).toHaveLength(2);
        expect((await client.get('/', { 'x-query': 'a' })).text).toBe('GET a');
        expect((await post('a')).text).toBe('POST a');
        expect(asked).toHaveLength(3);
      },
      options({ methods: ['GET', 'POST'], key: headerOf('x-query') }),
    );
  });

  it('what is skipped has nothing to do with the cache', async () => {
    await behindCache(
      host,
      { headers: FRESH, body: BODY },
      async ({ client, asked }) => {
        await client.get();
        const skipped = await client.get('/', { 'x-skip': '1' });
        expect([skipped.text, skipped.headers['cache-status'], asked.length]).toEqual([BODY, undefined, 2]);
        await client.send({ method: 'POST', headers: { 'x-skip': '1' } });
        expect(isHit(await client.get())).toBe(true);
      },
      options({ skip: ({ headers }) => headers['x-skip'] !== undefined }),
    );
  });

  it.each([
    ['whole', 5, true],
    ['whole', 4, false],
    ['streamed', 5, true],
    ['streamed', 4, false],
  ])(
    'a %s body of 5 bytes is passed on, and stored where %i may be: %s',
    async (form, maxBodyBytes, stored) => {
      const app = () => ({
        headers: FRESH,
        ...(form === 'whole' ? { body: BODY } : { stream: streamOf('he', 'llo') }),
      });
      await behindCache(
        host,
        app,
        async ({ client, asked }) => {
          for (let i = 0; i < 2; i++) expect((await client.get()).text).toBe(BODY);
          expect(asked).toHaveLength(stored ? 1 : 2);
        },
        { maxBodyBytes },
      );
    },
  );

  it('edgeTtlMs is what CDNs are told, whatever the application tells them', async () => {
    const ofApp = { 'CDN-Cache-Control': 'max-age=60', 'Surrogate-Control': 'max-age=60' };
    await behindCache(
      host,
      { headers: { ...FRESH, ...ofApp }, body: BODY },
      async ({ client }) => {
        for (let i = 0; i < 2; i++)
          expect((await client.get()).headers['cdn-cache-control']).toBe('max-age=300');
      },
      { edgeTtlMs: 300_000 },
    );
  });

  it('browserTtlMs and edgeTtlMs are what clients are told, counted from when it is sent', async () => {
    const app = { headers: { ...TEXT, 'Cache-Control': 'public, max-age=600' }, body: BODY };
    await behindCache(
      host,
      app,
      async ({ client, clock }) => {
        const told = async () => {
          const { headers } = await client.get();
          return [headers.age, headers['cache-control'], headers['cdn-cache-control']];
        };
        expect(await told()).toEqual([undefined, 'public, max-age=10', 'max-age=300']);
        expect(await told()).toEqual(['0', 'public, max-age=10', 'max-age=300']);
        clock.advance(100_000);
        // What has an age has less of its lifetime left (RFC 9111, 4.2).
        expect(await told()).toEqual(['100', 'public, max-age=110', 'max-age=400']);
        clock.advance(1_000);
        expect(await told()).toEqual(['101', 'public, max-age=111', 'max-age=401']);
      },
      { browserTtlMs: 10_000, edgeTtlMs: 300_000 },
    );
  });
});

const [host] = overHttp1 as [(typeof hosts)[number]];

/** The second answer to the same request. */
async function second(
  answer: Answer | (() => Answer),
  of: Serving = {},
  headers = {},
  path = '/',
): Promise<Got> {
  let got: Got | undefined;
  await behindCache(
    host,
    answer,
    async ({ client }) => {
      await client.get(path, headers);
      got = await client.get(path, headers);
    },
    of,
  );
  return got!;
}

/** Seconds for which a response that says nothing itself is fresh, as Cache-Status tells; undefined where it is not stored. */
async function freshFor(of: Serving, headers: OutgoingHttpHeaders = {}, status = 200) {
  const got = await second({ status, headers: { ...TEXT, ...headers }, body: BODY }, of);
  return isHit(got) ? Number(/ttl=(-?\d+)/.exec(statusOf(got))![1]) : undefined;
}

describe('ttlMs', () => {
  it('says how long a response is fresh that says nothing of it', async () => {
    expect(await freshFor({})).toBeUndefined();
    expect(await freshFor({ ttlMs: 5_000 })).toBe(5);
    expect(await freshFor({ ttlMs: 5_000 }, { 'Cache-Control': 'public' })).toBe(5);
    expect(await freshFor({ ttlMs: 5_000 }, { 'Cache-Control': 'max-age=60' })).toBe(60);
    expect(await freshFor({ ttlMs: 5_000 }, { 'Cache-Control': 's-maxage=60' })).toBe(60);
    expect(await freshFor({ ttlMs: 5_000 }, { 'Cache-Control': 'max-age=0' })).toBeUndefined();
    expect(await freshFor({ ttlMs: 5_000 }, { Expires: '0' })).toBeUndefined();
    expect(await freshFor({ ttlMs: 5_000 }, { 'Cache-Control': 'no-store' })).toBeUndefined();
    expect(await freshFor({ ttlMs: 5_000 }, { 'Cache-Control': 'private' })).toBeUndefined();
  });

  it('may be told of each response', async () => {
    const told: ResponseInfo[] = [];
    const ttlMs = (response: ResponseInfo) => {
      told.push(response);
      return 7_000;
    };
    expect(await freshFor({ ttlMs }, { 'X-App': '1' }, 404)).toBe(7);
    expect(told).toEqual([{ status: 404, headers: expect.objectContaining({ 'x-app': '1' }) }]);
  });

  it.each([undefined, null, Number.NaN, -1, '5000', {}, 0])(
    'of %p says nothing where a function tells it: nothing is stored',
    async (value) => {
      expect(await freshFor({ ttlMs: () => value as number })).toBeUndefined();
    },
  );

  it('of 0 stores nothing', async () => {
    expect(await freshFor({ ttlMs: 0 })).toBeUndefined();
  });

  it('of infinity is for ever', async () => {
    const got = await second({ headers: TEXT, body: BODY }, { ttlMs: () => Number.POSITIVE_INFINITY });
    expect(isHit(got)).toBe(true);
  });

  it.each([
    ['a cookie', { cookie: 'a=1' }],
    ['authorization', { authorization: 'Basic eA==' }],
  ])('is nothing for a request with %s', async (_what, headers) => {
    const answer = { headers: TEXT, body: BODY };
    const of = { ttlMs: 5_000 };
    expect(statusOf(await second(answer, of, headers))).toBe('Spillway; fwd=uri-miss; detail=credentials');
    await behindCache(
      host,
      answer,
      async ({ client, asked }) => {
        await client.get();
        await client.get('/', headers);
        expect([isHit(await client.get()), asked.length]).toEqual([true, 2]);
      },
      of,
    );
  });
});

describe.each(['staleWhileRevalidateMs', 'staleIfErrorMs', 'browserTtlMs', 'edgeTtlMs'] as const)(
  '%s',
  (name) => {
    const app = { headers: { ...TEXT, 'Cache-Control': 'max-age=60' }, body: BODY };
    /** What differs where the option says something. */
    const effectOf = async (value: unknown): Promise<unknown> => {
      let seen: unknown;
      let isFailing = false;
      await behindCache(
        host,
        () => (isFailing ? { status: 503 } : app),
        async ({ client, clock }) => {
          await client.get();
          clock.advance(name.startsWith('stale') ? 60_000 : 0);
          isFailing = true;
          const { status, headers } = await client.get();
          seen = [status, headers['cache-control'], headers['cdn-cache-control']];
        },
        { [name]: value },
      );
      return seen;
    };

    it('may be told by a function of each response', async () => {
      const told: ResponseInfo[] = [];
      const fixed = await effectOf(30_000);
      expect(await effectOf((response: ResponseInfo) => told.push(response) && 30_000)).toEqual(fixed);
      expect(fixed).not.toEqual(await effectOf(undefined));
      expect(told[0]).toMatchObject({ status: 200, headers: { 'cache-control': 'max-age=60' } });
    });

    it.each([undefined, null, Number.NaN, -1, '30000', {}])(
      'of %p by a function says nothing',
      async (value) => {
        expect(await effectOf(() => value)).toEqual(await effectOf(undefined));
      },
    );
  },
);

describe('statusCodes', () => {
  it.each([
    [200, 5],
    [203, 5],
    [204, 5],
    [300, 5],
    [301, 5],
    [308, 5],
    [404, 5],
    [405, 5],
    [410, 5],
    [414, 5],
    [501, 5],
    [201, undefined],
    [302, undefined],
    [307, undefined],
    [400, undefined],
    [403, undefined],
    [500, undefined],
    [503, undefined],
  ])('has %i by default: fresh for %p', async (status, seconds) => {
    expect(await freshFor({ ttlMs: 5_000 }, {}, status)).toBe(seconds);
  });

  it('may have others', async () => {
    const of = { ttlMs: 5_000, statusCodes: [302] };
    expect(await freshFor(of, {}, 302)).toBe(5);
    expect(await freshFor(of, {}, 200)).toBeUndefined();
  });

  it('say nothing of what is fresh by its own word', async () => {
    expect(await freshFor({ statusCodes: [] }, FRESH, 403)).toBe(60);
    expect(await freshFor({ statusCodes: [], preset: 'rfc9111' }, FRESH, 503)).toBe(60);
    // An error may well come of what has said so before it failed.
    expect(await freshFor({ statusCodes: [] }, FRESH, 503)).toBe(10);
  });
});

describe('methods', () => {
  it('may leave out HEAD, which then has nothing to do with the cache', async () => {
    await behindCache(
      host,
      { headers: FRESH, body: BODY },
      async ({ client, asked }) => {
        await client.get();
        const head = await client.send({ method: 'HEAD' });
        expect([head.headers['cache-status'], asked.length]).toEqual([undefined, 2]);
      },
      { methods: ['GET'] },
    );
  });
});

describe('targets', () => {
  const fields = {
    ...TEXT,
    'Cache-Control': 'max-age=600',
    'CDN-Cache-Control': 'max-age=60',
    'My-Cache': 'max-age=6',
  };

  it('name the fields that are meant for this cache: the first that is there and well-formed counts', async () => {
    expect(await freshFor({}, fields)).toBe(60);
    expect(await freshFor({ targets: [] }, fields)).toBe(600);
    expect(await freshFor({ targets: ['My-Cache', 'CDN-Cache-Control'] }, fields)).toBe(6);
    expect(
      await freshFor(
        { targets: ['My-Cache', 'CDN-Cache-Control'] },
        { ...fields, 'My-Cache': 'max-age="6"' },
      ),
    ).toBe(60);
    expect(await freshFor({}, { ...fields, 'CDN-Cache-Control': 'no-store' })).toBeUndefined();
  });
});

describe('surrogateKeys', () => {
  const tags = () => ['a b', 'product:5'];
  const told = ({ headers }: Got) => [
    headers['surrogate-key'],
    headers['cache-tag'],
    headers['cdn-cache-control'],
  ];

  it('tell a CDN the tags, on a miss and on a hit', async () => {
    await behindCache(
      host,
      { headers: FRESH, body: BODY },
      async ({ client }) => {
        for (let i = 0; i < 2; i++)
          expect(told(await client.get())).toEqual(['a%20b product:5', 'a%20b,product:5', undefined]);
      },
      { tags, surrogateKeys: true },
    );
  });

  it('are not told by default', async () => {
    expect(told(await second({ headers: FRESH, body: BODY }, { tags }))).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });

  it.each([{}, { edgeTtlMs: 60_000 }])(
    'that are too many for a field keep the response from CDNs, with options %j',
    async (more) => {
      const many = Array.from({ length: 64 }, (_, i) => `${'x'.repeat(200)}${i}`);
      const of = { tags: () => many, surrogateKeys: true, ...more };
      await behindCache(
        host,
        { headers: FRESH, body: BODY },
        async ({ client }) => {
          for (let i = 0; i < 2; i++) {
            const got = await client.get();
            expect(told(got)).toEqual([undefined, undefined, 'no-store']);
            expect(got.headers['surrogate-control']).toBe('no-store, max-age=0');
          }
        },
        of,
      );
    },
  );
});

describe('the presets', () => {
  const tenHoursAgo = () => new Date(Date.now() - 36_000_000).toUTCString();

  it.each<[string, OutgoingHttpHeaders, string, string, string]>([
    ['Set-Cookie', { ...FRESH, 'Set-Cookie': 'a=1' }, '/', 'set-cookie', 'hit'],
    [
      'a page from the path of a style sheet',
      { ...FRESH, 'Content-Type': 'text/html' },
      '/me/x.css',
      'extension',
      'hit',
    ],
    ['a page from its own path', { ...FRESH, 'Content-Type': 'text/html' }, '/me/x.html', 'hit', 'hit'],
    ['an entity tag alone', { ...TEXT, ETag: '"1"' }, '/', 'no-freshness', 'validated'],
    ['nothing at all', TEXT, '/', 'no-freshness', 'no-freshness'],
  ])('of a response with %s', async (_what, headers, path, safe, rfc9111) => {
    const app = ({ req }: Handled) =>
      req.headers['if-none-match'] === '"1"' ? { status: 304, headers } : { headers, body: BODY };
    const use = async (preset: 'safe' | 'rfc9111') => {
      const got = await second(app as never, { preset }, {}, path);
      if (isHit(got)) return 'hit';
      return /detail=(.+)/.exec(statusOf(got))?.[1] ?? 'validated';
    };
    expect([await use('safe'), await use('rfc9111')]).toEqual([safe, rfc9111]);
  });

  it('guess from when it last changed: a minute at most, or a tenth of the time since then', async () => {
    const headers = { ...TEXT, 'Last-Modified': tenHoursAgo() };
    expect(await freshFor({}, headers)).toBe(60);
    expect(await freshFor({ preset: 'safe' }, headers)).toBe(60);
    expect(await freshFor({ preset: 'rfc9111' }, headers)).toBeGreaterThan(3_590);
    const justNow = new Date(Date.now() - 10_000).toUTCString();
    expect(await freshFor({}, { ...TEXT, 'Last-Modified': justNow })).toBeLessThanOrEqual(1);
  });
});

describe('the name of a cache', () => {
  it('is what Cache-Status calls it', async () => {
    const got = await second({ headers: FRESH, body: BODY }, { of: { name: 'shop' } });
    expect(statusOf(got)).toBe('shop; hit; ttl=60');
  });

  it('that is no token is a string there', async () => {
    const got = await second({ headers: FRESH, body: BODY }, { of: { name: 'my "shop"' } });
    expect(statusOf(got)).toBe('"my \\"shop\\""; hit; ttl=60');
  });

  it('stands after what caches behind it say', async () => {
    const app = { headers: { ...FRESH, 'Cache-Status': 'origin; hit' }, body: BODY };
    await behindCache(host, app, async ({ client }) => {
      expect(statusOf(await client.get())).toBe('origin; hit, Spillway; fwd=uri-miss; stored');
    });
  });
});

describe('one cache behind several mounts', () => {
  const cache = () => new ResponseCache({ waitMs: 100 });

  /** One further in, and how many requests wait once each has come by. */
  const secondMount = (shared: ResponseCache) => {
    const second = createCacheResponse({ cache: shared });
    const waiting: number[] = [];
    const inner: Filter<never> = (request, context) => {
      const outcome = second(request, context);
      waiting.push(shared.flights.waiting);
      return outcome;
    };
    return { inner, waiting };
  };

  it('keeps no request waiting that passes two of them', async () => {
    const shared = cache();
    const { inner, waiting } = secondMount(shared);
    await behindCache(
      host,
      { headers: FRESH, body: BODY },
      async ({ client }) => {
        expect((await client.get()).text).toBe(BODY);
        expect(isHit(await client.get())).toBe(true);
      },
      { cache: shared, inner: [inner] },
    );
    expect(waiting).toEqual([0]);
  });

  it('nor one whose answer has begun before them', async () => {
    const shared = cache();
    const begin: ConnectMiddleware = (_req, res, next) => {
      res.flushHeaders();
      next();
    };
    const { inner, waiting } = secondMount(shared);
    await behindCache(
      host,
      ({ res }) => void res.end(BODY),
      async ({ client }) => expect((await client.get()).text).toBe(BODY),
      { cache: shared, outer: [{ connect: begin }], inner: [inner] },
    );
    expect(waiting).toEqual([0]);
  });

  it('purges what any of them has stored', async () => {
    const shared = cache();
    const at = (path: string) =>
      createCacheResponse<Context>({ cache: shared, skip: ({ url }) => url !== path });
    await host.serve(
      [at('/a'), at('/b')],
      () => ({ headers: FRESH, body: BODY }),
      async (client) => {
        for (const path of ['/a', '/b']) await client.get(path);
        expect(isHit(await client.get('/a'))).toBe(true);
        await shared.purge({ everything: true });
        for (const path of ['/a', '/b']) expect(isHit(await client.get(path))).toBe(false);
      },
    );
  });
});

describe('a wrong option is told at once', () => {
  it.each<[string, unknown, string]>([
    ['cache', {}, 'must be a ResponseCache, got {}'],
    ['preset', 'strict', "must be one of 'safe', 'rfc9111', got 'strict'"],
    ['ttlMs', -1, 'must be an integer of at least 0 or a function, got -1'],
    ['ttlMs', '60s', "must be an integer of at least 0 or a function, got '60s'"],
    ['staleWhileRevalidateMs', 0.5, 'must be an integer of at least 0 or a function, got 0.5'],
    ['staleIfErrorMs', Number.NaN, 'must be an integer of at least 0 or a function, got NaN'],
    ['browserTtlMs', null, 'must be an integer of at least 0 or a function, got null'],
    ['edgeTtlMs', [], 'must be an integer of at least 0 or a function, got []'],
    ['tags', ['a'], "must be a function, got [ 'a' ]"],
    ['surrogateKeys', 'yes', "must be a boolean, got 'yes'"],
    ['key', 'user', "must be a function, got 'user'"],
    ['vary', 'Accept', "must be an array, got 'Accept'"],
    ['vary', ['a b'], "must hold only members of which each must be a token of HTTP, got [ 'a b' ]"],
    ['methods', [''], "must hold only members of which each must be a token of HTTP, got [ '' ]"],
    [
      'methods',
      ['GET', 'POST'],
      "other than GET and HEAD need a key that tells their bodies, got [ 'GET', 'POST' ]",
    ],
    [
      'statusCodes',
      [600],
      'must hold only members of which each must be an integer from 200 to 599, got [ 600 ]',
    ],
    ['maxBodyBytes', '1mb', "must be an integer of at least 0, got '1mb'"],
    ['skip', true, 'must be a function, got true'],
    ['targets', ['a:'], "must hold only members of which each must be a token of HTTP, got [ 'a:' ]"],
    ['app', {}, 'must be a function, got {}'],
    ['ttl', 5, 'is not an option'],
  ])('%s of %p', (name, value, message) => {
    const make = () => createCacheResponse({ [name]: value });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`cacheResponse: ${name} ${message}`);
  });

  it.each<[string, unknown, string]>([
    ['maxBytes', 1024, 'must be an integer of at least 65536, got 1024'],
    ['store', 'redis', "must be an object, got 'redis'"],
    ['name', '', "must be a non-empty string, got ''"],
    ['edge', 'https://edge', "must be an object, got 'https://edge'"],
    ['waitMs', 0, 'must be an integer from 1 to 2147483647, got 0'],
    ['maxWaiting', -1, 'must be an integer of at least 0, got -1'],
    ['now', 5, 'must be a function, got 5'],
    ['maxEntries', 5, 'is not an option'],
  ])('of a ResponseCache, %s of %p', (name, value, message) => {
    const make = () => new ResponseCache({ [name]: value });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`ResponseCache: ${name} ${message}`);
  });

  it.each<[string, unknown, string]>([
    ['maxBytes', 65_535, 'must be an integer of at least 65536, got 65535'],
    ['maxVariants', 0, 'must be an integer from 1 to 1024, got 0'],
    ['now', 5, 'must be a function, got 5'],
    ['max', 5, 'is not an option'],
  ])('of a MemoryStore, %s of %p', (name, value, message) => {
    const make = () => new MemoryStore({ [name]: value });
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`MemoryStore: ${name} ${message}`);
  });

  it('and options that are none', () => {
    expect(() => createCacheResponse(null as never)).toThrow(
      'cacheResponse: options must be an object, got null',
    );
  });
});
