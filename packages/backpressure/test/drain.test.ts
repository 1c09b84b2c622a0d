import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { type ClientHttp2Session, connect as connectHttp2 } from 'node:http2';
import { type AddressInfo, connect, type Server } from 'node:net';
import { createBackpressure, drain } from '@spillway/backpressure';
import { OptionError } from '@spillway/core';
import { type App, Client, type TestHost } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, TEXT, until } from './support';

const overHttp1 = hosts.filter(({ http2 }) => !http2);
const overHttp2 = hosts.filter(({ http2 }) => http2);

/** So long that nothing comes about by it. */
const LONG_MS = 3_600_000;
const IDLE_CHECK_MS = 50;

// Servers and clients go by the system's clock, timers of what is tested by one that a test moves.
beforeEach(() =>
  jest.useFakeTimers({
    doNotFake: ['Date', 'hrtime', 'nextTick', 'performance', 'queueMicrotask', 'setImmediate'],
  }),
);
afterEach(() => jest.useRealTimers());

const pass = (ms: number) => jest.advanceTimersByTime(ms);

const echo: App = ({ req }) => ({ headers: TEXT, body: req.url! });

/** Where nothing is refused for want of time: a busy machine is no reason. */
const serving = (host: TestHost, app: App, run: (client: Client, server: Server) => Promise<void>) =>
  host.serve([createBackpressure({ turnBudgetMs: 10_000, limit: 1_000 })], app, run);

const portOf = (server: Server): number => (server.address() as AddressInfo).port;

/** The status on a connection of its own. */
async function statusOf({ http2 }: TestHost, server: Server, path: string): Promise<number> {
  const client = new Client(portOf(server), http2);
  const { status } = await client.get(path);
  client.close();
  return status;
}

/** Whether something is over, once everything that needs no time has come about. */
async function isOver(promise: Promise<unknown>): Promise<boolean> {
  let over = false;
  const note = () => {
    over = true;
  };
  promise.then(note, note);
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
  return over;
}

