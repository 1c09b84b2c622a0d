import type { App, Got, Handled, Opened } from '@spillway/core/testing';
import { hosts, overHttp1 } from './hosts';
import {
  behindCache,
  closing,
  deferred,
  FRESH,
  isHit,
  many,
  type Served,
  statusOf,
  streamOf,
  TEXT,
  turn,
  until,
} from './support';

const BODY = 'hello';

/** An application that answers nobody before the test lets it. */
function gated(answer: App) {
  const gate = deferred();
  const app: App = async (handled) => {
    await gate.promise;
    return answer(handled);
  };
  return { app, open: gate.resolve };
}

/** Sends so many requests, and waits until all but one of them wait for that one. */
async function flock({ client, cache }: Served, count: number, headers = {}): Promise<Promise<Got[]>[]> {
  const got = many(client, count, '/', headers);
  await until(() => cache.flights.waiting === count - 1);
  // A promise in a promise would be waited for.
  return [got];
}

const wholeAt = (requests: readonly Got[], body = BODY): void => {
  for (const { status, text } of requests) expect([status, text]).toEqual([200, body]);
};

describe.each(hosts)('many at once on $name', (host) => {
  const forms = {
    whole: () => ({ headers: FRESH, body: BODY }),
    streamed: () => ({ headers: FRESH, stream: streamOf('hel', 'lo') }),
  };

  it.each([
    ['whole', 1_000],
    ['streamed', 100],
  ] as const)(
    'who want the same ask once, for a %s body and %i clients',
    async (form, clients) => {
      const { app, open } = gated(forms[form]);
      await behindCache(host, app, async (served) => {
        const [got] = await flock(served, clients);
        open();
        const all = await got!;
        wholeAt(all);
        expect(served.asked).toHaveLength(1);
        const collapsed = all.filter((each) => statusOf(each) === 'Spillway; fwd=uri-miss; collapsed');
        expect([collapsed.length, served.cache.flights.waiting]).toEqual([clients - 1, 0]);
      });
    },
    20_000,
  );

  it('are freed together by what can’t be stored, and the next ones don’t wait for a while', async () => {
    const all = deferred();
    const first = deferred();
    let calls = 0;
    const app: App = async () => {
      const call = ++calls;
      // The others are answered once all of them are here: one by one they never would be.
      if (call === 1) await first.promise;
      else if (call === 50) all.resolve();
      if (call > 1) await all.promise;
      return { headers: { ...TEXT, 'Cache-Control': 'no-store' }, body: BODY };
    };
    await behindCache(host, app, async (served) => {
      const [got] = await flock(served, 50);
      first.resolve();
      wholeAt(await got!);
      expect([calls, served.cache.flights.waiting]).toEqual([50, 0]);
      wholeAt(await many(served.client, 5));
      expect([calls, served.cache.flights.waiting]).toEqual([55, 0]);
    });
  });

  it('are answered though the client has left whose request was first', async () => {
    const { app, open } = gated(forms.whole);
    const { filter, closed } = closing();
    await behindCache(
      host,
      app,
      async ({ client, cache, asked }) => {
        const leader = client.open({});
        await until(() => asked.length === 1);
        const others = many(client, 10);
        await until(() => cache.flights.waiting === 10);
        leader.abort();
        await until(() => closed.length === 1);
        open();
        wholeAt(await others);
        expect([asked.length, cache.flights.waiting]).toEqual([1, 0]);
      },
      { outer: [filter] },
    );
  });

  it('go on without a stream whose client has left', async () => {
    const half = deferred();
    const app: App = async ({ res }) => {
      if (asked.length > 1) return forms.streamed();
      res.setHeader('Cache-Control', 'max-age=60');
      res.statusCode = 200;
      res.write('hel');
      await half.promise;
      res.end('lo');
      return undefined;
    };
    let asked: unknown[] = [];
    await behindCache(host, app, async (served) => {
      asked = served.asked;
      const leader = served.client.open({});
      const { stream } = await leader.response;
      stream.on('error', () => {});
      const others = many(served.client, 10);
      await until(() => served.cache.flights.waiting === 10);
      leader.abort();
      wholeAt(await others);
      half.resolve();
      expect([asked.length, served.cache.flights.waiting]).toEqual([2, 0]);
      expect(isHit(await served.client.get())).toBe(true);
    });
  });

  it('are answered by another request where the first one hangs', async () => {
    const late = deferred();
    let calls = 0;
    const app: App = async () => {
      if (++calls === 1) await late.promise;
      return forms.whole();
    };
    await behindCache(
      host,
      app,
      async (served) => {
        const first = served.client.get();
        await until(() => calls === 1);
        wholeAt(await many(served.client, 10));
        expect([calls, served.cache.flights.waiting]).toEqual([2, 0]);
        late.resolve();
        wholeAt([await first]);
      },
      { of: { waitMs: 40 } },
    );
  });

  it('are forgotten when they leave', async () => {
    const { app, open } = gated(forms.whole);
    await behindCache(host, app, async ({ client, cache, asked }) => {
      const first = client.get();
      await until(() => asked.length === 1);
      const key = `/ http://127.0.0.1:${client.port}`;
      expect(cache.flights.find(key)).toBeDefined();
      const leaving: Opened[] = Array.from({ length: 20 }, () => client.open({}));
      const staying = client.get();
      await until(() => cache.flights.waiting === 21);
      for (const each of leaving) each.abort();
      await until(() => cache.flights.waiting === 1);
      open();
      wholeAt([await first, await staying]);
      expect([asked.length, cache.flights.waiting, cache.flights.find(key)]).toEqual([1, 0, undefined]);
    });
  });

  it('are answered in as many calls as there are answers: 2 languages, 2 calls', async () => {
    const gates = { de: deferred(), en: deferred() };
    const app = async ({ req }: Handled) => {
      const language = req.headers['accept-language'] as 'de' | 'en';
      await gates[language].promise;
      return { headers: { ...FRESH, Vary: 'Accept-Language' }, body: language };
    };
    await behindCache(host, app, async ({ client, cache, asked }) => {
      const german = many(client, 100, '/', { 'accept-language': 'de' });
      await until(() => cache.flights.waiting === 99);
      const english = many(client, 100, '/', { 'accept-language': 'en' });
      await until(() => cache.flights.waiting === 199);
      gates.de.resolve();
      wholeAt(await german, 'de');
      await until(() => asked.length === 2 && cache.flights.waiting === 99);
      gates.en.resolve();
      wholeAt(await english, 'en');
      expect([asked.length, cache.flights.waiting]).toEqual([2, 0]);
    });
  });

  it('wait for the validation of what has gone stale as well', async () => {
    let hold = Promise.resolve();
    const app: App = async ({ req }) => {
      await hold;
      return req.headers['if-none-match'] === '"1"'
        ? { status: 304, headers: { ...FRESH, ETag: '"1"' } }
        : { headers: { ...FRESH, ETag: '"1"' }, body: BODY };
    };
    await behindCache(host, app, async (served) => {
      await served.client.get();
      served.clock.advance(60_000);
      const gate = deferred();
      hold = gate.promise;
      const [got] = await flock(served, 20);
      const known = served.client.get('/', { 'if-none-match': '"1"' });
      await until(() => served.cache.flights.waiting === 20);
      gate.resolve();
      wholeAt(await got!);
      expect((await known).status).toBe(304);
      expect(served.asked).toHaveLength(2);
    });
  });
});

