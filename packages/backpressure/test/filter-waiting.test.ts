import { PassThrough } from 'node:stream';
import type { App } from '@spillway/core/testing';
import { hosts } from './hosts';
import { deferred, protectedBy, TEXT, until } from './support';

describe.each(hosts)('on $name', (host) => {
  it('who waits gets a slot that is needed no more, though nobody else comes', async () => {
    const begins = deferred();
    const stream = new PassThrough();
    const app: App = async ({ req }) => {
      if (req.url === '/waits') return { headers: TEXT, body: 'x' };
      await begins.promise;
      stream.write('data: 1\n\n');
      return { headers: { 'Content-Type': 'text/event-stream' }, stream };
    };
    const limits = { limit: 1, whenFull: 'wait', maxWaitMs: 3_000 } as const;
    await protectedBy(host, limits, app, async (client, shedder) => {
      const events = client.open({ path: '/events' });
      await until(() => shedder.stats().inFlight === 1);
      const waits = client.get('/waits');
      await until(() => shedder.stats().queued === 1);
      begins.resolve();
      await events.response;
      expect((await waits).status).toBe(200);
      events.abort();
      await until(() => shedder.stats().inFlight === 0);
    });
  });
});
