import { PassThrough, Readable } from 'node:stream';
import { type Hooks, hookError, type Outcome } from '@spillway/core';
import { eventsOf, type Handled } from '@spillway/core/testing';
import { answeringHead, hosts, overHttp1 } from './hosts';
import { closing, deferred, streamOf, turn } from './support';

describe.each(hosts)('on $name', (host) => {
  it('onClose tells once of a complete response, with its status and time', async () => {
    const { filter, told, closed } = closing();
    await host.serve(
      [filter],
      () => ({ status: 201, body: 'x' }),
      async (client) => {
        await client.get();
        await closed;
        await turn();
        expect(told).toEqual([{ status: 201, aborted: false, durationMs: expect.any(Number) }]);
      },
    );
  });

  it('a client that leaves amid the body ends the stage and the stream of the application', async () => {
    const { filter, told, closed } = closing();
    const through = new PassThrough();
    const gone = deferred();
    const stream = new Readable({ read() {} }).once('close', gone.resolve);
    const staged = (): Hooks => ({ onHead: () => ({ through }) });
    await host.serve(
      [filter, staged],
      () => ({ stream }),
      async (client) => {
        const opened = client.open({});
        stream.push('first');
        const { stream: body } = await opened.response;
        body.on('error', () => {});
        await new Promise((resolve) => body.once('data', resolve));
        opened.abort();
        expect(await closed).toMatchObject({ status: 200, aborted: true });
        await gone.promise;
        await turn();
        expect(through.destroyed).toBe(true);
        expect(told).toHaveLength(1);
      },
    );
  });

  it('a client that leaves before the answer is told to onClose, and the late answer harms nobody', async () => {
    const { filter, told, closed } = closing();
    const handling = deferred();
    const answer = deferred();
    const app = async () => {
      handling.resolve();
      await answer.promise;
      return { body: 'late' };
    };
    const compressing = (): Hooks => ({ onHead: () => ({ through: new PassThrough() }) });
    await host.serve([filter, compressing], app, async (client) => {
      const opened = client.open({});
      await handling.promise;
      opened.abort();
      expect((await closed).aborted).toBe(true);
      expect(
        await eventsOf(hookError, async () => {
          answer.resolve();
          await turn();
        }),
      ).toEqual([]);
      expect(told).toHaveLength(1);
    });
  });

  it.each(['wait', 'promise'])(
    'a client that leaves while a filter waits by %s gets its lease returned and never reaches the application',
    async (form) => {
      const { filter, told, closed } = closing();
      const outer = closing();
      const entered = deferred();
      const outcome = deferred<Outcome>();
      let aborts = 0;
      let handled = 0;
      const waiting = () => {
        entered.resolve();
        return form === 'promise' ? outcome.promise : { wait: outcome.promise, onAbort: () => aborts++ };
      };
      await host.serve(
        [outer.filter, waiting],
        () => void handled++,
        async (client) => {
          const opened = client.open({});
          await entered.promise;
          opened.abort();
          await outer.closed;
          const requestBody = new PassThrough();
          outcome.resolve({ ...filter(), requestBody, overtake: Promise.reject(new Error('unheard')) });
          expect(await closed).toMatchObject({ aborted: true });
          await turn();
          expect(requestBody.destroyed).toBe(true);
          expect([told.length, aborts, handled]).toEqual([1, form === 'wait' ? 1 : 0, 0]);
        },
      );
    },
  );

  it('a wait behind a promise is told too that its client has left', async () => {
    const outer = closing();
    const entered = deferred();
    const first = deferred<Outcome>();
    const aborted = deferred();
    const waiting = async () => {
      entered.resolve();
      await first.promise;
      return { wait: new Promise<Outcome>(() => {}), onAbort: aborted.resolve };
    };
    await host.serve(
      [outer.filter, waiting],
      () => ({}),
      async (client) => {
        const opened = client.open({});
        await entered.promise;
        opened.abort();
        await outer.closed;
        first.resolve(undefined);
        await aborted.promise;
      },
    );
  });

  it('onAbort is silent where the client stays', async () => {
    let aborts = 0;
    const waiting = () => ({ wait: Promise.resolve(undefined), onAbort: () => aborts++ });
    const { filter, closed } = closing();
    await host.serve(
      [filter, waiting],
      () => ({ body: 'x' }),
      async (client) => {
        await client.get();
        await closed;
        await turn();
      },
    );
    expect(aborts).toBe(0);
  });

  it('onClose knows the error that destroyed its response', async () => {
    const { filter, closed } = closing();
    const error = new Error('disk');
    const failing = (): Hooks => ({
      onHead() {
        const through = new PassThrough();
        through.once('data', () => through.destroy(error));
        return { through };
      },
    });
    await host.serve(
      [filter, failing],
      () => ({ stream: streamOf('a', 'b') }),
      async (client) => {
        await expect(client.get()).rejects.toThrow();
        expect(await closed).toMatchObject({ aborted: true, error });
      },
    );
  });

  it('twenty filters that look at the end of a response cost one listener', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error) => void warnings.push(warning);
    process.on('warning', note);
    const all = Array.from({ length: 20 }, closing);
    const staged = Array.from(
      { length: 12 },
      () => (): Hooks => ({ onHead: () => ({ through: new PassThrough() }) }),
    );
    await host.serve(
      [...all.map(({ filter }) => filter), ...staged],
      () => ({ body: 'x' }),
      async (client) => {
        expect((await client.get()).text).toBe('x');
        await Promise.all(all.map(({ closed }) => closed));
      },
    );
    await turn();
    process.off('warning', note);
    expect(warnings).toEqual([]);
    expect(all.every(({ told }) => told.length === 1)).toBe(true);
  });
});

