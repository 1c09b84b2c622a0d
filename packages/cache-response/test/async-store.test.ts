import {
  failed,
  type InvalidateBy,
  type Invalidation,
  MemoryStore,
  type ResponseStore,
  type Stored,
} from '@spillway/cache-response';
import { type App, eventsOf } from '@spillway/core/testing';
import { answeringHead, hosts, overHttp1 } from './hosts';
import {
  behindCache,
  closing,
  deferred,
  FRESH,
  isHit,
  many,
  type Served,
  type Serving,
  TEXT,
  turn,
  until,
} from './support';

const BODY = 'hello';

/** A store that answers by promises, later than at once, or fails where a test says so. */
class RemoteStore implements ResponseStore {
  readonly #memory = new MemoryStore();
  readonly failing = new Set<keyof ResponseStore>();
  /** What each call waits for. */
  delay: Promise<unknown> | undefined;
  #underWay = 0;

  /** Until no call is under way. */
  async idle(): Promise<void> {
    await until(() => this.#underWay === 0);
    await turn();
  }

  async get(key: string, headers: Parameters<ResponseStore['get']>[1]): Promise<Stored | undefined> {
    await this.#comeBack('get');
    return this.#memory.get(key, headers);
  }

  async set(key: string, response: Stored): Promise<void> {
    await this.#comeBack('set');
    this.#memory.set(key, response);
  }

  async invalidate(what: Invalidation, by: InvalidateBy): Promise<void> {
    await this.#comeBack('invalidate');
    this.#memory.invalidate(what, by);
  }

  async #comeBack(method: keyof ResponseStore): Promise<void> {
    this.#underWay++;
    await (this.delay ?? turn());
    this.#underWay--;
    if (this.failing.has(method)) throw new Error(`no ${method}`);
  }
}

interface Remote extends Served {
  readonly store: RemoteStore;
}

function behindRemote(
  host: (typeof hosts)[number],
  app: App,
  run: (remote: Remote) => Promise<unknown>,
  { of, ...options }: Serving = {},
) {
  const store = new RemoteStore();
  return behindCache(host, app, (served) => run({ ...served, store }), { ...options, of: { ...of, store } });
}

const validating: App = ({ req }) =>
  req.headers['if-none-match'] === '"1"'
    ? { status: 304, headers: { ...FRESH, ETag: '"1"' } }
    : { headers: { ...FRESH, ETag: '"1"' }, body: req.method === 'POST' ? 'posted' : BODY };

