import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type ClientHttp2Session, connect } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { createBackpressure, drain, LoadShedder } from '@spillway/backpressure';
import type { App } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, TEXT, until } from './support';

const SHORT = { deadlineMs: 50, idleMs: 0 };

const echo: App = ({ req }) => ({ headers: TEXT, body: req.url! });

/** Takes over a connection, as WebSocket servers do; some let their process end in spite of it. */
function takeOver({ url }: IncomingMessage, socket: Socket): void {
  socket.on('error', () => {});
  if (url === '/unref') socket.unref();
  socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n');
}

const upgradeTo = (path: string) =>
  `GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: test\r\n\r\n`;

async function sessionTo(server: Server): Promise<ClientHttp2Session> {
  const session = connect(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  session.on('error', () => {});
  await once(session, 'connect');
  return session;
}

describe.each(hosts)('the deadline of a server on $name', (host) => {
  it('cuts off who waits for a slot too, and counts them', async () => {
    const { app, held, handled } = holding();
    const shedder = new LoadShedder({ limit: 1, whenFull: 'wait' });
    await host.serve([createBackpressure({ shedder })], app, async (client, server) => {
      const answers = [client.get('/held')];
      await until(() => held.length === 1);
      answers.push(client.get('/waits'));
      await until(() => shedder.stats().queued === 1);
      const lost = Promise.allSettled(answers);
      expect(await drain(server, SHORT)).toEqual({ cut: 2 });
      expect(await lost).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
      expect(handled).toEqual(['/held']);
      expect(shedder.stats()).toMatchObject({ inFlight: 0, queued: 0 });
    });
  });
});

describe.each(hosts.filter(({ http2 }) => !http2))('the deadline of a server on $name', (host) => {
  it.each([
    ['that sent nothing', ''],
    ['amid its head', 'GET / HTTP/1.1\r\nHos'],
    ['amid its body', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\npart'],
    ['that was taken over', upgradeTo('/')],
  ])('ends a connection %s', async (_where, sent) => {
    const app: App = async ({ req }) => {
      for await (const _chunk of req);
      return { headers: TEXT, body: 'x' };
    };
    await host.serve([createBackpressure()], app, async (client, server) => {
      server.on('upgrade', takeOver);
      const accepted = once(server, 'connection');
      const { socket } = client.connect();
      await accepted;
      const closed = once(socket, 'close');
      if (sent) {
        socket.write(sent);
        await until(() => socket.bytesWritten === sent.length);
      }
      if (sent.includes('Upgrade:')) await once(socket, 'data');
      await drain(server, SHORT);
      expect(server.listening).toBe(false);
      await closed;
    });
  });

  it('is kept, whatever becomes of a connection that was taken over and keeps no process alive', async () => {
    await host.serve([createBackpressure()], echo, async (client, server) => {
      server.on('upgrade', takeOver);
      const { socket } = client.connect();
      socket.write(upgradeTo('/unref'));
      await once(socket, 'data');
      expect(await drain(server, SHORT)).toEqual({ cut: 0 });
      expect(server.listening).toBe(false);
    });
  });
});

describe.each(hosts.filter(({ http2 }) => http2))('the deadline of a server on $name', (host) => {
  it.each([
    ['has asked for nothing', undefined],
    ['has asked for its health alone', '/livez'],
  ])('ends a connection that %s', async (_what, path) => {
    await host.serve([createBackpressure()], echo, async (_client, server) => {
      const session = await sessionTo(server);
      if (path) await once(session.request({ ':path': path }).resume(), 'end');
      const closed = once(session, 'close');
      expect(await drain(server, SHORT)).toEqual({ cut: 0 });
      await closed;
    });
  });
});
