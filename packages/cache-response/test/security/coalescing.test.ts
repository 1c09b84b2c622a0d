import type { App, Handled, TestHost } from '@spillway/core/testing';
import { hosts, overHttp1 } from '../hosts';
import { deferred, isHit, many, type Served, type Serving, statusOf, TEXT, until } from '../support';
import { ALICE, attacked, BOB, isInFront, NOBODY, personal, textsOf, userOf } from './support';

/** An application that answers nobody until a test lets it. */
function held(app: App) {
  const gate = deferred();
  const late: App = async (handled) => {
    await gate.promise;
    return app(handled);
  };
  return { app: late, open: gate.resolve };
}

/** All requests are on their way, to the application or waiting, before the first is answered. */
async function atOnce(
  host: TestHost,
  app: App,
  requests: readonly Readonly<Record<string, string>>[],
  /** Of them, how many the application sees before it has answered any. */
  arriving: number,
  check: (texts: string[], served: Served) => unknown,
  options: Serving = {},
): Promise<void> {
  const { app: late, open } = held(app);
  await attacked(
    host,
    late,
    async (served) => {
      const { client, cache, asked } = served;
      const answers = requests.map((headers) => client.get('/', headers));
      await until(() => asked.length + cache.flights.waiting === requests.length);
      expect(asked).toHaveLength(arriving);
      open();
      await check(textsOf(await Promise.all(answers)), served);
    },
    options,
  );
}

describe.each(hosts)('at once on a cold key on $name', (host) => {
  it('anonymous requests share one answer', async () => {
    await atOnce(host, personal({ 'Cache-Control': 'max-age=60' }), Array(5).fill(NOBODY), 1, (texts) =>
      expect(texts).toEqual(Array(5).fill('page of nobody')),
    );
  });

  it.each([
    ['max-age=60', {}],
    ['public, max-age=60', {}],
    ['private, max-age=60', {}],
    ['', { ttlMs: 60_000 }],
  ] as [string, Serving][])(
    'users with different cookies get their own each, under %j',
    async (field, options) => {
      const app = personal(field === '' ? {} : { 'Cache-Control': field });
      const all = [ALICE, BOB, { authorization: 'Bearer carol' }, { cookie: 'session=dave' }];
      const own = ['alice', 'bob', 'carol', 'dave'].map((user) => `page of ${user}`);
      await atOnce(host, app, all, 4, (texts) => expect(texts).toEqual(own), options);
    },
  );

  it('a leader without a cookie answers nobody who has one', async () => {
    await atOnce(
      host,
      personal({}),
      [NOBODY, ALICE, NOBODY, BOB],
      3,
      (texts) => expect(texts).toEqual(['nobody', 'alice', 'nobody', 'bob'].map((user) => `page of ${user}`)),
      { ttlMs: 60_000 },
    );
  });

  it('who has a cookie leads nobody', async () => {
    await atOnce(
      host,
      personal({}),
      [ALICE, NOBODY, NOBODY],
      2,
      (texts) => expect(texts).toEqual(['page of alice', 'page of nobody', 'page of nobody']),
      { ttlMs: 60_000 },
    );
  });

  it.each([
    ['max-age=60', {}, 50],
    ['public, max-age=60', {}, 50],
    ['', { ttlMs: 60_000 }, 50],
    // Who waits shares the page, and the leader alone has the cookie.
    ['no-cache="set-cookie", max-age=60', { preset: 'rfc9111' }, 1],
  ] as [string, Serving, number][])(
    'no two of fifty get one Set-Cookie, under %j %j',
    async (field, options, expected) => {
      let sessions = 0;
      const { app, open } = held((handled) => {
        const headers = { 'Set-Cookie': `session=${++sessions}` };
        return personal(field === '' ? headers : { ...headers, 'Cache-Control': field })(handled);
      });
      const run = async ({ client, cache }: Served) => {
        const answers = many(client, 50);
        await until(() => cache.flights.waiting === 49);
        open();
        const cookies = (await answers).flatMap(({ headers }) => headers['set-cookie'] ?? []);
        expect([cookies.length, new Set(cookies).size]).toEqual([expected, expected]);
      };
      await attacked(host, app, run, options);
    },
  );

  it.each([
    ['private, max-age=60', 200],
    ['no-store', 200],
    ['', 500],
    ['', 200],
  ])('what can’t be stored is no other’s, by %j and status %i', async (field, status) => {
    let answers = 0;
    const app: App = () => ({
      status,
      headers: { ...TEXT, ...(field !== '' && { 'Cache-Control': field }) },
      body: `answer ${++answers}`,
    });
    await atOnce(host, app, Array(10).fill(NOBODY), 1, (texts) => expect(new Set(texts).size).toBe(10));
  });

  it('who differs in what the page depends on gets another one', async () => {
    const app: App = ({ req }) => ({
      headers: { ...TEXT, 'Cache-Control': 'max-age=60', Vary: 'X-Tenant' },
      body: `page of ${req.headers['x-tenant']}`,
    });
    const tenants = ['a', 'b', 'a', 'c', 'b'];
    await atOnce(
      host,
      app,
      tenants.map((tenant) => ({ 'x-tenant': tenant })),
      1,
      (texts) => expect(texts).toEqual(tenants.map((tenant) => `page of ${tenant}`)),
    );
  });

  it('who is of another host waits for nobody', async () => {
    const app: App = ({ req }) => ({
      headers: { ...TEXT, 'Cache-Control': 'max-age=60' },
      body: `page of ${req.headers.host ?? req.headers[':authority']}`,
    });
    const name = host.http2 ? ':authority' : 'host';
    await atOnce(host, app, [{ [name]: 'a.test' }, { [name]: 'b.test' }], 2, (texts) =>
      expect(texts).toEqual(['page of a.test', 'page of b.test']),
    );
  });

  it('who sends a body along leads nobody and waits for nobody', async () => {
    const app: App = async ({ req }) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      return { headers: { ...TEXT, 'Cache-Control': 'max-age=60' }, body: `about ${body}` };
    };
    const { app: late, open } = held(app);
    await attacked(host, late, async ({ client, cache, asked }) => {
      const fat = client.send({ headers: { 'content-length': '4' }, body: 'evil' });
      await until(() => asked.length === 1);
      const lean = client.get('/');
      await until(() => asked.length + cache.flights.waiting === 2);
      open();
      expect(textsOf(await Promise.all([fat, lean]))).toEqual(['about evil', 'about ']);
    });
  });
});