describe.each(hosts)('a server on $name', (host) => {
  it('that nobody uses is gone at once, however often it is told to, and leaves no timer', async () => {
    await serving(host, echo, async (_client, server) => {
      const drained = drain(server, { idleMs: LONG_MS, deadlineMs: LONG_MS });
      expect(drain(server)).toBe(drained);
      pass(0);
      expect(await drained).toEqual({ cut: 0 });
      expect(drain(server)).toBe(drained);
      expect(server.listening).toBe(false);
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('is alive but not ready while it goes, and takes nothing new once its notice is over', async () => {
    await serving(host, echo, async (_client, server) => {
      const port = portOf(server);
      const ask = (path: string) => statusOf(host, server, path);
      expect(await ask('/readyz')).toBe(200);
      const drained = drain(server, { noticeMs: 5_000 });
      pass(4_999);
      expect(await Promise.all(['/readyz', '/livez', '/healthz', '/'].map(ask))).toEqual([
        503, 200, 200, 200,
      ]);
      expect(server.listening).toBe(true);
      pass(1);
      await until(() => !server.listening);
      await expect(once(connect(port, '127.0.0.1'), 'connect')).rejects.toMatchObject({
        code: 'ECONNREFUSED',
      });
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it('finishes what runs when it takes nothing new', async () => {
    const { app, held, letGo } = holding();
    await serving(host, app, async (client, server) => {
      const answer = client.get('/held');
      await until(() => held.length === 1);
      const drained = drain(server);
      pass(29_999);
      await until(() => !server.listening);
      expect(await isOver(drained)).toBe(false);
      letGo();
      expect(await answer).toMatchObject({ status: 200, text: '/held' });
      expect(await drained).toEqual({ cut: 0 });
      expect(jest.getTimerCount()).toBe(0);
    });
  });

  it('cuts off at the deadline what still runs, and says how much', async () => {
    const { app, held } = holding();
    await serving(host, app, async (client, server) => {
      const answers = ['/held', '/held'].map((path) => client.get(path));
      await until(() => held.length === 2);
      const lost = Promise.allSettled(answers);
      const drained = drain(server, { deadlineMs: 5_000 });
      pass(4_999);
      expect(await isOver(Promise.race(answers))).toBe(false);
      pass(1);
      expect(await drained).toEqual({ cut: 2 });
      expect(await lost).toMatchObject([{ status: 'rejected' }, { status: 'rejected' }]);
      expect(jest.getTimerCount()).toBe(0);
    });
  });
});

describe.each(overHttp1)('a server on $name', (host) => {
  it('closes connections that nothing was asked on like those that are idle', async () => {
    await serving(host, echo, async (_client, server) => {
      const accepted = once(server, 'connection');
      const socket = connect(portOf(server), '127.0.0.1').on('error', () => {});
      const closed = once(socket.resume(), 'close');
      await accepted;
      const drained = drain(server, { idleMs: 1_000, deadlineMs: LONG_MS });
      pass(1_000 + IDLE_CHECK_MS);
      expect(await isOver(drained)).toBe(true);
      await closed;
    });
  });

  it('says on what ran before the call that the connection ends', async () => {
    const { app, held, letGo } = holding();
    await serving(host, app, async (client, server) => {
      const connection = client.connect();
      connection.request('/held');
      await until(() => held.length === 1);
      const drained = drain(server, { idleMs: LONG_MS, deadlineMs: LONG_MS });
      pass(0);
      letGo();
      expect(await connection.until(/\r\n\r\n\/held/)).toMatch(/\r\nConnection: close\r\n/i);
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it('finishes a body whose head had left before, and then closes its connection', async () => {
    let finish = () => {};
    const app: App = ({ res }) => {
      res.write('begun, ');
      finish = () => res.end('ended');
    };
    await serving(host, app, async (client, server) => {
      const connection = client.connect();
      connection.request('/');
      await connection.until(/begun/);
      const closed = once(connection.socket, 'close');
      const drained = drain(server, { idleMs: 1_000 });
      pass(2_000);
      expect(await isOver(closed)).toBe(false);
      finish();
      await connection.until(/ended\r\n0\r\n\r\n/);
      pass(IDLE_CHECK_MS);
      await closed;
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it('serves what comes on connections that are open, and closes those that stay idle', async () => {
    await serving(host, echo, async (client, server) => {
      const [used, idle] = [client.connect(), client.connect()];
      for (const connection of [used, idle]) {
        connection.request('/first');
        expect(await connection.until(/\r\n\r\n\/first/)).not.toMatch(/\r\nConnection: close\r\n/i);
      }
      const closed = once(idle.socket, 'close');
      const drained = drain(server, { noticeMs: 1_000, idleMs: 2_000 });
      pass(3_000);
      await until(() => !server.listening);
      expect(await isOver(closed)).toBe(false);
      used.request('/second');
      expect(await used.until(/\r\n\r\n\/second/)).toMatch(/\r\nConnection: close\r\n/i);
      pass(IDLE_CHECK_MS);
      await closed;
      expect(await drained).toEqual({ cut: 0 });
      expect(jest.getTimerCount()).toBe(0);
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
      const drained = drain(server, { idleMs: LONG_MS, deadlineMs: LONG_MS });
      pass(0);
      letGo();
      expect(await connections[1]!.until(/\r\n\r\n\/waits/)).toMatch(/\r\nConnection: close\r\n/i);
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it('loses no request of clients that ask on and on, and stop once it is not ready', async () => {
    await serving(host, echo, async (_client, server) => {
      const statuses: number[] = [];
      const clients = Array.from({ length: 20 }, () => askUntilUnready(portOf(server), statuses));
      await until(() => statuses.length >= 400);
      const before = statuses.length;
      const drained = drain(server, { noticeMs: 1_000 });
      await Promise.all(clients);
      expect(statuses.length).toBeGreaterThanOrEqual(before + 20);
      expect(new Set(statuses)).toEqual(new Set([200]));
      pass(2_000 + IDLE_CHECK_MS);
      expect(await drained).toEqual({ cut: 0 });
    });
  });
});

/** Asks again as soon as it is answered, on a connection that it keeps, and only now and then whether the server is ready. */
async function askUntilUnready(port: number, statuses: number[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string) =>
    new Promise<number>((resolve, reject) => {
      const answered = get({ host: '127.0.0.1', port, path, agent }, (res) => {
        res.resume().on('end', () => resolve(res.statusCode!));
        res.on('error', reject);
      });
      answered.on('error', reject);
    });
  do {
    for (let i = 0; i < 5; i++) statuses.push(await ask('/'));
  } while ((await ask('/readyz')) === 200);
  agent.destroy();
}

describe.each(overHttp2)('a server on $name', (host) => {
  const sessionTo = (server: Server) => connectHttp2(`http://127.0.0.1:${portOf(server)}`);
  const ask = (session: ClientHttp2Session, path: string) => {
    const stream = session.request({ ':path': path });
    const status = once(stream, 'response').then(([fields]) => fields[':status'] as number);
    const ended = once(stream.resume(), 'end');
    return { status, ended };
  };

  it('sends GOAWAY at once where something runs, and finishes it', async () => {
    const { app, held, letGo } = holding();
    await serving(host, app, async (_client, server) => {
      const session = sessionTo(server);
      const { status, ended } = ask(session, '/held');
      await until(() => held.length === 1);
      const goaway = once(session, 'goaway');
      const drained = drain(server, { idleMs: LONG_MS, deadlineMs: LONG_MS });
      pass(0);
      await goaway;
      letGo();
      expect(await status).toBe(200);
      await ended;
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it.each([
    ['has been answered', '/'],
    ['has asked for its health alone', '/livez'],
    ['was refused', '/refused'],
    ['has asked for nothing', undefined],
  ])('sends GOAWAY to an idle session that %s, and closes it', async (_what, path) => {
    const deadline = ({ url }: { url?: string }) => (url === '/refused' ? 0 : undefined);
    await host.serve([createBackpressure({ deadline })], echo, async (_client, server) => {
      expect(await statusOf(host, server, '/')).toBe(200);
      const session = sessionTo(server);
      await once(session, 'remoteSettings');
      if (path) await ask(session, path).ended;
      const [goaway, closed] = [once(session, 'goaway'), once(session, 'close')];
      const drained = drain(server, { noticeMs: 1_000, idleMs: 2_000, deadlineMs: LONG_MS });
      pass(3_000);
      expect(await isOver(goaway)).toBe(false);
      pass(IDLE_CHECK_MS);
      expect(await isOver(drained)).toBe(true);
      await Promise.all([goaway, closed]);
    });
  });

  it('serves what comes on an idle session, once more', async () => {
    await serving(host, echo, async (_client, server) => {
      const session = sessionTo(server);
      await ask(session, '/').ended;
      const goaway = once(session, 'goaway');
      const drained = drain(server, { idleMs: LONG_MS, deadlineMs: LONG_MS });
      pass(0);
      const { status, ended } = ask(session, '/');
      expect(await status).toBe(200);
      await Promise.all([ended, goaway]);
      expect(await drained).toEqual({ cut: 0 });
    });
  });
});

it.each([
  { deadlineMs: -1 },
  { deadlineMs: 2 ** 31 },
  { noticeMs: '5' },
  { idleMs: Number.NaN },
  { idleMs: 0.5 },
  { graceMs: 5 },
])('drain refuses %p, and the server stays', async (options) => {
  const host = hosts[0]!;
  await serving(host, echo, async (_client, server) => {
    expect(() => drain(server, options as never)).toThrow(OptionError);
    expect(await statusOf(host, server, '/readyz')).toBe(200);
    expect(jest.getTimerCount()).toBe(0);
  });
});
