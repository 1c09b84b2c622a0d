import { createCacheResponse, ResponseCache } from '@spillway/cache-response';
import { type Filter, isReplay, load } from '@spillway/core';
import { type App, FakeClock, type Handled } from '@spillway/core/testing';
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

const WHILE_REVALIDATE = { ...TEXT, 'Cache-Control': 'max-age=60, stale-while-revalidate=30' };
const IF_ERROR = { ...TEXT, 'Cache-Control': 'max-age=60, stale-if-error=30' };

/** Answers with the number of the call, the later ones once the test lets them. */
function counting(headers: Record<string, string>) {
  const gate = deferred();
  let calls = 0;
  const app: App = async () => {
    const call = ++calls;
    if (call > 1) await gate.promise;
    return { headers, body: `answer ${call}` };
  };
  return { app, open: gate.resolve };
}

describe.each(hosts)('stale-while-revalidate on $name', (host) => {
  it.each<[string, Record<string, string>, Serving]>([
    ['the response says it', WHILE_REVALIDATE, {}],
    ['an option says it', FRESH, { staleWhileRevalidateMs: 30_000 }],
  ])('answers at once where %s, refreshes once, and is fresh then', async (_who, headers, options) => {
    const { app, open } = counting(headers);
    await behindCache(
      host,
      app,
      async ({ client, clock, asked }) => {
        await client.get('/', { accept: 'text/plain' });
        clock.advance(89_999);
        const stale = await many(client, 10, '/', { accept: 'text/plain' });
        for (const got of stale) {
          expect([got.text, got.headers.age, statusOf(got)]).toEqual([
            'answer 1',
            '89',
            'Spillway; hit; ttl=-30',
          ]);
        }
        await until(() => asked.length === 2);
        expect((await client.get()).text).toBe('answer 1');
        open();
        let got = await client.get();
        await until(() => asked.length === 2);
        while (got.text === 'answer 1') got = await client.get();
        expect([got.text, got.headers.age, statusOf(got)]).toEqual([
          'answer 2',
          '0',
          'Spillway; hit; ttl=60',
        ]);
        expect([asked.length, asked[1]!.accept]).toEqual([2, 'text/plain']);
      },
      options,
    );
  });

  it('is over when its time is, and a client waits then', async () => {
    const { app, open } = counting(WHILE_REVALIDATE);
    open();
    await behindCache(host, app, async ({ client, clock, asked }) => {
      await client.get();
      clock.advance(90_000);
      expect((await client.get()).text).toBe('answer 2');
      expect(asked).toHaveLength(2);
    });
  });

  it('validates what it refreshes', async () => {
    const headers = { ...WHILE_REVALIDATE, ETag: '"1"' };
    const app: App = ({ req }) =>
      req.headers['if-none-match'] === '"1"'
        ? { status: 304, headers: { ...headers, 'X-Fresh': '1' } }
        : { headers, body: 'hello' };
    await behindCache(host, app, async ({ client, clock, asked }) => {
      await client.get();
      clock.advance(60_000);
      // What one client knows and wants is nothing to go by.
      const own = { 'if-none-match': '"0"', range: 'bytes=0-1', 'cache-control': 'no-transform' };
      expect((await client.get('/', own)).text).toBe('he');
      let got = await client.get();
      while (got.headers['x-fresh'] === undefined) got = await client.get();
      expect([got.text, isHit(got), asked.length]).toEqual(['hello', true, 2]);
      expect([asked[1]!['if-none-match'], asked[1]!.range, asked[1]!['cache-control']]).toEqual([
        '"1"',
        undefined,
        undefined,
      ]);
    });
  });

  it.each([
    ['nobody’s', {}, undefined],
    ['that of the same user where a key tells users apart', { key: () => 'me' }, 'a=1'],
  ])('refreshes by a request that is %s', async (_whose, options, cookie) => {
    const app = {
      headers: { ...WHILE_REVALIDATE, 'Cache-Control': `public, ${WHILE_REVALIDATE['Cache-Control']}` },
      body: 'hello',
    };
    await behindCache(
      host,
      app,
      async ({ client, clock, asked }) => {
        const own = { cookie: 'a=1', authorization: 'Basic eA==' };
        await client.get('/', own);
        clock.advance(60_000);
        expect(isHit(await client.get('/', own))).toBe(true);
        await until(() => asked.length === 2);
        expect(asked[1]!.cookie).toBe(cookie);
        expect(asked[1]!.authorization).toBe(cookie && 'Basic eA==');
      },
      options,
    );
  });

  it('refreshes through the whole application, whose middleware can tell, and once', async () => {
    const seen: boolean[] = [];
    const watching: Filter<object> = (request) => void seen.push(isReplay(request));
    const handled: boolean[] = [];
    const app = ({ req }: Handled) => {
      handled.push(isReplay(req));
      return { headers: WHILE_REVALIDATE, body: 'hello' };
    };
    await behindCache(
      host,
      app,
      async ({ client, clock }) => {
        await client.get();
        clock.advance(60_000);
        await client.get();
        await until(() => handled.length === 2);
        let got = await client.get();
        while (got.headers.age !== '0') got = await client.get();
      },
      { outer: [watching] },
    );
    expect(seen.filter(Boolean)).toEqual([true]);
    expect(handled).toEqual([false, true]);
  });

  it('works for a cache within another', async () => {
    const clock = new FakeClock();
    const inner = new ResponseCache({ now: clock.now, name: 'Inner' });
    const { app, open } = counting(WHILE_REVALIDATE);
    open();
    const outer = new ResponseCache({ now: clock.now });
    await behindCache(
      host,
      app,
      async ({ client, asked }) => {
        await client.get();
        for (const round of [2, 3, 4]) {
          clock.advance(60_000);
          expect((await client.get()).text).toBe(`answer ${round - 1}`);
          let got = await client.get();
          while (got.text !== `answer ${round}`) got = await client.get();
          expect([isHit(got), asked.length]).toEqual([true, round]);
        }
      },
      { cache: outer, inner: [createCacheResponse({ cache: inner })] },
    );
  });

  it('leaves what is stored where the refresh fails, and tries again', async () => {
    let calls = 0;
    const app: App = () => {
      calls++;
      if (calls === 2) throw Object.assign(new Error('no'), { expose: false });
      return { headers: WHILE_REVALIDATE, body: `answer ${calls}` };
    };
    await behindCache(host, app, async ({ client, clock }) => {
      await client.get();
      clock.advance(60_000);
      expect((await client.get()).text).toBe('answer 1');
      await until(() => calls === 2);
      let got = await client.get();
      while (got.text === 'answer 1') got = await client.get();
      expect([got.text, calls]).toEqual(['answer 3', 3]);
    });
  });
});

