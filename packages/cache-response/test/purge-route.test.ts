import { type Invalidation, ResponseCache } from '@spillway/cache-response';
import { createPurgeRoute } from '../dist/purge-route';
import { overHttp1 } from './hosts';
import { behindCache, FRESH, isHit, type Served } from './support';

const ALLOWED = { 'x-token': 'let me' };

const isAllowed = (context: unknown) => {
  const { headers } = context as { headers: Record<string, unknown> };
  return headers['x-token'] === 'let me';
};

/** A cache whose edge says what it was told, or fails. */
function told(error?: Error) {
  const purges: unknown[] = [];
  const edge = {
    async purge(purge: unknown) {
      purges.push(purge);
      if (error) throw error;
    },
  };
  return { purges, edge };
}

describe.each(overHttp1)('a purge route on $name', (host) => {
  const serve = (
    run: (served: Served, cache: ResponseCache) => Promise<void>,
    { authorize = isAllowed as (context: never) => boolean | Promise<boolean>, edge = told().edge } = {},
  ) => {
    const cache = new ResponseCache({ edge });
    return behindCache(
      host,
      ({ req }) => ({ headers: FRESH, body: `${req.url} ${req.method}` }),
      async (served) => {
        for (const path of ['/a', '/b']) await served.client.get(path);
        await run(served, cache);
      },
      {
        cache,
        outer: [createPurgeRoute({ cache, authorize })],
        tags: ((_context: never, { headers }: { headers: Record<string, unknown> }) =>
          headers['content-type'] ? ['all', 'a,b c'] : []) as never,
      },
    );
  };
  const hits = async ({ client }: Served) =>
    Promise.all(['/a', '/b'].map(async (path) => isHit(await client.get(path))));

  it('purges the URL that is asked for', () =>
    serve(async (served) => {
      const got = await served.client.send({ method: 'PURGE', path: '/a', headers: ALLOWED });
      expect([got.status, got.text]).toEqual([204, '']);
      expect(await hits(served)).toEqual([false, true]);
    }));

  it.each(['all', 'other, all', 'a%2Cb%20c'])('purges all responses with a tag of %s', (tags) =>
    serve(async (served) => {
      const headers = { ...ALLOWED, 'cache-tag': tags };
      expect((await served.client.send({ method: 'PURGE', path: '/', headers })).status).toBe(204);
      expect(await hits(served)).toEqual([false, false]);
    }),
  );

  it('purges nothing by a tag that no response has', () =>
    serve(async (served) => {
      const headers = { ...ALLOWED, 'cache-tag': '/a, %zz' };
      expect((await served.client.send({ method: 'PURGE', path: '/a', headers })).status).toBe(204);
      expect(await hits(served)).toEqual([true, true]);
    }));

  it('expires where it is asked softly', async () => {
    const cache = new ResponseCache();
    const asked: [string, Invalidation][] = [];
    cache.purge = async (what) => void asked.push(['purge', what]);
    cache.expire = async (what) => void asked.push(['expire', what]);
    await host.serve(
      [createPurgeRoute({ cache, authorize: isAllowed })],
      () => ({ body: 'application' }),
      async (client) => {
        for (const headers of [ALLOWED, { ...ALLOWED, 'soft-purge': '1' }, { ...ALLOWED, 'soft-purge': '0' }])
          await client.send({ method: 'PURGE', path: '/', headers: { ...headers, 'cache-tag': 'x' } });
      },
    );
    expect(asked.map(([by]) => by)).toEqual(['purge', 'expire', 'purge']);
  });

  it.each<[string, () => boolean]>([
    ['false', () => false],
    ['something that is not true', () => 'yes' as unknown as boolean],
    ['nothing', () => undefined as unknown as boolean],
    ['a promise of false', (async () => false) as unknown as () => boolean],
  ])('lets nobody purge whom authorize answers %s', (_name, authorize) =>
    serve(
      async (served) => {
        const got = await served.client.send({ method: 'PURGE', path: '/a', headers: ALLOWED });
        expect([got.status, got.headers['content-type']]).toEqual([403, 'application/problem+json']);
        expect(await hits(served)).toEqual([true, true]);
      },
      { authorize },
    ),
  );

  it('lets nobody purge where authorize throws', () =>
    serve(
      async (served) => {
        const got = await served.client.send({ method: 'PURGE', path: '/a', headers: ALLOWED });
        expect(got.status).toBe(500);
        expect(await hits(served)).toEqual([true, true]);
      },
      {
        authorize: (): boolean => {
          throw new Error('no');
        },
      },
    ));

  it('says so where a cache in front was not reached', () =>
    serve(
      async (served) => {
        const got = await served.client.send({ method: 'PURGE', path: '/a', headers: ALLOWED });
        expect(got.status).toBe(502);
        expect(await hits(served)).toEqual([false, true]);
      },
      { edge: told(new Error('away')).edge },
    ));

  it('has nothing to do with other methods', () =>
    serve(async (served) => {
      expect(isHit(await served.client.get('/a'))).toBe(true);
      expect((await served.client.send({ method: 'DELETE', path: '/c' })).text).toBe('/c DELETE');
    }));
});

it('tells a cache in front what is purged', async () => {
  const { purges, edge } = told();
  const cache = new ResponseCache({ edge });
  await cache.purge({ tags: ['x'], urls: ['/a'] });
  await cache.expire({ prefixes: ['/b'] });
  await cache.purge({ everything: true });
  expect(purges).toEqual([{ tags: ['x'], urls: ['/a'] }, { prefixes: ['/b'] }, { all: true }]);
});

describe('a purge route is not built', () => {
  const cache = new ResponseCache();
  const authorize = () => true;
  it.each<[object, RegExp]>([
    [{ cache }, /authorize must be given/],
    [{ authorize }, /cache must be given/],
    [{ cache, authorize: true }, /authorize must be a function, got true/],
    [{ cache: {}, authorize }, /cache must be a ResponseCache/],
    [{ cache, authorize, path: '/' }, /path is not an option/],
  ])('with %p', (options, message) => {
    expect(() => createPurgeRoute(options as never)).toThrow(message);
  });
});
