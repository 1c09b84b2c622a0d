import { type Invalidation, MemoryStore, ResponseCache, type ResponseInfo } from '@spillway/cache-response';
import type { App, Handled } from '@spillway/core/testing';
import { hosts, overHttp1 } from './hosts';
import {
  behindCache,
  deferred,
  FRESH,
  isHit,
  many,
  type Served,
  type Serving,
  statusOf,
  streamOf,
  TEXT,
  until,
} from './support';

/** Answers GET with the number of its call, and all else with what a test says. */
function changing(answer: () => { status?: number; headers?: Record<string, string>; body?: string }) {
  let calls = 0;
  const app: App = ({ req }) =>
    req.method === 'GET' ? { headers: FRESH, body: `${req.url} ${++calls}` } : answer();
  return app;
}

/** Which of these paths are still stored. */
async function hits({ client }: Served, paths: readonly string[]): Promise<readonly string[]> {
  const stored: string[] = [];
  for (const path of paths)
    if (isHit(await client.get(path, { 'cache-control': 'only-if-cached' }))) stored.push(path);
  return stored;
}

async function fill({ client }: Served, paths: readonly string[]): Promise<void> {
  for (const path of paths) await client.get(path);
}

describe.each(hosts)('a request that may change something on $name', (host) => {
  const paths = ['/own', '/named', '/content', '/own?query', '/other'];
  const afterwards = async (
    method: string,
    answer: { status?: number; headers?: Record<string, string>; body?: string },
    hit: readonly string[],
  ) => {
    await behindCache(
      host,
      changing(() => answer),
      async (served) => {
        await fill(served, paths);
        const got = await served.client.send({ method, path: '/own' });
        expect(got.headers['cache-status']).toBeUndefined();
        expect(await hits(served, paths)).toEqual(hit);
      },
    );
  };
  const others = ['/named', '/content', '/own?query', '/other'];

  it.each(['POST', 'PUT', 'DELETE', 'PATCH'])('makes its own URL out of date, by %s', (method) =>
    afterwards(method, { status: 200, body: 'done' }, others),
  );

  it.each([200, 201, 204, 303, 399])('does so by a %i', (status) => afterwards('POST', { status }, others));

  it.each([400, 403, 404, 412, 500, 503])('does not by a %i', (status) =>
    afterwards('POST', { status }, paths),
  );

  it.each(['OPTIONS', 'REPORT', 'SEARCH'])('is not one by %s', (method) =>
    afterwards(method, { body: 'x' }, paths),
  );

  it('makes those out of date that its answer names, of the same origin', async () => {
    await afterwards(
      'POST',
      { status: 201, headers: { Location: '/named', 'Content-Location': 'content#part' } },
      ['/own?query', '/other'],
    );
  });

  it('has no word for another origin', async () => {
    await afterwards(
      'POST',
      {
        status: 201,
        headers: { Location: 'http://other.example/named', 'Content-Location': '//other.example/content' },
      },
      others,
    );
  });

  it('may name its own origin in full', async () => {
    await behindCache(
      host,
      changing(() => answer),
      async (served) => {
        answer = { status: 201, headers: { Location: `http://127.0.0.1:${served.client.port}/named` } };
        await fill(served, paths);
        await served.client.send({ method: 'POST', path: '/own' });
        expect(await hits(served, paths)).toEqual(['/content', '/own?query', '/other']);
      },
    );
  });
  let answer = {};

  it('does all that where the application streams its answer', async () => {
    const app: App = ({ req }) =>
      req.method === 'GET' ? { headers: FRESH, body: 'x' } : { status: 200, stream: streamOf('do', 'ne') };
    await behindCache(host, app, async (served) => {
      await fill(served, paths);
      expect((await served.client.send({ method: 'PUT', path: '/own' })).text).toBe('done');
      expect(await hits(served, paths)).toEqual(others);
    });
  });

  it('makes its answer that of a GET where it says that it is', async () => {
    const posted = { status: 200, headers: { ...FRESH, 'Content-Location': '/own' }, body: 'posted' };
    await behindCache(
      host,
      changing(() => posted),
      async ({ client, asked }) => {
        await client.get('/own');
        const post = await client.send({ method: 'POST', path: '/own', body: 'x' });
        expect(post.text).toBe('posted');
        const got = await client.get('/own');
        expect([got.text, isHit(got), asked.length]).toEqual(['posted', true, 2]);
      },
    );
  });

  it.each<[string, object]>([
    ['says that it is another', { 'Content-Location': '/named' }],
    ['says nothing', {}],
    ['says not how long it is fresh', { 'Content-Location': '/own', 'Cache-Control': 'public' }],
    ['says that it is private', { 'Content-Location': '/own', 'Cache-Control': 'private, max-age=60' }],
  ])('does not where it %s', async (_what, fields) => {
    const posted = { status: 200, headers: { ...FRESH, ...fields }, body: 'posted' };
    await behindCache(
      host,
      changing(() => posted),
      async ({ client }) => {
        await client.send({ method: 'POST', path: '/own', body: 'x' });
        expect((await client.get('/own')).text).toBe('/own 1');
      },
      { ttlMs: 60_000 },
    );
  });

  it('never gets an answer from the store itself', async () => {
    const posted = { status: 200, headers: { ...FRESH, 'Content-Location': '/own' }, body: 'posted' };
    await behindCache(
      host,
      changing(() => posted),
      async ({ client, asked }) => {
        for (const times of [1, 2]) {
          await client.send({ method: 'POST', path: '/own', body: 'x' });
          expect(asked).toHaveLength(times);
        }
      },
    );
  });
});

