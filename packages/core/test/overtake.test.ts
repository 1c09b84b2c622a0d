import type { Hooks, Reply } from '@spillway/core';
import type { Handled } from '@spillway/core/testing';
import { hosts, onExpress, overHttp1 } from './hosts';
import { closing, deferred, TEXT, watching } from './support';

/** Overtakes when the test says so. */
function overtaking() {
  const reply = deferred<Reply | undefined>();
  return { filter: (): Hooks => ({ overtake: reply.promise }), overtake: reply.resolve };
}
const TOO_LATE: Reply = { status: 504, headers: { 'X-Limit': '1' }, body: 'too late' };

describe.each(hosts)('an answer that overtakes on $name', (host) => {
  it('is sent in place of the late one, seen by hooks further out, and the late one is swallowed', async () => {
    const seen: unknown[] = [];
    const { filter, overtake } = overtaking();
    const answered = deferred();
    const late = deferred();
    const app = async ({ res }: Handled) => {
      res.setHeader('X-App', '1');
      overtake(TOO_LATE);
      await answered.promise;
      late.resolve();
      return { status: 201, headers: { 'X-Late': '1' }, body: 'late' };
    };
    const { filter: outer, told } = closing();
    await host.serve([outer, watching(seen), filter], app, async (client) => {
      const { status, text, headers } = await client.get();
      expect([status, text, headers['x-limit'], headers['x-app']]).toEqual([504, 'too late', '1', undefined]);
      answered.resolve();
      await late.promise;
      expect(await client.get()).toMatchObject({ status: 504 });
    });
    expect(seen).toEqual([
      ['seen', 504, 'too late'],
      ['seen', 504, 'too late'],
    ]);
    expect(told[0]).toMatchObject({ status: 504, aborted: false });
  });

  it('does nothing where the application was faster, or where it is nothing', async () => {
    const { filter, overtake } = overtaking();
    const nothing = (): Hooks => ({ overtake: Promise.resolve(undefined) });
    const app = async ({ res }: Handled) => {
      await Promise.resolve();
      res.writeHead(200, TEXT);
      res.write('first ');
      overtake(TOO_LATE);
      await new Promise((resolve) => setImmediate(resolve));
      res.end('last');
    };
    await host.serve([nothing, filter], app, async (client) => {
      expect(await client.get()).toMatchObject({ status: 200, text: 'first last' });
    });
  });

  it('waits for a slow hook further out, and what the application writes meanwhile is swallowed', async () => {
    const { filter, overtake } = overtaking();
    const held = deferred();
    const release = deferred();
    const slow = (): Hooks => ({
      onHead() {
        held.resolve();
        return release.promise.then(() => undefined);
      },
    });
    const written: unknown[] = [];
    const app = async ({ res }: Handled) => {
      overtake(TOO_LATE);
      await held.promise;
      written.push(res.write('late'));
      res.end('later', () => written.push('ended'));
      release.resolve();
    };
    await host.serve([slow, filter], app, async (client) => {
      expect(await client.get()).toMatchObject({ status: 504, text: 'too late' });
    });
    expect(written).toEqual([true, 'ended']);
  });

  it('keeps the status for whoever looks after the late answer', async () => {
    const { filter, overtake } = overtaking();
    const looked = deferred<number>();
    const app = async ({ res }: Handled) => {
      overtake(TOO_LATE);
      await new Promise((resolve) => res.once('close', resolve));
      res.statusCode = 200;
      res.setHeader('X-Late', '1');
      res.writeHead(201, { 'X-Late': '2' });
      res.write('late');
      res.end();
      looked.resolve(res.statusCode);
    };
    await host.serve([filter], app, async (client) => {
      expect((await client.get()).status).toBe(504);
      expect(await looked.promise).toBe(504);
    });
  });
});

describe.each(overHttp1)('a kept connection of $name', (host) => {
  it.each(['answers', 'throws'])('outlives an application that %s after it was overtaken', async (how) => {
    const late = deferred();
    let overtaken = false;
    const filter = (): Hooks => {
      const first = !overtaken;
      overtaken = true;
      return first ? { overtake: Promise.resolve(TOO_LATE) } : {};
    };
    const app = async ({ req, res }: Handled) => {
      if (req.url === '/2') return { body: 'second' };
      await new Promise((resolve) => res.once('close', resolve));
      setImmediate(() => setImmediate(late.resolve));
      if (how === 'throws') throw new Error('late');
      return { headers: TEXT, body: 'late' };
    };
    await host.serve([filter], app, async (client) => {
      const connection = client.connect();
      connection.request('/1');
      await connection.until(/too late/);
      await late.promise;
      connection.request('/2');
      expect(await connection.until(/second/)).not.toContain('\r\nlate');
    });
  });
});

describe.each(onExpress)('a large answer that overtakes on $name', (host) => {
  it('is not cut off by an application that throws while it is sent', async () => {
    const thrown = deferred();
    const body = 'x'.repeat(8_000_000);
    const filter = (): Hooks => ({ overtake: Promise.resolve({ status: 503, body }) });
    const app = async () => {
      await new Promise((resolve) => setImmediate(resolve));
      setImmediate(thrown.resolve);
      throw new Error('late');
    };
    await host.serve([filter], app, async (client) => {
      const { stream } = await client.open({}).response;
      await thrown.promise;
      let bytes = 0;
      for await (const chunk of stream) bytes += chunk.length;
      expect(bytes).toBe(body.length);
    });
  });
});
