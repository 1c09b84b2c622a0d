import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, Socket } from 'node:net';
import { Client, FaultProxy, listenBelowEphemeral, type RawConnection } from '@spillway/core/testing';

const MIB = 2 ** 20;

/** What the server has of each connection, in order. */
const accepted: Socket[] = [];
const echo = createServer({ allowHalfOpen: true }, (socket) => {
  accepted.push(socket);
  socket.on('error', () => {});
  socket.pipe(socket);
});

let targetPort: number;
let proxy: FaultProxy;
/** Another way to the same server, without a fault. */
let healthy: FaultProxy;

beforeAll(async () => {
  targetPort = await listenBelowEphemeral(echo);
});

beforeEach(async () => {
  accepted.length = 0;
  proxy = await FaultProxy.start({ targetPort });
  healthy = await FaultProxy.start({ targetPort });
});

afterEach(() => Promise.all([proxy.close(), healthy.close()]));

afterAll(() => new Promise((closed) => echo.close(closed)));

const dial = ({ port }: { readonly port: number } = proxy): RawConnection =>
  new Client(port, false).connect();

/** Goes to the server and back, `times` times. */
async function pingPong(connection: RawConnection, times = 1): Promise<void> {
  const before = connection.received.length;
  for (let i = 1; i <= times; i++) {
    connection.socket.write('.');
    await connection.until(/./, before + i);
  }
}

/** A connection that stands, and the server's end of it. */
async function standing() {
  const client = dial();
  await pingPong(client);
  return { client, server: accepted.at(-1)! };
}

/** Time for what would pass, by what passes: as many round trips beside it. */
async function meanwhile(): Promise<void> {
  const beside = dial(healthy);
  await pingPong(beside, 30);
  beside.destroy();
}

/** How a connection closes. */
async function closing(socket: Socket): Promise<string> {
  const error = new Promise<string>((resolve) =>
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(String(code))),
  );
  const closed = new Promise<string>((resolve) => socket.once('close', () => resolve('closed')));
  return Promise.race([error, closed]);
}