describe.each(hosts)('a store that answers by promises on $name', (host) => {
  it('serves hits, parts and validations', async () => {
    await behindRemote(host, validating, async ({ client, clock, asked }) => {
      expect((await client.get()).text).toBe(BODY);
      const got = await client.get();
      expect([got.text, isHit(got)]).toEqual([BODY, true]);
      expect((await client.get('/', { range: 'bytes=1-2' })).text).toBe('el');
      expect((await client.get('/', { 'if-none-match': '"1"' })).status).toBe(304);
      clock.advance(60_000);
      expect((await client.get()).text).toBe(BODY);
      expect([asked.length, asked[1]!['if-none-match']]).toEqual([2, '"1"']);
      expect(isHit(await client.get())).toBe(true);
    });
  });

  it('serves those who wait, who find what is stored', async () => {
    const gate = deferred();
    const app: App = async () => {
      await gate.promise;
      return { headers: FRESH, body: BODY };
    };
    await behindRemote(host, app, async ({ client, cache, asked }) => {
      const got = many(client, 50);
      await until(() => cache.flights.waiting === 49);
      gate.resolve();
      for (const { text } of await got) expect(text).toBe(BODY);
      expect([asked.length, cache.flights.waiting]).toEqual([1, 0]);
    });
  });

  it('forgets what is purged, by hand and by unsafe requests', async () => {
    await behindRemote(host, validating, async ({ client, cache, asked }) => {
      await client.get();
      await cache.purge({ urls: ['/'] });
      await client.get();
      await client.send({ method: 'POST' });
      await client.get();
      expect(asked).toHaveLength(4);
    });
  });

  it('that fails to find asks the application, and tells', async () => {
    const events = await eventsOf(failed, () =>
      behindRemote(host, validating, async ({ client, store, asked }) => {
        await client.get();
        store.failing.add('get');
        const got = await client.get();
        expect([got.status, got.text, asked.length]).toEqual([200, BODY, 2]);
        store.failing.clear();
        expect(isHit(await client.get())).toBe(true);
      }),
    );
    expect(events).toEqual([
      { cache: 'Spillway', what: 'store', error: expect.objectContaining({ message: 'no get' }) },
    ]);
  });

  it('that fails to store keeps no answer from anybody, and tells', async () => {
    const gate = deferred();
    const app: App = async () => {
      await gate.promise;
      return { headers: FRESH, body: BODY };
    };
    const events = await eventsOf(failed, () =>
      behindRemote(host, app, async ({ client, cache, store }) => {
        store.failing.add('set');
        const got = many(client, 5);
        await until(() => cache.flights.waiting === 4);
        gate.resolve();
        for (const { status, text } of await got) expect([status, text]).toEqual([200, BODY]);
        expect(cache.flights.waiting).toBe(0);
        await store.idle();
      }),
    );
    expect(events[0]).toEqual({
      cache: 'Spillway',
      what: 'store',
      error: expect.objectContaining({ message: 'no set' }),
    });
  });

  it('that fails to invalidate says so to who asked for it, or tells', async () => {
    const events = await eventsOf(failed, () =>
      behindRemote(host, validating, async ({ client, cache, store }) => {
        store.failing.add('invalidate');
        await expect(cache.purge({ urls: ['/'] })).rejects.toThrow('no invalidate');
        await expect(cache.expire({ everything: true })).rejects.toThrow('no invalidate');
        expect((await client.send({ method: 'POST' })).status).toBe(200);
        await store.idle();
      }),
    );
    expect(events).toEqual([
      { cache: 'Spillway', what: 'invalidate', error: expect.objectContaining({ message: 'no invalidate' }) },
    ]);
  });

  it('keeps nobody waiting for a client who has left while it was asked', async () => {
    const { filter, closed } = closing();
    await behindRemote(
      host,
      validating,
      async ({ client, cache, store, asked }) => {
        const gate = deferred();
        store.delay = gate.promise;
        const leaving = client.open({});
        await turns(5);
        leaving.abort();
        await until(() => closed.length === 1);
        gate.resolve();
        store.delay = undefined;
        await turns(5);
        expect((await client.get()).text).toBe(BODY);
        expect([asked.length, cache.flights.waiting]).toEqual([1, 0]);
      },
      { outer: [filter], of: { waitMs: 100_000 } },
    );
  });

  it('is asked before a stale answer is refreshed', async () => {
    const headers = { ...TEXT, 'Cache-Control': 'max-age=60, stale-while-revalidate=60' };
    let calls = 0;
    await behindRemote(
      host,
      () => ({ headers, body: `answer ${++calls}` }),
      async ({ client, clock }) => {
        await client.get();
        clock.advance(60_000);
        expect((await client.get()).text).toBe('answer 1');
        let got = await client.get();
        while (got.text === 'answer 1') got = await client.get();
        expect([got.text, isHit(got), calls]).toEqual(['answer 2', true, 2]);
      },
    );
  });
});

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await turn();
};

describe.each(answeringHead)('a HEAD of what a remote store has on $name', (host) => {
  it('is answered by it', async () => {
    await behindRemote(host, validating, async ({ client, asked }) => {
      await client.get();
      const head = await client.send({ method: 'HEAD' });
      expect([head.status, isHit(head), asked.length]).toEqual([200, true, 1]);
    });
  });
});

const [host] = overHttp1 as [(typeof hosts)[number]];

describe('what is stored later than it is sent', () => {
  it('is not stored where it was invalidated meanwhile', async () => {
    const gate = deferred();
    let calls = 0;
    const app: App = async () => {
      const call = ++calls;
      if (call === 1) await gate.promise;
      return { headers: FRESH, body: `answer ${call}` };
    };
    await behindRemote(host, app, async ({ client, cache }) => {
      const first = client.get();
      await until(() => calls === 1);
      await cache.purge({ everything: true });
      gate.resolve();
      expect((await first).text).toBe('answer 1');
      expect((await client.get()).text).toBe('answer 2');
    });
  });
});

describe('a store that throws', () => {
  const throwing = (method: keyof ResponseStore): ResponseStore => {
    const memory = new MemoryStore();
    const fail = () => {
      throw new Error(`no ${method}`);
    };
    return {
      get: (...args) => (method === 'get' ? fail() : memory.get(...args)),
      set: (...args) => (method === 'set' ? fail() : memory.set(...args)),
      invalidate: (...args) => (method === 'invalidate' ? fail() : memory.invalidate(...args)),
    };
  };

  it.each(['get', 'set', 'invalidate'] as const)(
    'from %s keeps no answer from anybody, and is told',
    async (method) => {
      const events = await eventsOf(failed, () =>
        behindCache(
          host,
          validating,
          async ({ client }) => {
            expect((await client.get()).text).toBe(BODY);
            expect((await client.send({ method: 'POST' })).text).toBe('posted');
          },
          { of: { store: throwing(method) } },
        ),
      );
      expect(events[0]).toMatchObject({
        cache: 'Spillway',
        what: method === 'invalidate' ? 'invalidate' : 'store',
        error: { message: `no ${method}` },
      });
    },
  );
});
