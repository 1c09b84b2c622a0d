import { once } from 'node:events';
import { connect } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import v8 from 'node:v8';
import vm from 'node:vm';
import { createCacheResponse, MemoryStore, ResponseCache } from '@spillway/cache-response';
import type { App, TestHost } from '@spillway/core/testing';
import { hosts } from '../hosts';
import { isHit, type Serving, statusOf, streamOf, TEXT } from '../support';
import { attacked, cacheOn } from './support';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

jest.setTimeout(60_000);

const MEBIBYTE = 1024 * 1024;
const BUDGET = 4 * MEBIBYTE;

/** Bytes in use, once all garbage is gone: array buffers go some turns later. */
async function held(): Promise<number> {
  let [before, now] = [Number.POSITIVE_INFINITY, 0];
  for (let i = 0; i < 50 && (i < 3 || before - now > 10_000); i++) {
    before = now;
    collectGarbage();
    await turn();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    now = heapUsed + arrayBuffers;
  }
  return now;
}

interface Bomb {
  readonly count: number;
  readonly path: (i: number) => string;
  readonly fields?: (i: number) => string;
}

/** Sends all of it on one connection, without waiting for the answers. */
async function send(port: number, { count, path, fields = () => '' }: Bomb): Promise<void> {
  const socket = connect(port, '127.0.0.1');
  let answers = 0;
  let rest = '';
  const all = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`closed after ${answers} answers`)));
    socket.on('data', (bytes: Buffer) => {
      const text = rest + bytes.toString('latin1');
      answers += text.split('HTTP/1.1 2').length - 1;
      rest = text.slice(-9).includes('HTTP/1.1 2') ? '' : text.slice(-9);
      if (answers === count) resolve();
    });
  });
  for (let i = 0; i < count; i++) {
    const head = `GET ${path(i)} HTTP/1.1\r\nHost: a.test\r\n${fields(i)}\r\n`;
    if (!socket.write(head)) await Promise.race([once(socket, 'drain'), all]);
  }
  await all;
  socket.removeAllListeners('close').destroy();
}

interface Blast {
  /** Bytes that the store counts. */
  readonly counted: number;
  /** Bytes that the process holds. */
  readonly grown: number;
  readonly size: number;
}

async function blast(
  host: TestHost,
  app: App,
  bombs: readonly Bomb[],
  options: Serving = {},
): Promise<Blast> {
  // What is made once, at the first request, is none of it.
  const small = new ResponseCache({ maxBytes: 65_536 });
  await host.serve([cacheOn(host, { ...options, cache: small })], app, ({ port }) =>
    send(port, { ...bombs[0]!, count: 200 }),
  );
  const store = new MemoryStore({ maxBytes: BUDGET });
  const cache = new ResponseCache({ store });
  const filter = cacheOn(host, { ...options, cache });
  const before = await held();
  await host.serve([filter], app, async ({ port }) => {
    for (const bomb of bombs) await send(port, bomb);
  });
  const grown = (await held()) - before;
  return { counted: store.bytes, size: store.size, grown };
}

const long = (i: number, length: number): string => `${i}-`.padEnd(length, 'x');

const FRESH = { ...TEXT, 'Cache-Control': 'public, max-age=600' };

const paths = (length: number) => (i: number) => `/${long(i, length)}`;

const pages: App = () => ({ headers: FRESH, body: 'x'.repeat(100) });

const table = hosts.filter(({ name }) => ['Express 5', 'Koa 3', 'in front'].includes(name));
const [plain] = hosts.filter(({ name }) => name === 'node:http') as [TestHost];

/** What the process may have grown by: no multiple of the budget, and what it needs beside. */
const MOST = BUDGET * 1.25 + MEBIBYTE;

describe.each(table)('ten thousand hostile keys on $name', (host) => {
  it('of a kilobyte each stay within the budget, and so does the process', async () => {
    const { counted, grown, size } = await blast(host, pages, [{ count: 10_000, path: paths(1_000) }]);
    expect(counted).toBeLessThanOrEqual(BUDGET);
    expect(size).toBeGreaterThan(500);
    expect(grown).toBeLessThan(MOST);
  });
});

