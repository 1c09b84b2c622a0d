import { createBackpressure, drain } from '@spillway/backpressure';
import type { App } from '@spillway/core/testing';
import { hosts } from './hosts';
import { TEXT } from './support';

const echo: App = ({ req }) => ({ headers: TEXT, body: req.url! });

const overHttp1 = hosts.filter(({ http2 }) => !http2);

describe.each(overHttp1)('while a server on $name goes', (host) => {
  it.each([
    ['that skips nothing', () => false],
    ['that skips all', () => true],
  ])('it is not ready, with a skip of its own %s', async (_what, skip) => {
    await host.serve([createBackpressure({ skip })], echo, async (client, server) => {
      expect((await client.get('/readyz')).status).toBe(200);
      const drained = drain(server, { noticeMs: 200, idleMs: 0 });
      const [ready, withQuery, alive] = await Promise.all(
        ['/readyz', '/readyz?verbose', '/livez'].map((path) => client.get(path)),
      );
      expect([ready!.status, withQuery!.status, alive!.status]).toEqual([503, 503, 200]);
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it('what is refused or fails says that its connection ends', async () => {
    const app: App = ({ req }) => {
      if (req.url === '/fails') throw Object.assign(new Error('bug'), { status: 500 });
      return undefined;
    };
    await host.serve([createBackpressure({ limit: 1, maxWaiting: 0 })], app, async (client, server) => {
      const drained = drain(server, { noticeMs: 300, deadlineMs: 300 });
      expect((await client.get('/fails')).headers.connection).toBe('close');
      const hangs = client.open({ path: '/hangs' });
      hangs.response.catch(() => {});
      const refused = await client.get('/refused');
      expect(refused).toMatchObject({ status: 503, headers: { connection: 'close' } });
      expect(await drained).toEqual({ cut: 1 });
    });
  });
});
