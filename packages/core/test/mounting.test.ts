import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { Filter, Hooks } from '@spillway/core';
import { stack as expressStack, toExpress } from '@spillway/core/express';
import { stack } from '@spillway/core/http';
import { stack as koaStack, toKoa } from '@spillway/core/koa';
import { serve } from '@spillway/core/testing';
import express from 'express';
import express4 from 'express4';
import Koa from 'koa';
import Koa2 from 'koa2';
import { onKoa } from './hosts';
import { deferred, streamOf, turn } from './support';

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

it('a filter that rejects once its client has left is no error of the framework', async () => {
  const entered = deferred();
  const left = deferred();
  const outcome = deferred<undefined>();
  const errors: unknown[] = [];
  const waiting: Filter = () => {
    entered.resolve();
    return { wait: outcome.promise, onAbort: left.resolve };
  };
  const app = express().use(toExpress(waiting));
  app.use((error: unknown, _req: unknown, _res: unknown, _next: unknown) => void errors.push(error));
  await serve(app, async (client) => {
    const opened = client.open({});
    await entered.promise;
    opened.abort();
    await left.promise;
    outcome.reject(new Error('too late'));
    await turn();
  });
  expect(errors).toEqual([]);
});

describe.each<[string, typeof express]>([
  ['Express 5', express],
  ['Express 4', express4 as unknown as typeof express],
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

it.each([
  ['Koa 3', Koa],
  ['Koa 2', Koa2],
])('on %s middleware further out sees status, fields and body of a reply', async (_name, Framework) => {
  const seen = deferred<unknown>();
  const app = new Framework();
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
