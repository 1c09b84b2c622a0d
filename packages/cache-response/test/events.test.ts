import { failed, handled, ResponseCache } from '@spillway/cache-response';
import { type Event, hookError, warning } from '@spillway/core';
import { type App, eventsOf } from '@spillway/core/testing';
import { hosts } from './hosts';
import { behindCache, FRESH, type Serving, statusOf, streamOf, TEXT, turn } from './support';

const BODY = 'hello';
const error = (message: string) => expect.objectContaining({ message });

const edge = (fails: string) => ({
  purge: async () => {
    throw new Error(fails);
  },
});

describe.each(hosts)('on $name', (host) => {
  it('nothing is told where nothing has failed', async () => {
    const run = () =>
      behindCache(
        host,
        ({ req }) =>
          req.url === '/stream'
            ? { headers: FRESH, stream: streamOf('a', 'b') }
            : { headers: FRESH, body: BODY },
        async ({ client, cache, clock }) => {
          for (const path of ['/', '/', '/stream', '/stream']) await client.get(path);
          clock.advance(60_000);
          await client.get();
          await client.send({ method: 'POST' });
          await cache.purge({ everything: true });
          const leaving = client.open({ path: '/stream' });
          leaving.abort();
          await client.get();
        },
      );
    for (const event of [failed, hookError, warning] as readonly Event<object>[])
      expect([event.name, await eventsOf(event, run)]).toEqual([event.name, []]);
  });

  it('each request that the cache has to do with is told once, by what its Cache-Status says', async () => {
    const told: string[] = [];
    const fields = { ...FRESH, ETag: '"1"' };
    const app: App = ({ req }) => {
      if (req.url === '/private') return { headers: { ...TEXT, 'Cache-Control': 'private' }, body: BODY };
      if (req.url!.startsWith('/stream')) return { headers: fields, stream: streamOf('a', 'b') };
      return req.headers['if-none-match'] === '"1"'
        ? { status: 304, headers: fields }
        : { headers: fields, body: BODY };
    };
    const events = await eventsOf(handled, () =>
      behindCache(
        host,
        app,
        async ({ client, clock }) => {
          const ask = async (path: string, headers = {}) =>
            void told.push(statusOf(await client.get(path, headers)));
          for (const path of ['/', '/', '/private', '/stream', '/stream']) await ask(path);
          for (const tag of ['"0"', '"1"']) {
            await ask('/', { 'if-none-match': tag });
            await ask(`/whole?${tag.slice(1, 2)}`, { 'if-none-match': tag });
            await ask(`/stream?${tag.slice(1, 2)}`, { 'if-none-match': tag });
          }
          await ask('/', { range: 'bytes=0-1' });
          clock.advance(60_000);
          await ask('/');
          await client.send({ method: 'POST', path: '/' });
        },
        { of: { name: 'shop' } },
      ),
    );
    expect(events.map(({ status }) => status)).toEqual(told);
    expect(new Set(events.map(({ cache }) => cache))).toEqual(new Set(['shop']));
  });

  const refreshed = async (options: Serving) => {
    await behindCache(
      host,
      { headers: { ...TEXT, 'Cache-Control': 'max-age=60, stale-while-revalidate=60' }, body: BODY },
      async ({ client, clock }) => {
        await client.get();
        clock.advance(60_000);
        expect((await client.get()).text).toBe(BODY);
        await turn();
      },
      options,
    );
  };

  it('a refresh that can’t be sent is told, and its client has an answer', async () => {
    const app = () => {
      throw new Error('no application');
    };
    expect(await eventsOf(failed, () => refreshed({ app, of: { name: 'shop' } }))).toEqual([
      { cache: 'shop', what: 'refresh', error: error('no application') },
    ]);
  });

  it('a cache in front that fails is told where nobody waits for it', async () => {
    const events = await eventsOf(failed, () =>
      behindCache(
        host,
        { headers: FRESH, body: BODY },
        async ({ client }) => {
          await client.get();
          expect((await client.send({ method: 'POST' })).status).toBe(200);
          await turn();
          expect((await client.get()).headers['cache-status']).not.toMatch(/hit/);
        },
        { of: { edge: edge('no edge') } },
      ),
    );
    expect(events).toEqual([{ cache: 'Spillway', what: 'invalidate', error: error('no edge') }]);
  });
});

it('what is purged by hand tells who asked for it, and nobody else', async () => {
  const cache = new ResponseCache({ edge: edge('no edge') });
  const events = await eventsOf(failed, () =>
    expect(cache.purge({ everything: true })).rejects.toThrow('no edge'),
  );
  expect(events).toEqual([]);
});