describe('a bomb', () => {
  it.each([
    ['of hits on each', pages, [0, 0].map(() => ({ count: 5_000, path: (i: number) => `/${i % 500}` })), {}],
    ['of the longest URLs', pages, [{ count: 3_000, path: paths(15_000) }], {}],
    ['of short URLs', pages, [{ count: 10_000, path: (i: number) => `/${i}` }], {}],
    [
      'of small streams',
      () => ({ headers: FRESH, stream: streamOf('x'.repeat(10)) }),
      [{ count: 10_000, path: (i: number) => `/${i}` }],
      {},
    ],
    [
      'of small streams between larger things',
      () => {
        for (let i = 0; i < 4; i++) Buffer.from('x'.repeat(3_000));
        return { headers: FRESH, stream: streamOf('x'.repeat(10)) };
      },
      [{ count: 10_000, path: (i: number) => `/${i}` }],
      {},
    ],
    [
      'of streams in pieces',
      () => ({ headers: FRESH, stream: streamOf(...Array<string>(20).fill('x'.repeat(100))) }),
      [{ count: 5_000, path: (i: number) => `/${i}` }],
      {},
    ],
    [
      'of large bodies',
      () => ({ headers: FRESH, body: Buffer.alloc(100_000, 'x') }),
      [{ count: 500, path: (i: number) => `/${i}` }],
      {},
    ],
    [
      'of long fields',
      () => ({ headers: { ...FRESH, 'X-Bomb': 'x'.repeat(15_000) }, body: 'x' }),
      [{ count: 3_000, path: (i: number) => `/${i}` }],
      {},
    ],
    [
      'of many fields',
      () => ({
        headers: {
          ...FRESH,
          ...Object.fromEntries(Array.from({ length: 900 }, (_, i) => [`x-${i}`, `${i}`])),
        },
        body: 'x',
      }),
      [{ count: 200, path: (i: number) => `/${i}` }],
      {},
    ],
    [
      'of fields of many lines',
      () => ({ headers: { ...FRESH, 'X-Bomb': Array.from({ length: 2_000 }, (_, i) => `${i}`) }, body: 'x' }),
      [{ count: 1_000, path: (i: number) => `/${i}` }],
      {},
    ],
    [
      'of request fields that responses are chosen by',
      () => ({ headers: { ...FRESH, Vary: 'X-Bomb' }, body: 'x' }),
      [
        {
          count: 5_000,
          path: (i: number) => `/${i % 100}`,
          fields: (i: number) => `X-Bomb: ${long(i, 8_000)}\r\n`,
        },
      ],
      {},
    ],
    [
      'of tags',
      pages,
      [{ count: 2_000, path: (i: number) => `/${i}` }],
      { tags: () => Array.from({ length: 64 }, (_, i) => long(++tagged * 64 + i, 500)) },
    ],
    [
      'of short tags',
      pages,
      [{ count: 5_000, path: (i: number) => `/${i}` }],
      { tags: () => Array.from({ length: 64 }, () => `${++tagged}`) },
    ],
    ['of keys', pages, [{ count: 5_000, path: () => '/' }], { key: () => long(++tagged, 10_000) }],
  ] as [string, App, Bomb[], Serving][])('%s stays within the budget', async (_what, app, bombs, options) => {
    const { counted, grown } = await blast(plain, app, bombs, options);
    expect(counted).toBeLessThanOrEqual(BUDGET);
    expect(counted).toBeGreaterThan(0);
    expect(grown).toBeLessThan(MOST);
  });

  it.each([
    [100_000, 20],
    [20_000, 1_000],
    [6_000, 15_000],
  ])('of %i URLs that can’t be cached leaves few marks (%i characters each)', async (count, length) => {
    const app: App = () => ({ headers: { ...TEXT, 'Cache-Control': 'private' }, body: 'x' });
    const { counted, grown } = await blast(plain, app, [{ count, path: paths(length) }]);
    expect(counted).toBe(0);
    expect(grown).toBeLessThan(6 * MEBIBYTE);
  });

  it('of bodies that are longer than they say keeps no more of them than is counted', async () => {
    const app: App = ({ res }) => {
      res.writeHead(200, { ...FRESH, 'Content-Length': 1 });
      res.end(Buffer.alloc(100_000, 'x'));
    };
    const { grown } = await blast(plain, app, [{ count: 1_000, path: (i) => `/${i}` }]);
    expect(grown).toBeLessThan(MOST);
  });

  it('of rules for queries leaves few', async () => {
    const { grown } = await blast(
      plain,
      () => ({ headers: { ...FRESH, 'No-Vary-Search': 'params=("x")' }, body: 'x' }),
      [{ count: 5_000, path: paths(10_000) }],
    );
    expect(grown).toBeLessThan(MOST);
  });
});

let tagged = 0;

describe.each(table)('a response with too much of something on $name', (host) => {
  it.each([
    ['fields', { 'X-Bomb': 'x'.repeat(17_000) }, {}],
    ['fields', Object.fromEntries(Array.from({ length: 1_900 }, (_, i) => [`x-bomb-${i}`, `${i}`])), {}],
    ['tags', {}, { tags: () => Array.from({ length: 65 }, (_, i) => `${i}`) }],
    ['tags', {}, { tags: () => ['x'.repeat(1_025)] }],
    ['tags', {}, { tags: () => [{ length: 1 }] as never }],
    ['body-size', {}, { maxBodyBytes: 3 }],
  ] as [string, Record<string, string>, Serving][])(
    '(%s) is passed on and not kept',
    async (detail, headers, options) => {
      const app: App = () => ({ headers: { ...FRESH, ...headers }, body: 'page' });
      const run: Parameters<typeof attacked>[2] = async ({ client }) => {
        for (let i = 0; i < 2; i++) {
          const got = await client.get('/').catch((error: NodeJS.ErrnoException) => error.code!);
          // Such heads a client of node doesn't take.
          if (typeof got === 'string') expect(got).toBe('HPE_HEADER_OVERFLOW');
          else expect([got.text, isHit(got)]).toEqual(['page', false]);
          if (typeof got !== 'string') expect(statusOf(got)).toContain(`detail=${detail}`);
        }
      };
      await attacked(host, app, run, options);
    },
  );
});

it('a cache of its own has a budget, too', async () => {
  const cache = new ResponseCache({ maxBytes: 65_536 });
  let asked = 0;
  const app: App = () => {
    asked++;
    return { headers: FRESH, body: 'x'.repeat(10_000) };
  };
  await plain.serve([createCacheResponse({ cache })], app, async (client) => {
    for (let i = 0; i < 20; i++) await client.get(`/${i}`);
    expect(isHit(await client.get('/19'))).toBe(true);
    expect(isHit(await client.get('/0'))).toBe(false);
    expect(asked).toBe(21);
  });
});