describe.each(hosts)('stale-if-error on $name', (host) => {
  const failures: Readonly<Record<string, App>> = {
    'a 500': () => ({ status: 500, headers: { 'X-Error': '1' }, body: 'failed' }),
    'a 502': () => ({ status: 502, headers: { 'X-Error': '1' }, body: 'failed' }),
    'a 503': () => ({ status: 503, headers: { 'X-Error': '1' }, body: 'failed' }),
    'a 504': () => ({ status: 504, headers: { 'X-Error': '1' }, body: 'failed' }),
    'a streamed 503': () => ({ status: 503, headers: { 'X-Error': '1' }, stream: streamOf('fai', 'led') }),
    'an error that is thrown': () => {
      throw Object.assign(new Error('failed'), { headers: { 'X-Error': '1' } });
    },
    'a thrown 503': () => {
      throw Object.assign(new Error('failed'), { status: 503, expose: true });
    },
  };

  /** What a client gets of an application that has answered once, and fails after so long. */
  const failing = (
    failure: App,
    afterMs: number,
    run: (served: Served) => Promise<unknown>,
    headers: Record<string, string> = IF_ERROR,
    options: Serving = {},
  ) => {
    let isFailing = false;
    const app: App = (handled) =>
      isFailing ? failure(handled) : { headers: { ...headers, ETag: '"1"' }, body: 'hello' };
    return behindCache(
      host,
      app,
      async (served) => {
        await served.client.get();
        served.clock.advance(afterMs);
        isFailing = true;
        await run(served);
      },
      options,
    );
  };

  it.each(Object.keys(failures))('sends what is stored instead of %s', async (kind) => {
    await failing(failures[kind]!, 89_999, async ({ client, asked }) => {
      const got = await client.get();
      expect([got.status, got.text]).toEqual([200, 'hello']);
      expect(got.headers).toMatchObject({ 'content-type': TEXT['Content-Type'], etag: '"1"', age: '89' });
      expect(statusOf(got)).toMatch(/^Spillway; fwd=stale; fwd-status=50\d; detail=stale-if-error$/);
      expect([got.headers['x-error'], asked.length]).toEqual([undefined, 2]);
      const known = await client.get('/', { 'if-none-match': '"1"' });
      expect([known.status, known.text]).toEqual([304, '']);
    });
  });

  it('keeps what others have set outside, also where the application throws', async () => {
    const foreign = {
      connect: (
        _req: unknown,
        res: { setHeader(name: string, value: string): unknown },
        next: () => void,
      ) => {
        res.setHeader('X-Foreign', '1');
        next();
      },
    };
    const filter = () => ({ headers: { 'X-Filter': '1' } });
    await failing(
      failures['an error that is thrown']!,
      60_000,
      async ({ client }) => {
        const { status, headers } = await client.get();
        expect([status, headers['x-foreign'], headers['x-filter']]).toEqual([200, '1', '1']);
      },
      IF_ERROR,
      { outer: [foreign, filter] },
    );
  });

  it('may be said by an option, or by the client', async () => {
    const options = { staleIfErrorMs: 30_000 };
    await failing(
      failures['a 503']!,
      89_999,
      async ({ client }) => {
        expect((await client.get()).status).toBe(200);
        expect((await client.get('/', { 'cache-control': 'stale-if-error=20' })).status).toBe(503);
      },
      FRESH,
      options,
    );
    await failing(
      failures['a 503']!,
      89_999,
      async ({ client }) => {
        expect((await client.get()).status).toBe(503);
        expect((await client.get('/', { 'cache-control': 'stale-if-error=30' })).status).toBe(200);
      },
      FRESH,
    );
  });

  it.each<[string, App, number, string]>([
    ['a 404', () => ({ status: 404, body: 'none' }), 60_000, IF_ERROR['Cache-Control']],
    ['a 501', () => ({ status: 501, body: 'none' }), 60_000, IF_ERROR['Cache-Control']],
    ['a 429', () => ({ status: 429, body: 'none' }), 60_000, IF_ERROR['Cache-Control']],
    ['a 503 after its time', failures['a 503']!, 90_000, IF_ERROR['Cache-Control']],
    ...['must-revalidate', 'proxy-revalidate', 's-maxage=60', 'no-cache'].map(
      (directive): [string, App, number, string] => [
        `a 503 of what is ${directive}`,
        failures['a 503']!,
        60_000,
        `${IF_ERROR['Cache-Control']}, ${directive}`,
      ],
    ),
  ])('is none instead of %s', async (_kind, failure, afterMs, cacheControl) => {
    await failing(
      failure,
      afterMs,
      async ({ client }) => {
        expect((await client.get()).status).not.toBe(200);
      },
      { ...TEXT, 'Cache-Control': cacheControl },
    );
  });

  it('is said of all who wait for the one that fails', async () => {
    const gate = deferred();
    await failing(
      async () => {
        await gate.promise;
        return { status: 503, body: 'failed' };
      },
      60_000,
      async ({ client, cache, asked }) => {
        const all = many(client, 10);
        await until(() => cache.flights.waiting === 9);
        gate.resolve();
        for (const got of await all) expect([got.status, got.text]).toEqual([200, 'hello']);
        expect(asked).toHaveLength(2);
      },
    );
  });

  it('never sends an error that was stored instead of another', async () => {
    let status = 503;
    const app = () => ({ status, headers: IF_ERROR, body: String(status) });
    await behindCache(host, app, async ({ client, clock }) => {
      await client.get();
      expect((await client.get()).text).toBe('503');
      clock.advance(60_000);
      status = 500;
      expect((await client.get()).text).toBe('500');
    });
  });
});

