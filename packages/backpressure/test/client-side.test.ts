import { PassThrough } from 'node:stream';
import type { App, Client } from '@spillway/core/testing';
import { hosts } from './hosts';
import { deferred, holding, protectedBy, TEXT, until } from './support';

const ONE = { limit: 1, maxWaiting: 0 };
const EVENTS = { 'Content-Type': 'text/event-stream' };

/** Reads the first piece of a body, and leaves the rest. */
async function firstOf(client: Client, path: string) {
  const opened = client.open({ path });
  const { stream } = await opened.response;
  stream.on('error', () => {});
  await new Promise((resolve) => stream.once('data', resolve));
  return opened;
}

/** Asks until it is served: slots that nobody needs are looked for once in 10 ms. */
async function served(client: Client): Promise<void> {
  while ((await client.get('/')).status !== 200);
}

describe.each(hosts)('on $name', (host) => {
  it('an event stream gives its slot back once its head is sent', async () => {
    const stream = new PassThrough();
    const app: App = ({ req }) => {
      if (req.url !== '/events') return { headers: TEXT, body: 'x' };
      stream.write('data: 1\n\n');
      return { headers: EVENTS, stream };
    };
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const opened = await firstOf(client, '/events');
      await served(client);
      expect(stream.destroyed).toBe(false);
      opened.abort();
      await until(() => stream.destroyed);
      expect(shedder.stats()).toMatchObject({ inFlight: 0, queued: 0 });
    });
  });

  it('whatever a handler writes its head with', async () => {
    const app: App = ({ req, res }) => {
      if (req.url !== '/events') return { headers: TEXT, body: 'x' };
      res.writeHead(200, EVENTS);
      res.write('data: 1\n\n');
      return undefined;
    };
    await protectedBy(host, ONE, app, async (client) => {
      const opened = await firstOf(client, '/events');
      await served(client);
      opened.abort();
    });
  });

  it('another stream keeps its slot while the server works on it', async () => {
    const stream = new PassThrough();
    const app: App = () => {
      stream.write('part');
      return { headers: TEXT, stream };
    };
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const opened = await firstOf(client, '/');
      for (let i = 0; i < 20; i++) expect((await client.get('/')).status).toBe(503);
      opened.abort();
      await until(() => shedder.stats().inFlight === 0);
    });
  });

  // Over HTTP/2 a stream that nobody reads keeps the others of its connection from being sent.
  if (!host.http2)
    it('a client that reads too slowly keeps no slot', async () => {
      const app: App = ({ req }) => ({
        headers: TEXT,
        body: req.url === '/large' ? 'x'.repeat(50_000_000) : 'x',
      });
      await protectedBy(host, ONE, app, async (client, shedder) => {
        const opened = client.open({ path: '/large' });
        const { stream } = await opened.response;
        stream.on('error', () => {});
        await served(client);
        opened.abort();
        await until(() => shedder.stats().inFlight === 0);
      });
    });

  it('a client that sends its body slowly has no slot meanwhile, and one again once it has', async () => {
    const { app: waiting, held, letGo } = holding();
    const app: App = async (handled) => {
      for await (const _chunk of handled.req);
      return waiting(handled);
    };
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const body = new PassThrough();
      const upload = client.send({ method: 'POST', path: '/held', body });
      body.write('part');
      await until(() => shedder.stats().inFlight === 1);
      await served(client);
      expect(shedder.stats().inFlight).toBe(0);
      body.end('rest');
      await until(() => held.length === 1);
      expect(shedder.stats().inFlight).toBe(1);
      expect((await client.get('/')).status).toBe(503);
      letGo();
      expect((await upload).status).toBe(200);
      expect(shedder.stats().inFlight).toBe(0);
    });
  });

  it('a body that comes with its head gives no slot away', async () => {
    const { app: waiting, held, letGo } = holding();
    const turns = deferred();
    const app: App = async (handled) => {
      for await (const _chunk of handled.req);
      return waiting(handled);
    };
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const posted = client.send({ method: 'POST', path: '/held', body: 'small' });
      await until(() => held.length === 1);
      setImmediate(turns.resolve);
      await turns.promise;
      expect(shedder.stats().inFlight).toBe(1);
      letGo();
      expect((await posted).status).toBe(200);
    });
  });
});
