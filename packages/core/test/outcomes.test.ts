import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Filter, type Hooks, hookError, type Outcome } from '@spillway/core';
import { stack as expressStack, toExpress } from '@spillway/core/express';
import { stack } from '@spillway/core/http';
import { stack as koaStack, toKoa } from '@spillway/core/koa';
import { eventsOf, type Handled, serve } from '@spillway/core/testing';
import express from 'express';
import express4 from 'express4';
import Koa from 'koa';
import { hosts, onKoa } from './hosts';
import { deferred, streamOf, TEXT, watching } from './support';

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

const log: string[] = [];
const named = (name: string) => (): Hooks => ({
  headers: { [`X-${name}`]: '1' },
  onHead: () => void log.push(name),
});
const handler = (_req: unknown, res: ServerResponse) =>
  void res.setHeader('Content-Type', 'text/plain').end('handled');
const koaOf = (middleware: unknown): RequestListener => {
  const app = new Koa().use(middleware as Koa.Middleware).use((ctx) => {
    ctx.body = 'handled';
  });
  return app.callback();
};
const three = [named('a'), named('b'), named('c')];

describe('a stack', () => {
  it.each<[string, () => RequestListener]>([
    ['Express 5', () => express().use(expressStack(three)).use(handler)],
    ['Express 4', () => express4().use(expressStack(three)).use(handler)],
    ['Koa', () => koaOf(koaStack(three))],
    [
      'node:http',
      () => {
        const enter = stack(three);
        return (req, res) => enter(req, res, () => handler(req, res));
      },
    ],
  ])('mounts its filters as one on %s, the first outermost', async (_name, make) => {
    log.length = 0;
    await serve(make(), async (client) => {
      expect((await client.get()).headers).toMatchObject({ 'x-a': '1', 'x-b': '1', 'x-c': '1' });
    });
    expect(log).toEqual(['c', 'b', 'a']);
  });

  it('goes on behind a filter that waited, and stops at a reply', async () => {
    const later: Filter = async () => ({ headers: { 'X-Later': '1' } });
    const refusing: Filter = () => ({ status: 429 });
    await serve(express().use(expressStack([later, named('a'), refusing, named('b')])), async (client) => {
      const { status, headers } = await client.get();
      expect([status, headers['x-later'], headers['x-a'], headers['x-b']]).toEqual([
        429,
        '1',
        '1',
        undefined,
      ]);
    });
  });

  it('keeps its filters whatever becomes of the list it was given', async () => {
    const list: Filter<never>[] = [() => ({ headers: { 'X-A': '1' } })];
    const mounted = expressStack(list);
    list.length = 0;
    await serve(express().use(mounted).use(handler), async (client) => {
      expect((await client.get()).headers['x-a']).toBe('1');
    });
  });

  it('calls next in the same tick where its filters answer at once', () => {
    let called = false;
    const res = { setHeader() {}, headersSent: false } as unknown as ServerResponse;
    toExpress(() => ({ headers: { a: '1' } }))({} as IncomingMessage, res, () => {
      called = true;
    });
    expect(called).toBe(true);
  });
});

describe.each([
  ['Express 5', express],
  ['Express 4', express4],
])('on %s, in applications within applications', (_name, make) => {
  const twice = async (app: RequestListener, path: string, order: string[]) => {
    log.length = 0;
    await serve(app, async (client) => {
      for (let i = 0; i < 2; i++) expect((await client.get(path)).text).toBe('handled');
    });
    expect(log).toEqual([...order, ...order]);
  };

  it('a filter of a mounted one takes part where the request leaves it again', async () => {
    const sub = make().use(toExpress(named('sub')));
    await twice(make().use('/s', sub).use(handler), '/s', ['sub']);
  });

  it('filters outside and inside join, with the handler inside', async () => {
    const sub = make()
      .use(toExpress(named('in')))
      .use(handler);
    await twice(
      make()
        .use(toExpress(named('out')))
        .use('/s', sub),
      '/s',
      ['in', 'out'],
    );
  });

  it('a filter of a router and of a route take part in theirs only', async () => {
    const router = make.Router().use(toExpress(named('router')));
    router.get('/:id', toExpress(named('route')), handler);
    const app = make().use('/r', router).get('/other', handler);
    await twice(app, '/r/7', ['route', 'router']);
    await twice(app, '/other', []);
  });

  it('a mounted application sees path and query as they were sent', async () => {
    const seen: string[] = [];
    const sub = make()
      .use(toExpress((request) => void seen.push(request.originalUrl)))
      .use(handler);
    await serve(make().use('/s', sub), (client) => client.get('/s/x?q=1'));
    expect(seen).toEqual(['/s/x?q=1']);
  });

  it('a filter that is not reached leaves responses alone', async () => {
    const app = make();
    app.get('/free', (_req, res) => {
      res.writeHead(201, 'Made', { 'X-A': '1' });
      res.write('handl');
      res.end('ed');
    });
    app.use(toExpress(named('never'))).use(handler);
    log.length = 0;
    await serve(app, async (client) => {
      await client.get('/');
      expect(await client.get('/free')).toMatchObject({ status: 201, reason: 'Made', text: 'handled' });
    });
    expect(log).toEqual(['never']);
  });
});

describe.each(onKoa)('on $name', (host) => {
  it('middleware further out sees status, fields and body of a reply', async () => {
    const seen = deferred<unknown>();
    const app = new Koa();
    app.use(async (ctx, next) => {
      await next();
      seen.resolve([ctx.status, ctx.body, ctx.response.get('Retry-After')]);
    });
    app.use(toKoa(() => ({ status: 429, headers: { 'Retry-After': '5' }, body: 'slow down' })));
    await serve(app.callback(), async (client) => {
      await client.get();
      expect(await seen.promise).toEqual([429, 'slow down', '5']);
    });
  });

  it('fields that a filter has set do not hide those that the error brings', async () => {
    const error = Object.assign(new Error('no'), { status: 429, headers: { 'X-Set': 'of the error' } });
    const filter = (): Hooks => ({ headers: { 'X-Set': 'of the filter', 'X-Other': '1' } });
    await host.serve(
      [filter],
      () => {
        throw error;
      },
      async (client) => {
        const { headers } = await client.get();
        expect([headers['x-set'], headers['x-other']]).toEqual(['of the error', '1']);
      },
    );
  });

  it('the end of a streamed body is no error', async () => {
    await host.serve(
      [() => ({ headers: { 'X-A': '1' } })],
      () => ({ stream: streamOf('a', 'b') }),
      async (client) => {
        expect(await client.get()).toMatchObject({ status: 200, text: 'ab', headers: { 'x-a': '1' } });
      },
    );
  });
});