describe.each(hosts)('an overloaded process on $name', (host) => {
  const [source, reason] = ['cache-response test', 'a test'];
  afterEach(() => load.report(source, 0, reason));

  it.each<[string, number, number, string, number]>([
    ['sends what is stale', 0.8, 89_999, '', 1],
    ['asks where it is not overloaded', 0.79, 60_000, '', 2],
    ['asks where it has been stale too long', 1, 90_000, '', 2],
    ['asks where it must be validated', 1, 60_000, ', must-revalidate', 2],
  ])('%s', async (_what, level, afterMs, more, calls) => {
    const headers = { ...TEXT, 'Cache-Control': `max-age=60${more}` };
    await behindCache(
      host,
      { headers, body: 'hello' },
      async ({ client, clock, asked }) => {
        await client.get();
        clock.advance(afterMs);
        load.report(source, level, reason);
        const got = await client.get();
        expect([got.text, asked.length]).toEqual(['hello', calls]);
      },
      { staleIfErrorMs: 30_000 },
    );
  });
});

describe.each(hosts)('an application that cuts the connection on $name', (host) => {
  const means: Readonly<Record<string, (handled: Handled) => void>> = {
    'its response': ({ res }) => void res.destroy(),
    'its socket': ({ req }) => void req.socket.destroy(),
    'its response amid the body': ({ res }) => {
      res.statusCode = 200;
      res.write('ha', () => res.destroy());
    },
  };
  const cut = (
    cacheControl: string,
    run: (served: Served) => Promise<unknown>,
    options: Serving,
    means: (handled: Handled) => void = ({ res }) => void res.destroy(),
  ) => {
    let isCutting = false;
    const app: App = (handled) => {
      if (isCutting) return means(handled);
      return { headers: { ...TEXT, 'Cache-Control': cacheControl }, body: 'hello' };
    };
    return behindCache(
      host,
      app,
      async (served) => {
        await served.client.get();
        served.clock.advance(60_000);
        isCutting = true;
        await run(served);
      },
      options,
    );
  };

  it.each(Object.keys(means))(
    'does not cut off its client where rfc9111 allows what is stale: it destroys %s',
    async (kind) => {
      await cut(
        'max-age=60',
        async ({ client }) => {
          const got = await client.get();
          expect([got.status, got.text]).toEqual([200, 'hello']);
          expect(statusOf(got)).toBe('Spillway; fwd=stale; detail=disconnected');
        },
        { preset: 'rfc9111' },
        means[kind],
      );
    },
  );

  it('cuts off nobody who waits for that one either', async () => {
    await cut(
      'max-age=60',
      async ({ client, cache }) => {
        for (const got of await many(client, 5)) expect([got.status, got.text]).toEqual([200, 'hello']);
        expect(cache.flights.waiting).toBe(0);
      },
      { preset: 'rfc9111' },
    );
  });

  it('gives its client a 504 where it must be validated', async () => {
    await cut(
      'max-age=60, must-revalidate',
      async ({ client, cache }) => {
        const got = await client.get();
        expect([got.status, got.headers['content-type']]).toEqual([504, 'application/problem+json']);
        expect(cache.flights.waiting).toBe(0);
      },
      { preset: 'rfc9111' },
    );
  });

  it('cuts off its client as ever with safe defaults', async () => {
    await cut(
      'max-age=60',
      async ({ client, cache }) => {
        await expect(client.get()).rejects.toThrow();
        expect(cache.flights.waiting).toBe(0);
      },
      {},
    );
  });
});