const [host] = overHttp1 as [(typeof hosts)[number]];

/** Tags of a response are the parts of its path. */
const tagged: Serving = {
  tags: (({ url }: { url: string }) => url.split('?')[0]!.split('/').filter(Boolean)) as never,
};

describe('what is invalidated by hand', () => {
  const paths = ['/a/b', '/a/b?c', '/a/bc', '/b', '/d'];
  const meant: [string, (origin: string) => Invalidation, readonly string[]][] = [
    ['by a tag', () => ({ tags: ['b'] }), ['/a/bc', '/d']],
    ['by two tags', () => ({ tags: ['bc', 'd'] }), ['/a/b', '/a/b?c', '/b']],
    ['by a tag that nothing has', () => ({ tags: ['a/b', ''] }), paths],
    ['by its path and query', () => ({ urls: ['/a/b'] }), ['/a/b?c', '/a/bc', '/b', '/d']],
    ['by its URL', (origin) => ({ urls: [`${origin}/a/b?c`] }), ['/a/b', '/a/bc', '/b', '/d']],
    ['by the same path elsewhere', () => ({ urls: ['http://other.example/a/b'] }), paths],
    ['by the beginning of a path', () => ({ prefixes: ['/a/b'] }), ['/b', '/d']],
    ['by the beginning of a URL', (origin) => ({ prefixes: [`${origin}/a/`] }), ['/b', '/d']],
    ['by that of another', () => ({ prefixes: ['http://other.example/'] }), paths],
    ['by several of these', () => ({ tags: ['bc'], urls: ['/b'], prefixes: ['/d'] }), ['/a/b', '/a/b?c']],
    ['with everything', () => ({ everything: true }), []],
    ['with nothing', () => ({}), paths],
  ];

  it.each(meant)('%s is purged: it is gone', async (_how, what, left) => {
    await behindCache(
      host,
      changing(() => ({})),
      async (served) => {
        await fill(served, paths);
        await served.cache.purge(what(`http://127.0.0.1:${served.client.port}`));
        expect(await hits(served, paths)).toEqual(left);
        const stale = await served.client.get(paths[0]!, { 'cache-control': 'only-if-cached, max-stale' });
        expect(stale.status).toBe(left.includes(paths[0]!) ? 200 : 504);
      },
      tagged,
    );
  });

  it.each(meant)('%s is expired: it is stale, and there for those who take it', async (_how, what, left) => {
    await behindCache(
      host,
      changing(() => ({})),
      async (served) => {
        await fill(served, paths);
        served.clock.advance(1);
        await served.cache.expire(what(`http://127.0.0.1:${served.client.port}`));
        expect(await hits(served, paths)).toEqual(left);
        for (const path of paths) {
          const got = await served.client.get(path, { 'cache-control': 'only-if-cached, max-stale' });
          expect([path, got.status]).toEqual([path, 200]);
        }
      },
      tagged,
    );
  });

  it('is stale from then on: windows count from there, and a second time changes nothing', async () => {
    const app = { headers: { ...TEXT, 'Cache-Control': 'max-age=60, stale-if-error=30' }, body: 'hello' };
    let isFailing = false;
    await behindCache(
      host,
      () => (isFailing ? { status: 503 } : app),
      async ({ client, clock, cache }) => {
        await client.get();
        clock.advance(10_000);
        await cache.expire({ everything: true });
        isFailing = true;
        clock.advance(29_999);
        await cache.expire({ everything: true });
        expect((await client.get()).status).toBe(200);
        clock.advance(1);
        expect((await client.get()).status).toBe(503);
      },
    );
  });

  it('is validated once it is expired, and fresh then', async () => {
    const app: App = ({ req }) =>
      req.headers['if-none-match'] === '"1"'
        ? { status: 304, headers: { ...FRESH, ETag: '"1"' } }
        : { headers: { ...FRESH, ETag: '"1"' }, body: 'hello' };
    await behindCache(host, app, async ({ client, cache }) => {
      await client.get();
      await cache.expire({ urls: ['/'] });
      expect(statusOf(await client.get())).toBe('Spillway; fwd=stale; fwd-status=304; stored');
      expect(isHit(await client.get())).toBe(true);
    });
  });

  it.each<[string, Invalidation]>([
    ['urls', { urls: ['a'] }],
    ['urls', { urls: [''] }],
    ['prefixes', { prefixes: ['a'] }],
  ])('by %s of %j is told to be wrong', async (_name, what) => {
    const cache = new ResponseCache();
    await expect(cache.purge(what)).rejects.toMatchObject({ name: 'TypeError' });
    await expect(cache.expire(what)).rejects.toMatchObject({ name: 'TypeError' });
  });

  it('is told to the cache in front, which may fail', async () => {
    const told: unknown[] = [];
    const edge = {
      purge: async (what: unknown) => {
        told.push(what);
        if (told.length > 1) throw new Error('edge');
      },
    };
    const cache = new ResponseCache({ edge });
    await cache.purge({ tags: ['a'], urls: ['/b'], prefixes: ['/c'] });
    await expect(cache.expire({ everything: true })).rejects.toThrow('edge');
    expect(told).toEqual([{ tags: ['a'], urls: ['/b'], prefixes: ['/c'] }, { all: true }]);
  });
});