describe.each(hosts)('who waits on $name', (host) => {
  it('is one of so many, and more ask the application', async () => {
    const app = personal({ 'Cache-Control': 'max-age=60' });
    const requests = Array(8).fill(NOBODY);
    await atOnce(host, app, requests, 6, (texts) => expect(new Set(texts).size).toBe(1), {
      of: { maxWaiting: 2 },
    } as Serving);
  });

  it('for what proves to be private, waits for nothing of the kind again for a while', async () => {
    const gates = [deferred(), deferred()];
    let answers = 0;
    const app: App = async ({ req }) => {
      await gates[Number(req.headers['x-round'])]!.promise;
      return { headers: { ...TEXT, 'Cache-Control': 'private' }, body: `answer ${++answers}` };
    };
    await attacked(host, app, async ({ client, cache, asked }) => {
      const first = many(client, 5, '/', { 'x-round': '0' });
      await until(() => cache.flights.waiting === 4);
      gates[0]!.resolve();
      expect(new Set(textsOf(await first)).size).toBe(5);
      const second = many(client, 5, '/', { 'x-round': '1' });
      await until(() => asked.length + cache.flights.waiting === 10);
      expect(cache.flights.waiting).toBe(0);
      gates[1]!.resolve();
      expect(new Set(textsOf(await second)).size).toBe(5);
    });
  });

  it('shares a key’s answer with those of the same key alone', async () => {
    const key = (context: unknown) => userOf({ req: context } as Handled);
    const app = personal({ 'Cache-Control': 'private="x", max-age=60' });
    await atOnce(
      host,
      app,
      [ALICE, BOB, ALICE, BOB],
      2,
      (texts) => expect(texts).toEqual(['alice', 'bob', 'alice', 'bob'].map((user) => `page of ${user}`)),
      { key },
    );
  });

  it('gets nothing of a query that the answer turns out to depend on', async () => {
    let varies = false;
    const app: App = ({ req }) => ({
      headers: {
        ...TEXT,
        'Cache-Control': 'max-age=60',
        ...(!varies && { 'No-Vary-Search': 'params' }),
      },
      body: `page of ${req.url}`,
    });
    const gate = deferred();
    const late: App = async (handled) => {
      if (varies) await gate.promise;
      return app(handled);
    };
    await attacked(host, late, async ({ client, clock, cache, asked }) => {
      await client.get('/?x');
      clock.advance(61_000);
      varies = true;
      const answers = ['/?user=alice', '/?user=bob'].map((path) => client.get(path));
      await until(() => asked.length + cache.flights.waiting === 3);
      gate.resolve();
      expect(textsOf(await Promise.all(answers))).toEqual(['page of /?user=alice', 'page of /?user=bob']);
    });
  });
});