describe.each(hosts)(
  'what has gone stale, asked of the application apart from its client on $name',
  (host) => {
    const stale = (answer: App, run: (served: Served) => Promise<unknown>, options: Serving = {}) => {
      let isFirst = true;
      const app: App = (handled) => {
        if (!isFirst) return answer(handled);
        isFirst = false;
        return { headers: { ...FRESH, ETag: '"1"' }, body: 'hello' };
      };
      return behindCache(
        host,
        app,
        async (served) => {
          await served.client.get();
          served.clock.advance(60_000);
          await run(served);
        },
        { preset: 'rfc9111', ...options },
      );
    };

    it.each<[string, App]>([
      ['a new body', () => ({ headers: { ...FRESH, ETag: '"2"' }, body: 'new' })],
      ['a new stream', () => ({ headers: { ...FRESH, ETag: '"2"' }, stream: streamOf('n', 'ew') })],
    ])('is %s for all who ask, stored', async (_what, answer) => {
      await stale(answer, async ({ client, asked }) => {
        for (const got of await many(client, 5)) expect([got.text, got.headers.etag]).toEqual(['new', '"2"']);
        expect([isHit(await client.get()), asked.length]).toEqual([true, 2]);
        expect(asked[1]!['if-none-match']).toBe('"1"');
      });
    });

    it('is validated', async () => {
      await stale(
        () => ({ status: 304, headers: { ...FRESH, ETag: '"1"' } }),
        async ({ client, asked }) => {
          const got = await client.get('/', { 'if-none-match': '"0"' });
          expect([got.status, got.text, asked.length]).toEqual([200, 'hello', 2]);
          expect(isHit(await client.get())).toBe(true);
        },
      );
    });

    it.each<[string, App]>([
      [
        'whole',
        () => ({ status: 403, headers: { ...TEXT, 'Cache-Control': 'no-store', 'X-App': '1' }, body: 'no' }),
      ],
      [
        'streamed',
        () => ({
          status: 403,
          headers: { ...TEXT, 'Cache-Control': 'no-store', 'X-App': '1' },
          stream: streamOf('n', 'o'),
        }),
      ],
    ])('is passed on as it is where it can’t be stored, %s', async (_form, answer) => {
      await stale(answer, async ({ client, asked }) => {
        const got = await client.get();
        expect([got.status, got.text, got.headers['x-app'], asked.length]).toEqual([403, 'no', '1', 2]);
      });
    });

    it('is not stored for a client who says no-store', async () => {
      await stale(
        () => ({ headers: { ...FRESH, ETag: '"2"' }, body: 'new' }),
        async ({ client, asked }) => {
          expect((await client.get('/', { 'cache-control': 'no-store' })).text).toBe('new');
          expect((await client.get()).text).toBe('new');
          expect(asked).toHaveLength(3);
        },
      );
    });

    it('stays what it was instead of an error, for as long as its client says', async () => {
      await stale(
        () => ({ status: 503, body: 'failed' }),
        async ({ client }) => {
          const lenient = await client.get('/', { 'cache-control': 'stale-if-error=30' });
          expect([lenient.status, lenient.text]).toEqual([200, 'hello']);
          expect((await client.get()).status).toBe(503);
        },
      );
    });

    it('is asked again for a client where it is too long to be held', async () => {
      const long = 'x'.repeat(100);
      await stale(
        () => ({ headers: { ...TEXT, 'Cache-Control': 'no-store' }, stream: streamOf(long, long) }),
        async ({ client, asked }) => {
          const got = await client.get();
          expect([got.text, statusOf(got)]).toEqual([long + long, 'Spillway; fwd=stale; detail=no-store']);
          expect(asked).toHaveLength(3);
        },
        { maxBodyBytes: 150 },
      );
    });

    it('frees those who wait where somebody further out answers in place of the application', async () => {
      const foreign = {
        connect: (req: object, res: { statusCode: number; end(): unknown }, next: () => void) => {
          if (!isReplay(req)) return next();
          res.statusCode = 429;
          res.end();
        },
      };
      await stale(
        () => ({ headers: FRESH, body: 'new' }),
        async ({ client, cache }) => {
          expect((await client.get()).status).toBe(200);
          expect(cache.flights.find(`/ http://127.0.0.1:${client.port}`)).toBeUndefined();
        },
        { outer: [foreign] },
      );
    });
  },
);