const [host] = overHttp1 as [(typeof hosts)[number]];

describe('an answer that can’t be stored', () => {
  let isStorable = false;
  const app: App = async () => {
    // Whoever does not wait is here before the first one is answered.
    for (let i = 0; i < 20; i++) await turn();
    return { headers: isStorable ? FRESH : { ...TEXT, 'Cache-Control': 'private' }, body: BODY };
  };
  beforeEach(() => {
    isStorable = false;
  });

  it.each([
    [119_999, 6],
    [120_000, 2],
  ])('after %i ms makes it %i calls of one and then five', async (laterMs, calls) => {
    await behindCache(host, app, async ({ client, clock, asked }) => {
      await client.get();
      isStorable = true;
      clock.advance(laterMs);
      await many(client, 5);
      expect(asked).toHaveLength(calls);
    });
  });

  it.each(['private', 'no-store', 'no-cache', 'max-age=0'])(
    'or used for anybody else, as it says %s, keeps nobody waiting the next time',
    async (cacheControl) => {
      let here = 0;
      let most = 0;
      const unusable: App = async (handled) => {
        most = Math.max(most, ++here);
        await app(handled);
        here--;
        return { headers: { ...TEXT, 'Cache-Control': cacheControl }, body: BODY };
      };
      await behindCache(host, unusable, async ({ client }) => {
        await client.get();
        wholeAt(await many(client, 5));
        expect(most).toBe(5);
      });
    },
  );

  it('is forgotten when one comes that can be', async () => {
    await behindCache(host, app, async ({ client, cache, asked }) => {
      await client.get();
      isStorable = true;
      await client.get();
      await cache.purge({ urls: ['/'] });
      await many(client, 5);
      expect(asked).toHaveLength(3);
    });
  });

  it.each([500, 503, 404])('says nothing of the next where it is a %i', async (status) => {
    const failing: App = async (handled) => {
      const answer = await app(handled);
      return isStorable ? answer : { ...answer, status };
    };
    await behindCache(host, failing, async ({ client, asked }) => {
      await client.get();
      isStorable = true;
      await many(client, 5);
      expect(asked).toHaveLength(status < 500 ? 6 : 2);
    });
  });
});

