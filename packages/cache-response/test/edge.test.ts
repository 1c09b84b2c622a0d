import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { OptionError } from '@spillway/core';
import type { EdgePurge } from '../dist/edge';
import { type HttpEdgeOptions, httpEdge } from '../dist/http-edge';
import { tagOf } from '../dist/surrogate';
import { failureOf } from './edge-failure';

const many = (count: number) => Array.from({ length: count }, (_, i) => `/${i}`);

/** Bytes on each connection; node's own server knows no BAN. */
async function withEdge<Result>(
  onConnection: (socket: Socket) => void,
  run: (url: string, sockets: readonly Socket[]) => Promise<Result>,
): Promise<Result> {
  const sockets: Socket[] = [];
  const server: Server = createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onConnection(socket);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  try {
    return await run(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, sockets);
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  }
}

interface Asked {
  /** Method and path. */
  readonly line: string;
  /** By lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** Answers each request with a status. */
const answering = (answer: (asked: Asked) => number | Promise<number>) => (socket: Socket) => {
  let received = '';
  socket.on('data', async (bytes) => {
    received += bytes;
    const heads = received.split('\r\n\r\n');
    received = heads.pop()!;
    for (const head of heads) {
      const [line, ...fields] = head.split('\r\n');
      const entries = fields.map((field) => [field.split(': ', 1)[0]!.toLowerCase(), field.split(': ')[1]!]);
      const status = await answer({
        line: line!.replace(' HTTP/1.1', ''),
        headers: Object.fromEntries(entries),
      });
      socket.write(`HTTP/1.1 ${status} Text\r\nContent-Length: 0\r\n\r\n`);
    }
  });
};

/** An edge that notes what it is asked, and answers by what it is told. */
function recording(answer: (line: string, earlier: number) => number = () => 200) {
  const asked: string[] = [];
  const onConnection = answering(({ line }) => {
    const earlier = asked.filter((other) => other === line).length;
    asked.push(line);
    return answer(line, earlier);
  });
  return { asked, onConnection };
}

const FAST: Omit<HttpEdgeOptions, 'url'> = { retryDelayMs: 0, timeoutMs: 1_000 };

const purgeBy = (
  onConnection: (socket: Socket) => void,
  purge: EdgePurge,
  options: Partial<HttpEdgeOptions> = FAST,
) => withEdge(onConnection, (url) => httpEdge({ url, ...options }).purge(purge));

describe('a request that fails', () => {
  it('by a 5xx is sent again until it succeeds', async () => {
    const { asked, onConnection } = recording((_line, earlier) => [500, 503, 204][earlier]!);
    await purgeBy(onConnection, { urls: ['/a'] });
    expect(asked).toEqual(['PURGE /a', 'PURGE /a', 'PURGE /a']);
  });

  it('is sent again as often as it may, and the error says what it met', async () => {
    const { asked, onConnection } = recording(() => 503);
    const purge = { urls: ['/a'], tags: ['b', 'c'] };
    const error = await failureOf(purgeBy(onConnection, purge, { ...FAST, retries: 1 }));
    expect(error).toMatchObject({ name: 'EdgeError', code: 'ERR_EDGE', status: 503 });
    expect(error.message).toMatch(/^http:\/\/127\.0\.0\.1:\d+: BAN \/: answered 503$/);
    expect(error.undone).toEqual({ all: false, tags: ['b', 'c'], urls: ['/a'], prefixes: [] });
    expect(asked.sort()).toEqual(['BAN /', 'BAN /', 'PURGE /a', 'PURGE /a']);
  });

  it.each([200, 201, 204, 299])('with a %d has not failed', async (status) => {
    await purgeBy(recording(() => status).onConnection, { all: true });
  });

  it.each([301, 304, 400, 403, 404, 405])('by a %d is not sent again, and stops no other', async (status) => {
    const { asked, onConnection } = recording((line) => (line === 'PURGE /0' ? status : 200));
    const error = await failureOf(purgeBy(onConnection, { urls: many(20) }));
    expect(error).toMatchObject({ status, undone: { urls: ['/0'] } });
    expect(asked.length).toBe(20);
  });

  it('is told before one that was refused', async () => {
    const { onConnection } = recording((line) => (line === 'PURGE /1' ? 500 : 403));
    const error = await failureOf(purgeBy(onConnection, { urls: many(3) }));
    expect([error.status, [...error.undone.urls!].sort()]).toEqual([500, many(3)]);
  });

  it('leaves the rest unsent', async () => {
    const { asked, onConnection } = recording(() => 500);
    const error = await failureOf(purgeBy(onConnection, { urls: many(1_000) }));
    expect(asked.length).toBeLessThanOrEqual(8 * 3);
    expect([...error.undone.urls!].sort()).toEqual(many(1_000).sort());
  });

  it('can be sent again by what the error says', async () => {
    let status = 503;
    const { asked, onConnection } = recording(() => status);
    await withEdge(onConnection, async (url) => {
      const edge = httpEdge({ url, retries: 0 });
      const { undone } = await failureOf(edge.purge({ tags: ['a'], urls: ['/a'], prefixes: ['/b'] }));
      status = 200;
      asked.length = 0;
      await edge.purge(undone);
      expect(asked).toEqual(['BAN /', 'BAN /', 'PURGE /a']);
      status = 503;
      expect((await failureOf(edge.purge({ all: true }))).undone.all).toBe(true);
    });
  });

  it('waits longer each time', async () => {
    const askedAt: number[] = [];
    const failing = answering(() => {
      askedAt.push(performance.now());
      return 500;
    });
    await failureOf(purgeBy(failing, { all: true }, { retryDelayMs: 20, retries: 2 }));
    const [first, second, third] = askedAt as [number, number, number];
    // A timer counts from the start of its turn, so it may come a millisecond early.
    expect(second - first).toBeGreaterThanOrEqual(19);
    expect(third - second).toBeGreaterThanOrEqual(39);
  });
});

describe('an edge', () => {
  it('that never answers is given up within the time limits', async () => {
    await withEdge(
      () => {},
      async (url, sockets) => {
        const edge = httpEdge({ url, timeoutMs: 30, retries: 1, retryDelayMs: 1 });
        const started = performance.now();
        const error = await failureOf(edge.purge({ urls: many(1_000) }));
        expect(performance.now() - started).toBeLessThan(1_000);
        expect(sockets.length).toBe(16);
        expect(error.message).toBe(`${url}: PURGE /0: took longer than 30 ms`);
        expect(error.undone.urls!.length).toBe(1_000);
      },
    );
  });

  it('that never answers is given up by each of many purges in the time of one', async () => {
    await withEdge(
      () => {},
      async (url) => {
        const edge = httpEdge({ url, timeoutMs: 100, retries: 0 });
        const started = performance.now();
        const errors = await Promise.all(
          many(40).map((path) => failureOf(edge.purge({ urls: [path, `${path}/a`] }))),
        );
        expect(errors.flatMap(({ undone }) => undone.urls).length).toBe(80);
        for (const { message } of errors) expect(message).toMatch(/: took longer than 100 ms$/);
        expect(performance.now() - started).toBeLessThan(500);
      },
    );
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['ends the connection', (socket) => socket.once('data', () => socket.end()), 'ECONNRESET'],
    ['resets the connection', (socket) => socket.once('data', () => socket.resetAndDestroy()), 'ECONNRESET'],
    ['speaks no HTTP', (socket) => socket.end('220 ready\r\n'), 'HPE_INVALID_CONSTANT'],
    ['stops in the head', (socket) => socket.write('HTTP/1.1 200 OK\r\nA: b'), 'took longer than 50 ms'],
    [
      'changes the protocol',
      (socket) =>
        socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'),
      'closed without an answer',
    ],
  ])('that %s has failed', async (_what, onConnection, reason) => {
    await withEdge(onConnection, async (url, sockets) => {
      const edge = httpEdge({ url, timeoutMs: 50, retries: 1, retryDelayMs: 0 });
      const error = await failureOf(edge.purge({ all: true }));
      expect(error).toMatchObject({ status: undefined, message: `${url}: BAN /: ${reason}` });
      expect(sockets.length).toBe(2);
    });
  });

  it('that is not there has failed', async () => {
    const url = await withEdge(
      () => {},
      async (gone) => gone,
    );
    const error = await failureOf(httpEdge({ url, ...FAST }).purge({ all: true }));
    expect(error).toMatchObject({ cause: { code: 'ECONNREFUSED' }, message: `${url}: BAN /: ECONNREFUSED` });
  });

  it('that ends no body has done what its status says, and is left after the time limit', async () => {
    await withEdge(
      (socket) => socket.resume().write('HTTP/1.1 200 OK\r\n\r\nand so on'),
      async (url, sockets) => {
        await httpEdge({ url, timeoutMs: 50 }).purge({ all: true });
        await once(sockets[0]!, 'close');
        expect(sockets.length).toBe(1);
      },
    );
  });

  it('is spoken to by TLS where its address says so', async () => {
    const bytes: Buffer[] = [];
    await withEdge(
      (socket) => {
        socket.once('data', (data: Buffer) => {
          bytes.push(data);
          socket.destroy();
        });
      },
      (url) => failureOf(httpEdge({ url: url.replace('http', 'https'), retries: 0 }).purge({ all: true })),
    );
    expect(bytes[0]![0]).toBe(22); // a handshake
  });

  it('gets at most eight requests at a time, on connections that it keeps', async () => {
    let most = 0;
    const waiting: (() => void)[] = [];
    const answerAll = () => {
      for (const answer of waiting.splice(0)) answer();
    };
    const slow = answering(async () => {
      await new Promise<void>((resolve) => {
        most = Math.max(most, waiting.push(resolve));
        if (waiting.length === 8) setImmediate(answerAll);
      });
      return 200;
    });
    await withEdge(slow, async (url, sockets) => {
      const edge = httpEdge({ url });
      await Promise.all([edge.purge({ urls: many(100) }), edge.purge({ prefixes: many(100) })]);
      expect([most, sockets.length]).toEqual([8, 8]);
    });
  });

  it('gets the next purge on a connection that it has', async () => {
    await withEdge(recording().onConnection, async (url, sockets) => {
      const edge = httpEdge({ url });
      await edge.purge({ all: true });
      await edge.purge({ urls: ['/a'] });
      expect(sockets.length).toBe(1);
    });
  });

  it.each([
    ['does as it is told', answering(() => 200), 'done'],
    ['refuses', answering(() => 403), 'ERR_EDGE'],
    ['fails', answering(() => 500), 'ERR_EDGE'],
    ['hangs up', (socket: Socket) => void socket.destroy(), 'ERR_EDGE'],
  ])(
    'that %s keeps no process alive, and rejects nothing that nobody hears',
    async (_what, onConnection, told) => {
      await withEdge(onConnection, async (url) => {
        const script = `require(${JSON.stringify(require.resolve('../dist/http-edge'))})
        .httpEdge({ url: '${url}', timeoutMs: 60000, retryDelayMs: 1 })
        .purge({ tags: ['a'], urls: ['/a', '/b', '/c'] })
        .then(() => console.log('done'), (error) => console.log(error.code))`;
        const child = spawn(process.execPath, ['-e', script], { timeout: 4_000 });
        const closed = once(child, 'close');
        const said = await Promise.all([text(child.stdout), text(child.stderr)]);
        expect([...said, ...(await closed)]).toEqual([`${told}\n`, '', 0, null]);
      });
    },
  );
});

describe('what an edge is sent', () => {
  async function sent(purge: EdgePurge, options: Partial<HttpEdgeOptions> = {}): Promise<readonly Asked[]> {
    const requests: Asked[] = [];
    await purgeBy(
      answering((asked) => {
        requests.push(asked);
        return 200;
      }),
      purge,
      options,
    );
    return requests;
  }

  it('is each tag once, in as few fields as 4000 bytes allow', async () => {
    const tags = Array.from({ length: 1_000 }, (_, i) => `tag.${i}`);
    const requests = await sent({ tags: [...tags, ...tags, 'y'.repeat(1024), 'ü'.repeat(1024)] });
    const fields = requests.map(({ headers }) => headers['surrogate-key']!);
    for (const field of fields) expect(field.length).toBeLessThanOrEqual(4_000);
    expect(fields.length).toBe(Math.ceil(fields.join(' ').length / 4_000));
    const told = fields.flatMap((field) => field.split(' '));
    expect(told.sort()).toEqual([...tags, 'y'.repeat(1024), tagOf('ü'.repeat(1024))].sort());
  });

  it('is each URL and prefix once', async () => {
    const requests = await sent({ urls: ['/a', '/b', '/a'], prefixes: ['/c', '/c'] });
    expect(requests.map(({ line }) => line)).toEqual(['BAN /', 'PURGE /a', 'PURGE /b']);
  });

  it('has no body, the given fields and the host of clients', async () => {
    const headers = { Authorization: 'Bearer x', host: 'no', 'surrogate-key': 'no' };
    const purge = { tags: ['a'], urls: ['https://other.example/'] };
    const [ban, purged] = await sent(purge, { host: 'Shop.Example:8443', headers });
    const ours = { authorization: 'Bearer x', 'content-length': '0' };
    expect(ban!.headers).toMatchObject({ ...ours, host: 'shop.example:8443', 'surrogate-key': 'a' });
    expect(purged!.headers).toMatchObject({ ...ours, host: 'other.example' });
  });
});

describe('a wrong', () => {
  it.each<[string, unknown, string]>([
    ['url', undefined, 'must be an http or https address without a path, got undefined'],
    ['url', 5, 'must be an http or https address without a path, got 5'],
    ['url', 'ftp://edge', 'must be an http or https address'],
    ['url', 'edge:6081', 'must be an http or https address'],
    ['url', 'http://edge/path', 'must be an http or https address without a path'],
    ['url', 'http://edge/?query', 'must be an http or https address'],
    ['url', 'http://name:password@edge', 'must be an http or https address'],
    ['host', '', 'must be a host, with a port or without'],
    ['host', 'a/b', 'must be a host'],
    ['host', 'a\r\nb', 'must be a host'],
    ['host', 5, 'must be a host'],
    ['headers', { 'a b': 'c' }, 'must be fields (Header name must be a valid HTTP token'],
    ['headers', { a: 'b\r\nc: d' }, 'must be fields (Invalid character in header content'],
    ['headers', { a: undefined }, 'must be fields'],
    ['headers', null, 'must be fields'],
    ['timeoutMs', 0, 'must be an integer from 1 to 600000'],
    ['retries', -1, 'must be an integer from 0 to 10'],
    ['retryDelayMs', 0.5, 'must be an integer from 0 to 60000'],
    ['retrys', 1, 'is not an option'],
  ])('option %s %j is told at once', (name, value, message) => {
    const make = () => httpEdge({ url: 'http://edge', [name]: value } as HttpEdgeOptions);
    expect(make).toThrow(OptionError);
    expect(make).toThrow(`httpEdge: ${name} ${message}`);
  });

  it.each<[string, unknown, string]>([
    ['tags', 'a', 'must be an array'],
    ['tags', [''], 'must be a non-empty string'],
    ['tags', [5], 'must be a non-empty string'],
    ['urls', ['a'], 'must be a path or an http address'],
    ['urls', [''], 'must be a path or an http address'],
    ['urls', ['?a'], 'must be a path or an http address'],
    ['urls', ['ftp://a/'], 'must be a path or an http address'],
    ['urls', ['http://[a]/'], 'must be a path or an http address'],
    ['urls', ['http://a\\b'], 'must be a path or an http address'],
    ['urls', [5], 'must be a path or an http address'],
    ['prefixes', ['a'], 'must be a path or an http address'],
    ['all', 'yes', 'must be a boolean'],
    ['tag', ['a'], 'is not an option'],
  ])('purge of %s %j is told, and nothing of it is sent', async (name, value, message) => {
    const { asked, onConnection } = recording();
    const purged = purgeBy(onConnection, { urls: ['/a'], tags: ['a'], [name]: value } as EdgePurge);
    await expect(purged).rejects.toThrow(OptionError);
    await expect(purged).rejects.toThrow(message);
    expect(asked).toEqual([]);
  });
});