/** Writes all of it, ends, and gives what has come back. */
async function echoed(bytes: Buffer, port: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('data', (chunk) => chunks.push(chunk));
  socket.end(bytes);
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

const numbered = (size: number) => Buffer.from(Array.from({ length: size }, (_, i) => (i * i) % 251));
const digest = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describe('a fault proxy without a fault', () => {
  it('passes all bytes both ways, and then the end', async () => {
    const bytes = numbered(3 * MIB);
    expect(digest(await echoed(bytes, proxy.port))).toBe(digest(bytes));
  });

  it('passes on what a client sends after the server has ended', async () => {
    const socket = connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('.');
    await once(socket, 'data');
    const server = accepted[0]!;
    server.unpipe().end();
    await once(socket.resume(), 'end');
    socket.end('late');
    const [late] = await once(server.resume(), 'data');
    expect(String(late)).toBe('late');
  });

  it('listens below the ports that connections get', () => {
    expect(proxy.port).toBeGreaterThanOrEqual(20_000);
    expect(proxy.port).toBeLessThan(32_000);
  });

  it('counts the connections that stand', async () => {
    const { client, server } = await standing();
    await standing();
    expect(proxy.connections).toBe(2);
    const closed = once(server, 'close');
    client.socket.end();
    await Promise.all([closed, once(client.socket, 'close')]);
    await meanwhile();
    expect(proxy.connections).toBe(1);
  });

  it('passes on a reset', async () => {
    const { client, server } = await standing();
    const seen = closing(server);
    client.socket.resetAndDestroy();
    expect(await seen).toBe('ECONNRESET');
  });

  it('resets the connection where there is no target', async () => {
    const gone = await FaultProxy.start({ targetPort });
    await gone.close();
    const nowhere = await FaultProxy.start({ targetPort: gone.port });
    expect(await closing(dial(nowhere).socket)).toBe('ECONNRESET');
    await nowhere.close();
  });
});

describe('latency', () => {
  it('is had each way', async () => {
    const { client } = await standing();
    proxy.latency(40);
    const startedMs = performance.now();
    await pingPong(client);
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(80);
  });

  it('delays all that is sent without waiting by no more than one thing', async () => {
    const [stream, steps] = [(await standing()).client, (await standing()).client];
    proxy.latency(40);
    const order: string[] = [];
    const streamed = stream.until(/\d/, 30).then(() => order.push('30 sent without waiting'));
    const stepped = pingPong(steps, 10).then(() => order.push('10 sent each after the answer to the last'));
    const beside = dial(healthy);
    stream.socket.setNoDelay();
    for (let i = 0; i < 30; i++) {
      stream.socket.write('1');
      // Lest the next one go with it.
      await pingPong(beside);
    }
    await Promise.all([streamed, stepped]);
    expect(order[0]).toBe('30 sent without waiting');
  });

  it('holds back the end, too', async () => {
    const { client } = await standing();
    proxy.latency(40);
    const startedMs = performance.now();
    client.socket.end();
    await once(client.socket, 'end');
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(80);
  });

  it('ends at once where it is healed', async () => {
    const { client } = await standing();
    proxy.latency(3_600_000);
    client.socket.write('late');
    await meanwhile();
    expect(client.received).toBe('.');
    proxy.heal();
    expect(await client.until(/late/)).toBe('.late');
  });
});

describe('bandwidth', () => {
  it('is no more than it says', async () => {
    proxy.bandwidth(200_000);
    const startedMs = performance.now();
    expect((await echoed(numbered(50_000), proxy.port)).length).toBe(50_000);
    // The first piece, of 20 ms, finds the line free.
    expect(performance.now() - startedMs).toBeGreaterThanOrEqual(230);
  });

  it('passes pieces, and not all of it late', async () => {
    proxy.bandwidth(200_000);
    let pieces = 0;
    const socket = connect({ port: proxy.port, host: '127.0.0.1' }).on('data', () => ++pieces);
    socket.end(numbered(50_000));
    await once(socket, 'end');
    expect(pieces).toBeGreaterThan(3);
  });

  it('ends at once where it is healed', async () => {
    const faster = await FaultProxy.start({ targetPort });
    proxy.bandwidth(1);
    faster.bandwidth(3);
    const order: string[] = [];
    const send = async (over: FaultProxy, name: string, afterTheFirst = () => {}) => {
      const connection = dial(over);
      connection.socket.write('12');
      await connection.until(/1/);
      afterTheFirst();
      await connection.until(/12/);
      order.push(name);
    };
    await Promise.all([send(faster, 'not healed'), send(proxy, 'healed', () => proxy.heal())]);
    expect(order).toEqual(['healed', 'not healed']);
    await faster.close();
  });
});

describe('a cut', () => {
  it('closes both ends of what stands, and nothing that comes', async () => {
    const { client, server } = await standing();
    const seen = Promise.all([closing(client.socket), closing(server)]);
    proxy.cut();
    expect(await seen).toEqual(['closed', 'closed']);
    await standing();
    expect(proxy.connections).toBe(1);
  });
});

describe('a reset', () => {
  it('reaches both ends of what stands, and nothing that comes', async () => {
    const { client, server } = await standing();
    const seen = Promise.all([closing(client.socket), closing(server)]);
    proxy.reset();
    expect(await seen).toEqual(['ECONNRESET', 'ECONNRESET']);
    await standing();
    expect(proxy.connections).toBe(1);
  });
});

describe('a reset of an end that is being ended', () => {
  afterEach(() => jest.restoreAllMocks());

  it('closes it', async () => {
    const { client, server } = await standing();
    const end: () => Socket = Socket.prototype.end;
    const closed = [closing(client.socket), closing(server)];
    server.end();
    // Of the two that are left it is the proxy's own end to the client, as the server's arrives there.
    jest.spyOn(Socket.prototype, 'end').mockImplementation(function (this: Socket) {
      process.nextTick(() => proxy.reset());
      return end.call(this);
    });
    await Promise.all(closed);
    await proxy.close();
    expect(proxy.connections).toBe(0);
  });
});

describe('refusal', () => {
  it('closes new connections unanswered, leaves those that stand, and ends', async () => {
    const { client } = await standing();
    proxy.refuse();
    const refused = dial();
    expect(await closing(refused.socket)).toBe('closed');
    expect([refused.received, accepted.length, proxy.connections]).toEqual(['', 1, 1]);
    await pingPong(client);
    proxy.heal();
    await standing();
  });
});

describe('a black hole', () => {
  it('keeps what is sent either way until it is healed', async () => {
    const { client, server } = await standing();
    let arrived = '';
    server.on('data', (chunk) => {
      arrived += chunk;
    });
    proxy.blackhole();
    client.socket.write('there');
    server.write('back');
    await meanwhile();
    expect([arrived, client.received]).toEqual(['', '.']);
    proxy.heal();
    expect(await client.until(/there/)).toBe('.backthere');
  });

  it('takes new connections, and connects them no further until it is healed', async () => {
    proxy.blackhole();
    const client = dial();
    client.socket.write('hello');
    await once(client.socket, 'connect');
    await meanwhile();
    // The one beside it.
    expect([accepted.length, client.received, proxy.connections]).toEqual([1, '', 1]);
    proxy.heal();
    expect(await client.until(/hello/)).toBe('hello');
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['leaves', (socket) => socket.destroy(), 'closed'],
    ['resets', (socket) => socket.resetAndDestroy(), 'ECONNRESET'],
  ])('keeps it from the server that a client %s', async (_how, leave, how) => {
    const { client, server } = await standing();
    let isOver = false;
    const seen = closing(server).finally(() => {
      isOver = true;
    });
    proxy.blackhole();
    leave(client.socket);
    await meanwhile();
    expect([isOver, server.readableEnded, proxy.connections]).toEqual([false, false, 1]);
    proxy.heal();
    expect(await seen).toBe(how);
  });

  it('forgets a client that has left before it was connected further', async () => {
    proxy.blackhole();
    const client = dial();
    await once(client.socket, 'connect');
    client.socket.resetAndDestroy();
    await meanwhile();
    proxy.heal();
    await meanwhile();
    expect(proxy.connections).toBe(0);
  });

  it('is cut, and nothing of it comes back', async () => {
    proxy.blackhole();
    const client = dial();
    await once(client.socket, 'connect');
    await meanwhile();
    const seen = closing(client.socket);
    proxy.cut();
    proxy.heal();
    expect(await seen).toBe('closed');
    await meanwhile();
    expect([accepted.length, proxy.connections]).toEqual([2, 0]);
  });
});

describe.each<[string, (server: Socket) => void, (server: Socket) => void]>([
  ['into a black hole', () => proxy.blackhole(), () => proxy.heal()],
  ['into a narrow line', () => proxy.bandwidth(1000), () => proxy.heal()],
  [
    'to a server that does not read',
    (server) => server.unpipe().pause(),
    (server) => void server.pipe(server),
  ],
])('what is sent %s', (_where, stop, goOn) => {
  it('is taken in up to a bound, and arrives later', async () => {
    const { client, server } = await standing();
    const size = 64 * MIB;
    const bytes = Buffer.alloc(size, 'x');
    stop(server);
    // In pieces: what is left of one that was begun would count as unsent.
    for (let at = 0; at < size; at += 65_536) client.socket.write(bytes.subarray(at, at + 65_536));
    for (let i = 0; i < 20; i++) await meanwhile();
    // The kernel's buffers hold some.
    expect(client.socket.writableLength).toBeGreaterThan(size / 2);
    goOn(server);
    client.socket.removeAllListeners('data').resume().end();
    await once(client.socket, 'end');
    // The one of before, too.
    expect(client.socket.bytesRead).toBe(size + 1);
  });
});

describe('a closed fault proxy', () => {
  it('leaves no connection, no listener and no timer', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const { client, server } = await standing();
    const before = timers();
    proxy.latency(3_600_000);
    client.socket.write('late');
    await meanwhile();
    expect(timers()).toBeGreaterThan(before);
    const closed = Promise.all([once(client.socket, 'close'), once(server, 'close')]);
    await proxy.close();
    await closed;
    expect([proxy.connections, timers()]).toEqual([0, before]);
    expect(await closing(dial().socket)).toBe('ECONNREFUSED');
    await proxy.close();
  });

  it('closes while nothing passes', async () => {
    await standing();
    proxy.blackhole();
    dial();
    await proxy.close();
    expect(proxy.connections).toBe(0);
  });
});

it.each([
  ['latency', -1],
  ['latency', Number.NaN],
  ['bandwidth', 0],
] as const)('a fault proxy refuses a %s of %p', (fault, value) => {
  expect(() => proxy[fault](value)).toThrow(`FaultProxy: ${fault} must be a number from`);
});