describe.each(hosts)('what is invalidated while the application answers on $name', (host) => {
  const means: [string, (cache: ResponseCache) => Promise<void>][] = [
    ['its URL', (cache) => cache.purge({ urls: ['/a?b'] })],
    ['its prefix', (cache) => cache.expire({ prefixes: ['/a'] })],
    ['its tag', (cache) => cache.purge({ tags: ['a'] })],
    ['everything', (cache) => cache.expire({ everything: true })],
  ];
  const race = (invalidate: (served: Served) => Promise<unknown>, stored: boolean) => {
    const gate = deferred();
    let calls = 0;
    const app: App = async ({ req }) => {
      if (req.method === 'POST') return { status: 204 };
      const call = ++calls;
      if (call === 1) await gate.promise;
      return { headers: FRESH, body: `answer ${call}` };
    };
    return behindCache(
      host,
      app,
      async (served) => {
        const first = served.client.get('/a?b');
        await until(() => calls === 1);
        await invalidate(served);
        gate.resolve();
        expect((await first).text).toBe('answer 1');
        expect((await served.client.get('/a?b')).text).toBe(stored ? 'answer 1' : 'answer 2');
        expect(isHit(await served.client.get('/a?b'))).toBe(true);
      },
      tagged,
    );
  };

  it.each(means)('by %s is not stored', (_how, invalidate) => race(({ cache }) => invalidate(cache), false));

  it('by another request that changes it is not stored', () =>
    race(({ client }) => client.send({ method: 'POST', path: '/a?b' }), false));

  it('is stored where something else was meant', () =>
    race(({ cache }) => cache.purge({ urls: ['/a'], tags: ['b'], prefixes: ['/b'] }), true));
});

