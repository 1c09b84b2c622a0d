import { hookError } from '@spillway/core';
import { type App, eventsOf } from '@spillway/core/testing';
import { isWithClient } from '../dist/client-side';
import { hosts } from './hosts';
import { holding, protectedBy, TEXT, until } from './support';

const ONE = { limit: 1, maxWaiting: 0 };

describe.each(hosts)('on $name', (host) => {
  const http1 = !host.http2;

  it.each(['throws', 'rejects'])('a handler that %s gives its slot back', async (how) => {
    const app: App = ({ req }) => {
      if (req.url === '/') return { headers: TEXT, body: 'x' };
      const error = Object.assign(new Error('bug'), { status: 500 });
      if (how === 'rejects') return Promise.reject(error);
      throw error;
    };
    await protectedBy(host, ONE, app, async (client, shedder) => {
      for (let i = 0; i < 3; i++) expect((await client.get('/bug')).status).toBe(500);
      expect((await client.get('/')).status).toBe(200);
      expect(shedder.stats()).toMatchObject({ inFlight: 0, admitted: 4 });
    });
  });

  it('a handler that never answers gives it back when its client leaves', async () => {
    const { app, held } = holding();
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const opened = client.open({ path: '/held' });
      await until(() => held.length === 1);
      expect((await client.get('/')).status).toBe(503);
      opened.abort();
      await until(() => shedder.stats().inFlight === 0);
      expect((await client.get('/')).status).toBe(200);
    });
  });

  it('a handler that destroys the socket gives it back', async () => {
    const app: App = ({ req, res }) => {
      if (req.url === '/') return { headers: TEXT, body: 'x' };
      res.destroy();
      return undefined;
    };
    await protectedBy(host, ONE, app, async (client, shedder) => {
      for (let i = 0; i < 3; i++) await expect(client.get('/cut')).rejects.toThrow();
      await until(() => shedder.stats().inFlight === 0);
      expect((await client.get('/')).status).toBe(200);
    });
  });

  it('a handler that ends twice gives it back once', async () => {
    const app: App = ({ res }) => {
      res.end('x');
      res.end();
      return undefined;
    };
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const failed = await eventsOf(hookError, async () => {
        for (let i = 0; i < 5; i++) expect((await client.get('/')).text).toBe('x');
      });
      expect(failed).toEqual([]);
      expect(shedder.stats()).toMatchObject({ inFlight: 0, admitted: 5 });
    });
  });

  if (http1)
    it('pipelined requests take a slot each, and leave none when their client goes', async () => {
      const { app, held } = holding();
      await protectedBy(host, { limit: 5, maxWaiting: 0 }, app, async (client, shedder) => {
        const connection = client.connect();
        for (let i = 0; i < 5; i++) connection.request('/held');
        await until(() => held.length === 5);
        expect(shedder.stats().inFlight).toBe(5);
        connection.destroy();
        await until(() => shedder.stats().inFlight === 0);
      });
    });
});

it('what never answers has no slot after a minute', () => {
  const running = { writableEnded: false, headersSent: false } as never;
  expect(isWithClient(running, 59_999)).toBe(false);
  expect(isWithClient(running, 60_000)).toBe(true);
});
