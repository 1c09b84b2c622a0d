import { once } from 'node:events';
import { connect } from 'node:http2';
import type { AddressInfo, Server } from 'node:net';
import { createBackpressure, drain } from '@spillway/backpressure';
import { OptionError } from '@spillway/core';
import type { App, Client, TestHost } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, TEXT, until } from './support';

const overHttp1 = hosts.filter(({ http2 }) => !http2);
const overHttp2 = hosts.filter(({ http2 }) => http2);

const echo: App = ({ req }) => ({ headers: TEXT, body: req.url! });

const serving = (host: TestHost, app: App, run: (client: Client, server: Server) => Promise<void>) =>
  host.serve([createBackpressure()], app, run);

const refused = expect.objectContaining({ code: 'ECONNREFUSED' });

describe.each(hosts)('a server on $name', (host) => {
  it('that nobody uses is gone at once, however often it is told to', async () => {
    await serving(host, echo, async (_client, server) => {
      const drained = drain(server);
      expect(drain(server)).toBe(drained);
      expect(await drained).toEqual({ cut: 0 });
      expect(server.listening).toBe(false);
    });
  });

  it('cuts off at the deadline what still runs, and says how much', async () => {
    const { app, held } = holding();
    await serving(host, app, async (client, server) => {
      const answer = client.get('/held');
      await until(() => held.length === 1);
      const cut = expect(answer).rejects.toThrow();
      expect(await drain(server, { deadlineMs: 10 })).toEqual({ cut: 1 });
      await cut;
    });
  });
});

describe.each(overHttp1)('a server on $name', (host) => {
  it('is alive but not ready while it goes, and then takes nothing', async () => {
    await serving(host, echo, async (client, server) => {
      expect((await client.get('/readyz')).status).toBe(200);
      const drained = drain(server, { noticeMs: 200, idleMs: 0 });
      const [ready, alive, other] = await Promise.all(
        ['/readyz', '/livez', '/'].map((path) => client.get(path)),
      );
      expect([ready!.status, alive!.status, other!.status]).toEqual([503, 200, 200]);
      expect(ready!.headers['retry-after']).toMatch(/^\d+$/);
      expect(await drained).toEqual({ cut: 0 });
      await expect(client.get('/')).rejects.toEqual(refused);
    });
  });

  it('finishes what runs, and says on it that the connection ends', async () => {
    const { app, held, letGo } = holding();
    await serving(host, app, async (client, server) => {
      const connection = client.connect();
      connection.request('/held');
      await until(() => held.length === 1);
      const drained = drain(server, { idleMs: 0 });
      letGo();
      expect(await connection.until(/\r\n\r\n\/held/)).toMatch(/\r\nConnection: close\r\n/i);
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it('serves what comes on a connection that is open, once more', async () => {
    await serving(host, echo, async (client, server) => {
      const connection = client.connect();
      connection.request('/first');
      expect(await connection.until(/\r\n\r\n\/first/)).not.toMatch(/\r\nConnection: close\r\n/i);
      const drained = drain(server, { idleMs: 60_000, deadlineMs: 60_000 });
      connection.request('/second');
      expect(await connection.until(/\r\n\r\n\/second/)).toMatch(/\r\nConnection: close\r\n/i);
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it('closes connections that stay idle', async () => {
    await serving(host, echo, async (client, server) => {
      const connection = client.connect();
      connection.request('/');
      await connection.until(/\r\n\r\n\//);
      const closed = once(connection.socket, 'close');
      expect(await drain(server, { idleMs: 10 })).toEqual({ cut: 0 });
      await closed;
    });
  });

  it('tells the end to who has waited for a slot since before', async () => {
    const { app, held, letGo } = holding();
    const filter = createBackpressure({ limit: 1, whenFull: 'wait' });
    await host.serve([filter], app, async (client, server) => {
      const connections = [client.connect(), client.connect()];
      connections[0]!.request('/held');
      await until(() => held.length === 1);
      connections[1]!.request('/waits');
      await once(server, 'request');
      const drained = drain(server, { idleMs: 0 });
      letGo();
      expect(await connections[1]!.until(/\r\n\r\n\/waits/)).toMatch(/\r\nConnection: close\r\n/i);
      expect(await drained).toEqual({ cut: 0 });
    });
  });
});

describe.each(overHttp2)('a server on $name', (host) => {
  const sessionOf = (server: Server) => connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  const ask = (session: ReturnType<typeof connect>, path: string) => {
    const stream = session.request({ ':path': path });
    const status = once(stream, 'response').then(([fields]) => fields[':status']);
    stream.resume();
    return { status, ended: once(stream, 'end') };
  };

  it('sends GOAWAY and finishes what runs', async () => {
    const { app, held, letGo } = holding();
    await serving(host, app, async (_client, server) => {
      const session = sessionOf(server);
      const { status, ended } = ask(session, '/held');
      await until(() => held.length === 1);
      const goaway = once(session, 'goaway');
      const drained = drain(server, { idleMs: 60_000, deadlineMs: 60_000 });
      await goaway;
      letGo();
      expect(await status).toBe(200);
      await ended;
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it('ends connections that stay idle', async () => {
    await serving(host, echo, async (_client, server) => {
      const session = sessionOf(server);
      await ask(session, '/').ended;
      const closed = once(session, 'close');
      expect(await drain(server, { idleMs: 10 })).toEqual({ cut: 0 });
      await closed;
    });
  });
});

it.each([{ deadlineMs: -1 }, { noticeMs: '5' }, { idleMs: Number.NaN }, { graceMs: 5 }])(
  'drain refuses %p',
  async (options) => {
    await serving(hosts[0]!, echo, async (_client, server) => {
      expect(() => drain(server, options as never)).toThrow(OptionError);
    });
  },
);