describe('those who wait for an answer that is out of date when it comes', () => {
  it('ask again, all of them together', async () => {
    const gates = [deferred(), deferred()];
    let calls = 0;
    const app: App = async () => {
      const call = calls++;
      await gates[call]?.promise;
      return { headers: FRESH, body: `answer ${call}` };
    };
    await behindCache(host, app, async ({ client, cache }) => {
      const first = client.get();
      await until(() => calls === 1);
      const others = many(client, 5);
      await until(() => cache.flights.waiting === 5);
      await cache.purge({ urls: ['/'] });
      gates[0]!.resolve();
      expect((await first).text).toBe('answer 0');
      await until(() => calls > 1);
      gates[1]!.resolve();
      for (const { text } of await others) expect(text).not.toBe('answer 0');
      expect([calls, cache.flights.waiting]).toEqual([2, 0]);
    });
  });
});

describe('the responses of one URL', () => {
  it('are bounded: the oldest goes first', async () => {
    const store = new MemoryStore({ maxVariants: 3 });
    const app = ({ req }: Handled) => ({
      headers: { ...FRESH, Vary: 'X-Kind' },
      body: String(req.headers['x-kind']),
    });
    await behindCache(
      host,
      app,
      async ({ client, asked }) => {
        for (let i = 0; i < 100; i++) await client.get('/', { 'x-kind': String(i) });
        expect(store.size).toBe(1);
        const kept: number[] = [];
        for (let i = 0; i < 100; i++) {
          const got = await client.get('/', { 'x-kind': String(i), 'cache-control': 'only-if-cached' });
          if (got.status === 200) kept.push(i);
        }
        expect([kept, asked.length]).toEqual([[97, 98, 99], 100]);
      },
      { of: { store } },
    );
  });

  it('are all purged with it', async () => {
    const app = ({ req }: Handled) => ({
      headers: { ...FRESH, Vary: 'X-Kind' },
      body: String(req.headers['x-kind']),
    });
    await behindCache(host, app, async ({ client, cache, asked }) => {
      for (const kind of ['a', 'b']) await client.get('/', { 'x-kind': kind });
      await cache.purge({ urls: ['/'] });
      for (const kind of ['a', 'b']) await client.get('/', { 'x-kind': kind });
      expect(asked).toHaveLength(4);
    });
  });
});

describe('all responses together', () => {
  it('take no more bytes than they may: the least recently used go first', async () => {
    const app = { headers: FRESH, body: 'x'.repeat(10_000) };
    await behindCache(
      host,
      app,
      async (served) => {
        const paths = Array.from({ length: 10 }, (_, i) => `/${i}`);
        for (const path of paths) {
          await served.client.get(path);
          await served.client.get(paths[0]!);
        }
        const left = await hits(served, paths);
        expect(left.length).toBeGreaterThan(3);
        expect(left).toEqual([paths[0], ...paths.slice(1 - left.length)]);
      },
      { of: { maxBytes: 65_536 } },
    );
  });

  it('are without what takes more than all of them may', async () => {
    const app = { headers: FRESH, body: 'x'.repeat(70_000) };
    await behindCache(
      host,
      app,
      async ({ client, asked }) => {
        for (const times of [1, 2]) {
          expect((await client.get()).body).toHaveLength(70_000);
          expect(asked).toHaveLength(times);
        }
      },
      { of: { maxBytes: 65_536 } },
    );
  });
});

