import { Readable } from 'node:stream';
import type { BodyAction, Hooks } from '@spillway/core';
import { hookError } from '@spillway/core';
import { eventsOf, type Handled } from '@spillway/core/testing';
import { cuttingOff, hosts } from './hosts';
import { deferred, streamOf, TEXT, watching } from './support';

/** Holds the head until the test lets it go. */
function holding() {
  const held = deferred();
  const release = deferred<BodyAction | undefined>();
  const filter = (): Hooks => ({
    onHead() {
      held.resolve();
      return release.promise;
    },
  });
  return { filter, held: held.promise, release: release.resolve, reject: release.reject };
}

describe.each(hosts)('a held head on $name', (host) => {
  it.each(['whole', 'streamed'])('leaves once its promise settles, for a %s body', async (form) => {
    const { filter, held, release } = holding();
    const app = () => (form === 'whole' ? { body: 'saved' } : { stream: streamOf('sa', 'ved') });
    await host.serve([filter], app, async (client) => {
      let answered = false;
      const got = client.get().finally(() => {
        answered = true;
      });
      await held;
      expect(answered).toBe(false);
      release(undefined);
      expect(await got).toMatchObject({ status: 200, text: 'saved' });
    });
  });

  it('asks the hooks further out after the promise, with what it decided', async () => {
    const seen: unknown[] = [];
    const slow = (): Hooks => ({ onHead: async () => ({ answer: { status: 500, body: 'commit failed' } }) });
    await host.serve(
      [watching(seen), slow],
      () => ({ headers: TEXT, body: 'saved' }),
      async (client) => {
        expect(await client.get()).toMatchObject({ status: 500, text: 'commit failed' });
      },
    );
    expect(seen).toEqual([['seen', 500, 'commit failed']]);
  });

  it('lets its hook set status and fields after the wait', async () => {
    const slow = (): Hooks => ({
      async onHead(head) {
        await Promise.resolve();
        head.setHeader('X-Late', '1');
        head.removeHeader('X-App');
        head.statusCode = 202;
        return undefined;
      },
    });
    await host.serve(
      [slow],
      () => ({ headers: { ...TEXT, 'X-App': '1' }, body: 'x' }),
      async (client) => {
        const { status, headers } = await client.get();
        expect([status, headers['x-late'], headers['x-app']]).toEqual([202, '1', undefined]);
      },
    );
  });

  it('stands where the application throws after it has answered', async () => {
    const { filter, held, release } = holding();
    const app = ({ res }: Handled) => {
      res.writeHead(200, { 'X-App': '1' });
      res.end('fine');
      throw new Error('late');
    };
    await host.serve([filter], app, async (client) => {
      const got = client.get();
      await held;
      setImmediate(release, undefined);
      const { status, text, reason, headers } = await got;
      expect([status, text, headers['x-app']]).toEqual([200, 'fine', '1']);
      if (!host.http2) expect(reason).toBe('OK');
    });
  });

  it('stays as it is whatever the application does to it meanwhile', async () => {
    const { filter, held, release } = holding();
    const done = deferred();
    const app = async ({ res }: Handled) => {
      res.writeHead(201, { 'X-App': 'first' });
      res.end('first');
      await held;
      res.setHeader('X-App', 'second');
      res.appendHeader('X-App', 'third');
      res.removeHeader('X-App');
      res.statusCode = 404;
      if (!host.http2) res.statusMessage = 'Changed';
      res.writeHead(500, { 'X-App': 'fourth' });
      res.end('second');
      done.resolve();
    };
    await host.serve([filter], app, async (client) => {
      const got = client.get();
      await done.promise;
      release(undefined);
      const { status, text, reason, headers } = await got;
      expect([status, text, headers['x-app']]).toEqual([201, 'first', 'first']);
      if (!host.http2) expect(reason).toBe('Created');
    });
  });

  it('makes a producer wait, calls its callbacks and lets it go on', async () => {
    const { filter, held, release } = holding();
    const answers: unknown[] = [];
    const app = async ({ res }: Handled) => {
      answers.push(res.write('a', () => answers.push('a written')));
      await held;
      const drained = new Promise((resolve) => res.once('drain', resolve));
      answers.push(res.write('b', 'utf8'));
      release(undefined);
      await drained;
      answers.push('drained');
      res.end('c', () => answers.push('ended'));
      await new Promise((resolve) => res.once('close', resolve));
    };
    await host.serve([filter], app, async (client) => {
      expect((await client.get()).text).toBe('abc');
    });
    expect(answers.slice(0, 2)).toEqual([false, false]);
    expect(answers).toEqual(expect.arrayContaining(['a written', 'drained', 'ended']));
  });

  it('refuses a write after the end, as node does', async () => {
    const { filter, held, release } = holding();
    const failed = deferred<Error | null | undefined>();
    const app = async ({ res }: Handled) => {
      res.statusCode = 200;
      res.end('whole');
      await held;
      res.write('more', failed.resolve);
      release(undefined);
    };
    await host.serve([filter], app, async (client) => {
      expect((await client.get()).text).toBe('whole');
      expect(await failed.promise).toMatchObject({ message: 'write after end' });
    });
  });

  it('drops what was written meanwhile for a replacement, and what comes after it', async () => {
    const { filter, held, release } = holding();
    const written = deferred();
    const app = async ({ res }: Handled) => {
      res.write('one');
      await held;
      res.write('two', () => written.resolve());
      release({ replace: 'instead' });
      await written.promise;
      res.end('three');
    };
    await host.serve([filter], app, async (client) => {
      expect(await client.get()).toMatchObject({ text: 'instead', headers: { 'content-length': '7' } });
    });
  });

  it('is a 500 where the promise rejects, and the server goes on', async () => {
    const failing = (): Hooks => ({ onHead: () => Promise.reject(new Error('no')) });
    const app = () => ({ headers: { ...TEXT, ETag: '"1"' }, stream: streamOf('saved') });
    await host.serve([failing], app, async (client) => {
      const events = await eventsOf(hookError, async () => {
        const { status, text, headers } = await client.get();
        expect([status, text, headers.etag]).toEqual([500, 'Internal Server Error', undefined]);
        expect((await client.get()).status).toBe(500);
      });
      expect(events).toHaveLength(2);
      expect(events[0]).toMatchObject({ hook: 'onHead', error: { message: 'no' } });
    });
  });

  it('forgets a client that leaves while it is held', async () => {
    const { filter, held, release } = holding();
    const closed = deferred();
    const app = ({ res }: Handled) => {
      res.once('close', () => closed.resolve());
      res.end('saved');
    };
    await host.serve([filter], app, async (client) => {
      const opened = client.open({});
      await held;
      opened.abort();
      await closed.promise;
      expect(await eventsOf(hookError, async () => release(undefined))).toEqual([]);
    });
  });
});

describe.each(cuttingOff)('a held head on $name', (host) => {
  it('is cut off, never ended as complete, where the stream of the application fails', async () => {
    const { filter, held, release } = holding();
    const half = async function* () {
      yield 'half';
      await held;
      throw new Error('disk');
    };
    await host.serve(
      [filter],
      () => ({ headers: TEXT, stream: Readable.from(half()) }),
      async (client) => {
        const got = client.get();
        got.catch(() => {});
        await held;
        setImmediate(() => setImmediate(release, undefined));
        await expect(got).rejects.toThrow();
      },
    );
  });
});
