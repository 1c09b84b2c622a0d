import { createBackpressure, LoadShedder, shed } from '@spillway/backpressure';
import { type Client, eventsOf } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, protectedBy, until } from './support';

const ONE = { limit: 1, maxWaiting: 0 };
const PROBLEM = 'https://iana.org/assignments/http-problem-types#temporary-reduced-capacity';

describe.each(hosts)('on $name', (host) => {
  it('what finds no slot and no room is refused with a problem, and no handler runs', async () => {
    const { app, held, handled, letGo } = holding();
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      const refused = await client.get('/other');
      expect(refused).toMatchObject({
        status: 503,
        headers: { 'cache-control': 'no-store', 'content-type': 'application/problem+json' },
      });
      expect(JSON.parse(refused.text)).toMatchObject({ type: PROBLEM, status: 503 });
      expect(refused.headers['retry-after']).toMatch(/^([1-9]|[1-5]\d|60)$/);
      expect(handled).toEqual(['/held']);
      letGo();
      expect(await first).toMatchObject({ status: 200, text: '/held' });
      expect(await client.get('/other')).toMatchObject({ status: 200 });
      expect(shedder.stats()).toMatchObject({
        admitted: 2,
        shed: { full: 1 },
        shedByPriority: { default: 1 },
      });
    });
  });

  it('who takes no JSON is told in text', async () => {
    const { app, held, letGo } = holding();
    await protectedBy(host, ONE, app, async (client) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      const { headers, text } = await client.get('/', { accept: 'text/html' });
      expect(headers['content-type']).toBe('text/plain; charset=utf-8');
      expect(headers['retry-after']).toMatch(/^\d+$/);
      expect(text).toMatch(/capacity/);
      letGo();
      await first;
    });
  });

  it('who waits is served when a slot comes back, in time', async () => {
    const { app, held, handled, letGo } = holding();
    await protectedBy(host, { limit: 1, maxWaiting: 5, whenFull: 'wait' }, app, async (client, shedder) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      const second = client.get('/second');
      await until(() => shedder.stats().queued === 1);
      expect(handled).toEqual(['/held']);
      letGo();
      expect(await Promise.all([first, second])).toMatchObject([
        { status: 200 },
        { status: 200, text: '/second' },
      ]);
    });
  });

  it('who waits in vain is refused', async () => {
    const { app, held, letGo } = holding();
    await protectedBy(host, { limit: 1, whenFull: 'wait', maxWaitMs: 1 }, app, async (client, shedder) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      expect(await client.get('/late')).toMatchObject({ status: 503 });
      expect(shedder.stats().shed).toMatchObject({ timeout: 1 });
      letGo();
      await first;
    });
  });

  it('who leaves while waiting gives up its place, and its handler never runs', async () => {
    const { app, held, handled, letGo } = holding();
    await protectedBy(host, { limit: 1, whenFull: 'wait' }, app, async (client, shedder) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      const leaves = client.open({ path: '/leaves' });
      await until(() => shedder.stats().queued === 1);
      leaves.abort();
      await until(() => shedder.stats().queued === 0);
      letGo();
      await first;
      expect(await client.get('/next')).toMatchObject({ status: 200 });
      expect(handled).toEqual(['/held', '/next']);
    });
  });

  it('health is asked and answered though all is full, and counted', async () => {
    const { app, held, letGo } = holding();
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      for (const path of ['/healthz', '/readyz', '/livez', '/livez?verbose'])
        expect(await client.get(path)).toMatchObject({ status: 200, text: path });
      expect((await client.get('/livez/other')).status).toBe(503);
      expect(shedder.stats()).toMatchObject({ skipped: 4, inFlight: 1 });
      letGo();
      await first;
    });
  });

  it('skip of your own is in place of that', async () => {
    const { app, held, letGo } = holding();
    const skip = (context: { req?: { url?: string }; url?: string }) =>
      (context.req ?? context).url === '/free';
    const run = async (client: Client) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      expect((await client.get('/free')).status).toBe(200);
      expect((await client.get('/livez')).status).toBe(503);
      letGo();
      await first;
    };
    await protectedBy(host, ONE, app, run, { skip: skip as never });
  });

  it('refuse: throw hands an error to the framework, with the fields', async () => {
    const { app, held, letGo } = holding();
    const run = async (client: Client) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      const { status, headers } = await client.get('/');
      expect(status).toBe(503);
      if (!host.name.startsWith('node:')) expect(headers['retry-after']).toMatch(/^\d+$/);
      letGo();
      await first;
    };
    await protectedBy(host, ONE, app, run, { refuse: 'throw' });
  });

  it.each(['priority', 'key', 'deadline', 'skip'])(
    'a %s that throws is an error, and takes no slot',
    async (name) => {
      const { app } = holding();
      const throws = () => {
        throw new Error('bug');
      };
      await protectedBy(
        host,
        ONE,
        app,
        async (client, shedder) => {
          expect((await client.get('/')).status).toBe(500);
          expect(shedder.stats()).toMatchObject({ inFlight: 0, admitted: 0 });
        },
        { [name]: throws },
      );
    },
  );

  it('classes have limits of their own', async () => {
    const { app, held, letGo } = holding();
    const key = (context: { req?: { url?: string }; url?: string }) =>
      (context.req ?? context).url!.slice(0, 5);
    const run = async (client: Client, shedder: LoadShedder) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      expect((await client.get('/held/second')).status).toBe(503);
      expect((await client.get('/other')).status).toBe(200);
      expect(shedder.stats().classes['/held']).toEqual({ inFlight: 1, queued: 0, limit: 1 });
      letGo();
      await first;
    };
    await protectedBy(host, ONE, app, run, { key: key as never });
  });
});

const [host] = hosts;

it('no priority is read from a field that a client sends', async () => {
  const { app, held, letGo } = holding();
  await protectedBy(host!, { limit: 1, maxWaiting: 0 }, app, async (client) => {
    const first = client.get('/held');
    await until(() => held.length === 1);
    for (const field of ['priority', 'x-priority', 'importance'])
      expect((await client.get('/', { [field]: 'critical' })).status).toBe(503);
    letGo();
    await first;
  });
});

it('each refusal is an event', async () => {
  const { app, held, letGo } = holding();
  await protectedBy(host!, ONE, app, async (client) => {
    const first = client.get('/held');
    await until(() => held.length === 1);
    const events = await eventsOf(shed, async () => {
      await client.get('/');
    });
    expect(events).toMatchObject([{ reason: 'full', priority: 'default', key: undefined }]);
    letGo();
    await first;
  });
});

it.each([
  [{ limit: 0 }, 'limit'],
  [{ turnBudgetMs: 0 }, 'turnBudgetMs'],
  [{ whenFull: 'block' }, 'whenFull'],
  [{ reserved: 2 }, 'reserved'],
  [{ skip: true }, 'skip'],
  [{ refuse: 'drop' }, 'refuse'],
  [{ concurrency: 5 }, 'concurrency is not an option'],
  [{ shedder: new LoadShedder(), limit: 5 }, 'limit belongs to the shedder that is given'],
])('%p is refused at construction', (options, message) => {
  expect(() => createBackpressure(options as never)).toThrow(message);
});