describe.each(hosts)('No-Vary-Search on $name', (host) => {
  const saying =
    (rule: string) =>
    ({ req }: Handled) => ({
      headers: { ...FRESH, 'No-Vary-Search': rule },
      body: req.url!,
    });

  it.each([
    ['key-order', '/a?b=1&c=2', '/a?c=2&b=1', '/a?b=2&c=1'],
    ['params=("utm")', '/a?b=1&utm=x', '/a?utm=y&b=1', '/a?b=2&utm=x'],
    ['params, except=("id")', '/a?id=1&x=1', '/a?y=2&id=1', '/a?id=2&x=1'],
    ['params', '/a?b', '/a', '/b?b'],
  ])('of "%s" makes %s of %s one response, and not of %s', async (rule, first, same, other) => {
    await behindCache(host, saying(rule), async ({ client, asked }) => {
      await client.get(first);
      const got = await client.get(same);
      expect([got.text, isHit(got)]).toEqual([first, true]);
      expect((await client.get(other)).text).toBe(other);
      expect(asked).toHaveLength(2);
    });
  });

  it('counts for what is purged by any of its URLs', async () => {
    await behindCache(host, saying('params=("utm")'), async ({ client, cache, asked }) => {
      await client.get('/a?b=1&utm=x');
      await cache.purge({ urls: ['/a?utm=z&b=1'] });
      expect(isHit(await client.get('/a?b=1'))).toBe(false);
      expect(asked).toHaveLength(2);
    });
  });

  it('counts no more once the newest response says otherwise', async () => {
    let rule = 'params';
    const app: App = (handled) => saying(rule)(handled);
    await behindCache(host, app, async ({ client, cache }) => {
      await client.get('/a?b');
      await cache.expire({ everything: true });
      rule = 'params=()';
      await client.get('/a?b');
      expect((await client.get('/a?c')).text).toBe('/a?c');
    });
  });
});

describe('the tags of a response', () => {
  it.each<[string, unknown]>([
    ['more than 64', Array.from({ length: 65 }, (_, i) => `t${i}`)],
    ['one that is empty', ['a', '']],
    ['one that is longer than 1024 characters', ['x'.repeat(1025)]],
    ['one that is no text', [5]],
  ])('that are %s keep it from being stored: nobody could purge it', async (_what, tags) => {
    const response: ResponseInfo[] = [];
    await behindCache(
      host,
      { headers: FRESH, body: 'hello' },
      async ({ client }) => {
        for (let i = 0; i < 2; i++)
          expect(statusOf(await client.get())).toBe('Spillway; fwd=uri-miss; detail=tags');
        expect(response[0]).toMatchObject({ status: 200, headers: { 'cache-control': 'max-age=60' } });
      },
      {
        tags: (_context, info) => {
          response.push(info);
          return tags as string[];
        },
      },
    );
  });

  it('may be 64, the same one more than once', async () => {
    const tags = Array.from({ length: 64 }, (_, i) => `t${i}`);
    await behindCache(
      host,
      { headers: FRESH, body: 'hello' },
      async ({ client, cache }) => {
        await client.get();
        expect(isHit(await client.get())).toBe(true);
        await cache.purge({ tags: ['t63'] });
        expect(isHit(await client.get())).toBe(false);
      },
      { tags: () => [...tags, 't0', 'x'.repeat(1024)].slice(0, 65) },
    );
  });
});