describe.each(answeringHead)('on $name', (host) => {
  it.each(['HEAD', 'POST'])('onClose tells of a complete response to %s', async (method) => {
    const { filter, closed } = closing();
    await host.serve(
      [filter],
      () => ({ status: 204 }),
      async (client) => {
        await client.send({ method });
        expect(await closed).toMatchObject({ status: 204, aborted: false });
      },
    );
  });
});

describe.each(overHttp1)('pipelined requests on $name', (host) => {
  it('are answered in order, each with its own hooks', async () => {
    const first = deferred();
    const app = async ({ req }: Handled) => {
      if (req.url === '/1') await first.promise;
      else first.resolve();
      return { body: `<${req.url}>` };
    };
    const loud = (): Hooks => ({ onHead: (_head, whole) => ({ replace: `${whole}!` }) });
    await host.serve([loud], app, async (client) => {
      const connection = client.connect();
      connection.request('/1');
      connection.request('/2');
      await connection.until(/<\/2>!/);
      expect(connection.received).toMatch(/<\/1>!.*<\/2>!/s);
    });
  });

  it('that lose their client once they have their socket close once', async () => {
    const all = [closing(), closing()];
    const arrived = deferred();
    const first = deferred();
    const filter = (request: { originalUrl: string }) => all[Number(request.originalUrl.slice(1))]!.filter();
    const app = async ({ req, res }: Handled) => {
      if (req.url === '/1') {
        res.writeHead(200);
        res.write('begun');
        return arrived.resolve();
      }
      await first.promise;
      return { body: 'first' };
    };
    await host.serve([filter], app, async (client) => {
      const connection = client.connect();
      connection.request('/0');
      connection.request('/1');
      await arrived.promise;
      first.resolve();
      await connection.until(/begun/);
      connection.destroy();
      expect((await all[1]!.closed).aborted).toBe(true);
      await turn();
      expect(all.map(({ told }) => told.length)).toEqual([1, 1]);
    });
  });

  it('that never get their socket still close, once', async () => {
    const all = [closing(), closing()];
    const arrived = deferred();
    const filter = (request: { originalUrl: string }) => all[Number(request.originalUrl.slice(1))]!.filter();
    const app = ({ req, res }: Handled) => {
      if (req.url === '/0') return;
      res.end('answered in vain');
      arrived.resolve();
    };
    const staged = (): Hooks => ({ onHead: () => ({ through: new PassThrough() }) });
    await host.serve([filter, staged], app, async (client) => {
      const connection = client.connect();
      connection.request('/0');
      connection.request('/1');
      await arrived.promise;
      connection.destroy();
      expect((await all[0]!.closed).aborted).toBe(true);
      expect((await all[1]!.closed).aborted).toBe(true);
      await turn();
      expect(all.map(({ told }) => told.length)).toEqual([1, 1]);
    });
  });

  it('that lose their client while a filter waits give their lease back', async () => {
    const lease = closing();
    const entered = deferred();
    const left = deferred();
    const outcome = deferred<Outcome>();
    const filter = (request: { originalUrl: string }) => {
      if (request.originalUrl === '/0') return undefined;
      entered.resolve();
      return { wait: outcome.promise, onAbort: left.resolve };
    };
    await host.serve(
      [filter],
      ({ req }) => (req.url === '/0' ? undefined : { body: 'never' }),
      async (client) => {
        const connection = client.connect();
        connection.request('/0');
        connection.request('/1');
        await entered.promise;
        connection.destroy();
        await left.promise;
        outcome.resolve(lease.filter());
        expect((await lease.closed).aborted).toBe(true);
      },
    );
  });
});