describe.each(hosts)('one odd request on $name', (host) => {
  it('does not have all others ask the application each', async () => {
    const app: App = ({ req }) =>
      req.headers.accept === 'odd'
        ? { status: 406, headers: { ...TEXT, 'Cache-Control': 'no-store', Vary: 'Accept' }, body: 'no' }
        : { headers: { ...TEXT, 'Cache-Control': 'max-age=60', Vary: 'Accept' }, body: 'page' };
    const gate = deferred();
    const late: App = async (handled) => {
      if (handled.req.headers['x-late'] !== undefined) await gate.promise;
      return app(handled);
    };
    await attacked(host, late, async ({ client, clock, cache, asked }) => {
      await client.get('/', { accept: 'text/plain' });
      await client.get('/', { accept: 'odd' });
      clock.advance(61_000);
      const answers = many(client, 20, '/', { accept: 'text/plain', 'x-late': '1' });
      await until(() => asked.length + cache.flights.waiting === 22);
      gate.resolve();
      await answers;
      expect(asked).toHaveLength(3);
    });
  });
});

describe.each(hosts)('a validation at once on $name', (host) => {
  it('that brings a Set-Cookie brings it to one client, and it is not kept', async () => {
    let sessions = 0;
    const app: App = ({ req }) => {
      const headers = { ...TEXT, 'Cache-Control': 'max-age=60', ETag: '"1"' };
      return req.headers['if-none-match'] === undefined
        ? { headers, body: 'page' }
        : { status: 304, headers: { ...headers, 'Set-Cookie': `session=${++sessions}` } };
    };
    await attacked(host, app, async ({ client, clock }) => {
      await client.get('/');
      clock.advance(61_000);
      const got = await many(client, 10);
      const cookies = got.flatMap(({ headers }) => headers['set-cookie'] ?? []);
      expect(new Set(cookies).size).toBe(cookies.length);
      for (const each of got.filter(isHit)) expect(each.headers).not.toHaveProperty('set-cookie');
      expect((await client.get('/')).headers['set-cookie']).not.toEqual(cookies.slice(-1));
    });
  });
});

describe.each(overHttp1.filter((host) => !isInFront(host)))('a leader that leaves on $name', (host) => {
  it('leaves nobody its own answer', async () => {
    let answers = 0;
    const gate = deferred();
    const app: App = async (handled) => {
      await gate.promise;
      return {
        headers: { ...TEXT, 'Cache-Control': 'private' },
        body: `answer ${++answers} ${userOf(handled)}`,
      };
    };
    await attacked(host, app, async ({ client, cache, asked }) => {
      const { abort } = client.open({});
      await until(() => asked.length === 1);
      const waiting = many(client, 3);
      await until(() => cache.flights.waiting === 3);
      abort();
      gate.resolve();
      const got = await waiting;
      expect(new Set(textsOf(got)).size).toBe(3);
      for (const each of got) expect(statusOf(each)).toContain('private');
    });
  });
});