const [host] = overHttp1 as [(typeof hosts)[number]];

describe('a refresh', () => {
  const app = { headers: WHILE_REVALIDATE, body: 'hello' };

  it('is sent to the application that is handed in', async () => {
    const urls: unknown[] = [];
    await behindCache(
      host,
      app,
      async ({ client, clock, asked }) => {
        await client.get('/a?b');
        clock.advance(60_000);
        await client.get('/a?b');
        await until(() => urls.length === 1);
        expect([urls, asked.length]).toEqual([['/a?b'], 1]);
      },
      {
        app: (req, res) => {
          urls.push(req.url);
          res.end();
        },
      },
    );
  });

  it('that takes longer than half a minute keeps no other from being tried', async () => {
    let calls = 0;
    const headers = { ...TEXT, 'Cache-Control': 'max-age=60, stale-while-revalidate=300' };
    await behindCache(
      host,
      { headers, body: 'hello' },
      async ({ client, clock }) => {
        await client.get();
        for (const [laterMs, expected] of [
          [60_000, 1],
          [29_999, 1],
          [1, 2],
        ] as const) {
          clock.advance(laterMs);
          expect(isHit(await client.get())).toBe(true);
          expect(calls).toBe(expected);
        }
      },
      { app: () => void calls++ },
    );
  });

  it('is one of 64 at a time at most', async () => {
    let calls = 0;
    await behindCache(
      host,
      app,
      async ({ client, clock }) => {
        for (let i = 0; i < 70; i++) await client.get(`/${i}`);
        clock.advance(60_000);
        for (let i = 0; i < 70; i++) expect(isHit(await client.get(`/${i}`))).toBe(true);
        expect(calls).toBe(64);
      },
      { app: () => void calls++ },
    );
  });
});