describe('requests wait for nobody', () => {
  it.each<[string, Record<string, string>]>([
    ['who want a new answer', { 'cache-control': 'no-cache' }],
    ['who want a newer one than some', { 'cache-control': 'max-age=5' }],
    ['who want none to be kept', { 'cache-control': 'no-store' }],
    ['who come with a cookie', { cookie: 'a=1' }],
    ['who are authorized', { authorization: 'Basic eA==' }],
    ['who want a part', { range: 'bytes=0-1' }],
  ])('%s', async (_what, headers) => {
    const { app, open } = gated(() => ({ headers: FRESH, body: BODY }));
    await behindCache(host, app, async ({ client, cache, asked }) => {
      const first = client.get();
      await until(() => asked.length === 1);
      const others = many(client, 3, '/', headers);
      await until(() => asked.length === 4);
      expect(cache.flights.waiting).toBe(0);
      open();
      await Promise.all([first, others]);
    });
  });

  it('once as many wait as may', async () => {
    const { app, open } = gated(() => ({ headers: FRESH, body: BODY }));
    await behindCache(
      host,
      app,
      async ({ client, cache, asked }) => {
        const got = many(client, 10);
        await until(() => asked.length === 7);
        expect(cache.flights.waiting).toBe(3);
        open();
        wholeAt(await got);
        expect([asked.length, cache.flights.waiting]).toEqual([7, 0]);
      },
      { of: { maxWaiting: 3 } },
    );
  });

  it('but those of one user for those of the same', async () => {
    const { app, open } = gated(({ req }) => ({ headers: FRESH, body: req.headers.cookie! }));
    await behindCache(
      host,
      app,
      async ({ client, cache, asked }) => {
        const [a, b] = ['a', 'b'].map((user) => many(client, 5, '/', { cookie: user }));
        await until(() => cache.flights.waiting === 8);
        open();
        wholeAt(await a!, 'a');
        wholeAt(await b!, 'b');
        expect(asked).toHaveLength(2);
      },
      { key: ({ headers }: { headers: Record<string, string> }) => headers.cookie } as never,
    );
  });
});

describe('a leader whose client leaves before the application has answered', () => {
  it('is followed by another request where the answer never comes', async () => {
    let calls = 0;
    const app: App = async () => {
      if (++calls === 1) await new Promise(() => {});
      return { headers: FRESH, body: BODY };
    };
    await behindCache(
      host,
      app,
      async ({ client, cache }) => {
        const leader = client.open({});
        await until(() => calls === 1);
        const others = many(client, 5);
        await until(() => cache.flights.waiting === 5);
        leader.abort();
        wholeAt(await others);
        expect([calls, cache.flights.waiting]).toEqual([2, 0]);
      },
      { of: { waitMs: 40 } },
    );
  });

  it('is forgotten where nobody waits, and the answer never comes', async () => {
    const { app } = gated(() => ({ headers: FRESH, body: BODY }));
    await behindCache(
      host,
      app,
      async ({ client, cache, asked }) => {
        const key = `/ http://127.0.0.1:${client.port}`;
        const leader = client.open({});
        await until(() => asked.length === 1);
        expect(cache.flights.find(key)).toBeDefined();
        leader.abort();
        await until(() => cache.flights.find(key) === undefined);
      },
      { of: { waitMs: 40 } },
    );
  });

  it('fills the store without anybody waiting, too', async () => {
    const { app, open } = gated(() => ({ headers: FRESH, body: BODY }));
    const { filter, closed } = closing();
    await behindCache(
      host,
      app,
      async ({ client, asked }) => {
        const leader = client.open({});
        await until(() => asked.length === 1);
        leader.abort();
        await until(() => closed.length === 1);
        open();
        await turn();
        const got = await client.get();
        expect([got.text, isHit(got), asked.length]).toEqual([BODY, true, 1]);
      },
      { outer: [filter] },
    );
  });
});
