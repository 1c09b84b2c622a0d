import type { App } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, protectedBy, TEXT, until } from './support';

const ONE = { limit: 1, maxWaiting: 0 };

describe.each(hosts)('on $name', (host) => {
  it('one that sends its head and hangs has its slot until its client leaves', async () => {
    const app: App = ({ req, res }) => {
      if (req.url === '/') return { headers: TEXT, body: 'x' };
      res.writeHead(200, TEXT);
      res.flushHeaders();
      return undefined;
    };
    await protectedBy(host, ONE, app, async (client, shedder) => {
      const opened = client.open({ path: '/hangs' });
      await opened.response;
      for (let i = 0; i < 5; i++) expect((await client.get('/')).status).toBe(503);
      opened.abort();
      await until(() => shedder.stats().inFlight === 0);
      expect((await client.get('/')).status).toBe(200);
    });
  });

  if (!host.http2)
    it('a protocol that is switched gives its slot back', async () => {
      const { app: plain } = holding();
      const app: App = (handled) => {
        if (handled.req.url === '/') return plain(handled);
        handled.res.writeHead(101, { Connection: 'Upgrade', Upgrade: 'test' });
        handled.res.flushHeaders();
        return undefined;
      };
      await protectedBy(host, ONE, app, async (client, shedder) => {
        const connection = client.connect();
        connection.socket.write(
          'GET /switch HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n',
        );
        await connection.until(/ 101 /);
        // Slots that nobody needs are looked for once in 10 ms.
        while ((await client.get('/')).status !== 200);
        connection.destroy();
        await until(() => shedder.stats().inFlight === 0);
      });
    });
});
