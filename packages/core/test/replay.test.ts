import { createServer, type IncomingMessage } from 'node:http';
import { type Filter, isReplay, replay, signalOf } from '@spillway/core';
import type { Handled } from '@spillway/core/testing';
import { hosts } from './hosts';
import { deferred, streamOf, TEXT } from './support';

describe.each(hosts)('a request sent once more on $name', (host) => {
  it('passes the whole application again, as a request that is known for a replay', async () => {
    const seen: unknown[] = [];
    const replayed = deferred<unknown>();
    const outer: Filter<object> = (request, context) => {
      seen.push([isReplay(request), isReplay(context), request.originalUrl, request.ip !== undefined]);
      return undefined;
    };
    const inner: Filter<object> = (request, context) => {
      if (!isReplay(request))
        replay(context, { 'if-none-match': '"old"', 'x-drop': undefined }).then(replayed.resolve);
      return undefined;
    };
    const app = ({ req }: Handled) => ({
      status: req.headers['if-none-match'] ? 203 : 200,
      headers: {
        ...TEXT,
        'X-Host': req.headers.host ?? 'none',
        'X-Pseudo': String(Object.keys(req.headers).some((name) => name.startsWith(':'))),
        'X-Had': String(req.headers['x-drop']),
      },
      stream: streamOf('one', 'two'),
    });
    await host.serve([outer, inner], app, async (client) => {
      const got = await client.get('/path?q=1', { 'x-drop': 'yes' });
      expect([got.status, got.text, got.headers['x-had']]).toEqual([200, 'onetwo', 'yes']);
      const authority = `127.0.0.1:${client.port}`;
      expect(await replayed.promise).toMatchObject({
        status: 203,
        complete: true,
        headers: { 'x-host': authority, 'x-pseudo': 'false', 'x-had': 'undefined' },
      });
    });
    expect(seen).toEqual([
      [false, false, '/path?q=1', true],
      [true, true, '/path?q=1', true],
    ]);
  });

  it('is shown to the hooks on its way, and closes', async () => {
    const bodies: unknown[] = [];
    const done = deferred<unknown>();
    const filter: Filter<object> = (_request, context) => {
      if (!isReplay(context)) replay(context).then(done.resolve);
      return {
        onHead: (_head, whole) => void bodies.push(whole),
        onClose: ({ aborted }) => bodies.push(aborted),
      };
    };
    await host.serve(
      [filter],
      () => ({ headers: TEXT, body: 'x' }),
      async (client) => {
        await client.get();
        await done.promise;
        while (bodies.length < 4) await new Promise((resolve) => setImmediate(resolve));
        expect(bodies.sort()).toEqual([false, false, 'x', 'x']);
      },
    );
  });

  it('may be answered by a filter, in part, or with an error', async () => {
    const answers = [
      () => ({ status: 429, body: 'no' }),
      () => ({ error: Object.assign(new Error('no'), { status: 418 }) }),
    ];
    for (const answer of answers) {
      const done = deferred<unknown>();
      const filter: Filter<object> = (_request, context) => {
        if (isReplay(context)) return answer();
        replay(context).then(done.resolve);
        return undefined;
      };
      await host.serve(
        [filter],
        () => ({ body: 'x' }),
        async (client) => {
          await client.get();
          expect(await done.promise).toMatchObject({
            complete: true,
            status: answer === answers[0] ? 429 : 418,
          });
        },
      );
    }
  });

  it('is incomplete where its response is destroyed', async () => {
    const done = deferred<unknown>();
    const filter: Filter<object> = (_request, context) => {
      if (!isReplay(context)) replay(context).then(done.resolve);
      return undefined;
    };
    const app = ({ req, res }: Handled) => {
      if (!isReplay(req)) return { body: 'x' };
      res.write('half');
      res.destroy();
      return undefined;
    };
    await host.serve([filter], app, async (client) => {
      await client.get();
      expect(await done.promise).toMatchObject({ complete: false });
    });
  });

  it('is refused for other methods, and for a replay', async () => {
    const refused: string[] = [];
    const done = deferred();
    const filter: Filter<object> = (request, context) => {
      replay(context).catch((error: Error) => {
        refused.push(error.message);
        if (isReplay(request)) done.resolve();
      });
      return undefined;
    };
    await host.serve(
      [filter],
      () => ({ body: 'x' }),
      async (client) => {
        await client.send({ method: 'POST' });
        await client.get();
        await done.promise;
      },
    );
    expect(refused).toEqual([expect.stringContaining('POST'), expect.stringContaining('replay itself')]);
  });

  it('goes to the application that is handed in', async () => {
    const done = deferred<unknown>();
    const filter: Filter<object> = (_request, context) => {
      replay(context, {}, (_req, res) => res.writeHead(202).end()).then(done.resolve);
      return undefined;
    };
    await host.serve(
      [filter],
      () => ({ body: 'x' }),
      async (client) => {
        await client.get();
        expect(await done.promise).toMatchObject({ status: 202 });
      },
    );
  });
});

describe.each(hosts)('the signal of a request on $name', (host) => {
  it('aborts when the client leaves, and is one for filter and application', async () => {
    const handling = deferred<AbortSignal>();
    let ofFilter: AbortSignal[] = [];
    const filter: Filter<object> = (request, context) => {
      ofFilter = [signalOf(request), signalOf(context)];
      return undefined;
    };
    const app = async ({ req, res }: Handled) => {
      const signal = signalOf(req, res);
      handling.resolve(signal);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
    };
    await host.serve([filter], app, async (client) => {
      const opened = client.open({});
      const signal = await handling.promise;
      expect(signal.aborted).toBe(false);
      opened.abort();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      expect(ofFilter).toEqual([signal, signal]);
      expect(ofFilter[0]).toBe(signal);
    });
  });

  it('never aborts where the response is complete, also when its connection closes later', async () => {
    let signal: AbortSignal | undefined;
    const app = ({ req, res }: Handled) => {
      signal = signalOf(req, res);
      return { body: 'x' };
    };
    await host.serve([], app, (client) => client.get());
    expect(signal?.aborted).toBe(false);
  });
});

it('the signal of a request that no filter and no framework has seen needs its response', async () => {
  const server = createServer();
  expect(() => signalOf({} as IncomingMessage)).toThrow(/second argument/);
  server.close();
});
