import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Filter, type Hooks, hookError, type Outcome } from '@spillway/core';
import { eventsOf, type Handled } from '@spillway/core/testing';
import type Koa from 'koa';
import { hosts } from './hosts';
import { deferred, TEXT, watching } from './support';

describe.each(hosts)('on $name', (host) => {
  it('a request that no filter minds passes', async () => {
    await host.serve(
      [() => undefined, async () => undefined, () => ({})],
      () => ({ body: 'x' }),
      async (client) => {
        expect((await client.get()).text).toBe('x');
      },
    );
  });

  it.each<[string, (outcome: Outcome) => ReturnType<Filter>]>([
    ['at once', (outcome) => outcome],
    ['later', async (outcome) => outcome],
    ['by a wait', (outcome) => ({ wait: Promise.resolve(outcome) })],
    ['by a wait after a promise', async (outcome) => ({ wait: Promise.resolve(outcome) })],
  ])('a reply %s keeps the application from running', async (_when, answer) => {
    let handled = 0;
    const reply = { status: 429, headers: { 'Retry-After': 5 }, body: 'slow down' };
    await host.serve(
      [() => answer(reply)],
      () => void handled++,
      async (client) => {
        const { status, text, headers } = await client.get();
        expect([status, text, headers['retry-after']]).toEqual([429, 'slow down', '5']);
        expect(headers['content-type']).toBeUndefined();
      },
    );
    expect(handled).toBe(0);
  });

  it.each([204, 304])('a reply of %d has its fields and no body', async (status) => {
    await host.serve(
      [() => ({ status, headers: { ETag: '"1"' } })],
      () => ({}),
      async (client) => {
        const got = await client.get();
        expect([got.status, got.text, got.headers.etag]).toEqual([status, '', '"1"']);
      },
    );
  });

  it('a reply without a body has none', async () => {
    await host.serve(
      [() => ({ status: 503 })],
      () => ({}),
      async (client) => {
        expect(await client.get()).toMatchObject({ status: 503, text: '' });
      },
    );
  });

  it('fields of several filters add up: set in place, or appended', async () => {
    const first = (): Hooks => ({
      headers: { 'X-Set': 'first' },
      append: { 'Server-Timing': 'a', Vary: 'Accept' },
    });
    const second = async (): Promise<Hooks> => ({
      headers: { 'X-Set': 'second', 'X-Not': undefined },
      append: { 'Server-Timing': 'b' },
    });
    await host.serve(
      [first, second],
      () => ({ body: 'x' }),
      async (client) => {
        const { headers } = await client.get();
        expect(headers).toMatchObject({ 'x-set': 'second', 'server-timing': 'a, b', vary: 'Accept' });
        expect(headers['x-not']).toBeUndefined();
      },
    );
  });

  it('fields survive an error of the application, and a shared error is not marked', async () => {
    const shared = Object.assign(new Error('no'), { status: 418, expose: true });
    const seen: unknown[] = [];
    let left = 9;
    const filter = (): Hooks => ({ headers: { 'X-Left': String(left--) }, append: { 'Server-Timing': 'a' } });
    await host.serve(
      [watching(seen), filter],
      () => {
        throw shared;
      },
      async (client) => {
        const got = [await client.get(), await client.get()];
        expect(
          got.map(({ status, headers }) => [status, headers['x-left'], headers['server-timing']]),
        ).toEqual([
          [418, '9', 'a'],
          [418, '8', 'a'],
        ]);
      },
    );
    expect(seen).toMatchObject([
      ['seen', 418, expect.any(String)],
      ['seen', 418, expect.any(String)],
    ]);
    expect(Object.keys(shared)).toEqual(['status', 'expose']);
  });

  it('an error is handed to the framework, with its status', async () => {
    const refusing = () => ({ error: Object.assign(new Error('slow down'), { status: 429, expose: true }) });
    await host.serve(
      [refusing],
      () => ({ body: 'x' }),
      async (client) => {
        const events = await eventsOf(hookError, async () => expect((await client.get()).status).toBe(429));
        expect(events).toEqual([]);
      },
    );
  });

  it('what is provided is there for the application, and one later', async () => {
    const now = (): Hooks => ({ provide: { db: 'connection' } });
    const later = async (): Promise<Hooks> => ({ provide: { user: 'somebody' } });
    await host.serve(
      [now, later],
      ({ provided }) => ({ body: `${provided.db} ${provided.user}` }),
      async (client) => {
        expect((await client.get()).text).toBe('connection somebody');
      },
    );
  });

  it('a native handler answers in place of the application, or lets it', async () => {
    const isKoa = host.name.startsWith('Koa');
    const onKoa = (ctx: Koa.Context, next: () => Promise<void>) => {
      if (ctx.path === '/pass') return next();
      ctx.status = 402;
      ctx.body = 'native';
      return undefined;
    };
    const onNode = (req: IncomingMessage, res: ServerResponse, next: () => void) => {
      if (req.url === '/pass') return next();
      res.statusCode = 402;
      return res.end('native');
    };
    const delegating = () => ({ headers: { 'X-Set': '1' }, delegate: isKoa ? onKoa : onNode });
    await host.serve(
      [delegating],
      () => ({ body: 'app' }),
      async (client) => {
        expect(await client.get('/')).toMatchObject({
          status: 402,
          text: 'native',
          headers: { 'x-set': '1' },
        });
        expect(await client.get('/pass')).toMatchObject({
          status: 200,
          text: 'app',
          headers: { 'x-set': '1' },
        });
      },
    );
  });

  it.each<[string, () => unknown]>([
    [
      'throws',
      () => {
        throw Object.assign(new Error('native'), { status: 418 });
      },
    ],
    [
      'rejects',
      async () => {
        throw Object.assign(new Error('native'), { status: 418 });
      },
    ],
  ])('a native handler that %s is an error of the framework', async (_how, delegate) => {
    for (const filter of [() => ({ delegate }), async () => ({ delegate })]) {
      await host.serve(
        [filter],
        () => ({ body: 'x' }),
        async (client) => {
          expect((await client.get()).status).toBe(418);
        },
      );
    }
  });

  it('a filter behind one that has begun to answer changes nothing and is told of the end', async () => {
    const closed = deferred();
    const beginning = {
      connect: (_req: IncomingMessage, res: ServerResponse, next: () => void) => {
        res.writeHead(200, TEXT);
        res.write('begun ');
        next();
      },
    };
    const late = (): Hooks => ({
      headers: { 'X-Late': '1' },
      onHead: () => ({ replace: 'replaced' }),
      overtake: Promise.resolve({ status: 500 }),
      onClose: () => closed.resolve(),
    });
    const app = ({ res }: Handled) => void setImmediate(() => res.end('ended'));
    await host.serve([beginning, late], app, async (client) => {
      expect((await client.get()).text).toBe('begun ended');
      await closed.promise;
    });
  });
});
