import { createHook } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { Duplex, Readable } from 'node:stream';
import v8 from 'node:v8';
import vm from 'node:vm';
import { createGzip, gzipSync } from 'node:zlib';
import type { Filter, Hooks } from '@spillway/core';
import type { Handled } from '@spillway/core/testing';
import { createDecompress } from '../dist/decompress';
import { ask, coded, coders, deaf, echo } from './coded-requests';
import { hosts, overHttp1 } from './hosts';

v8.setFlagsFromString('--expose-gc');
const collectGarbage = vm.runInNewContext('gc') as () => void;

const MIB = 2 ** 20;
const UNJUDGED = { maxRatio: Number.POSITIVE_INFINITY };

const times = (count: number, part: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => part));

/** A GiB of zeros in a MiB. */
const BOMB = times(64, gzipSync(Buffer.alloc(16 * MIB)));
const others = Object.entries(coders).map(([name, code]) => [name, code(Buffer.alloc(8 * MIB))] as const);
const bombs: Readonly<Record<string, Buffer>> = { ...Object.fromEntries(others), gzip: BOMB };

function deferred(): { readonly promise: Promise<void>; readonly resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}

const hooks: { disable(): void }[] = [];
afterEach(() => {
  for (const hook of hooks.splice(0)) hook.disable();
});

/** The zlib streams that are made from now on, by what node tells of their handles. */
function watchZlib(): () => Duplex[] {
  const handles: object[] = [];
  const init = (_id: number, type: string, _trigger: number, handle: object) => {
    if (type === 'ZLIB') handles.push(handle);
  };
  hooks.push(createHook({ init }).enable());
  const ownerOf = (handle: object) =>
    Object.getOwnPropertySymbols(handle).map((symbol): unknown => handle[symbol as never]);
  return () => handles.flatMap(ownerOf).filter((owner) => owner instanceof Duplex);
}

describe.each(hosts)('decompress on $name', (host) => {
  it('passes a body of as many bytes as are allowed, and cuts a longer one', async () => {
    const filter = createDecompress({ maxBytes: 100_000 });
    const body = randomBytes(100_001);
    const allowed = await ask(host, coded('gzip', gzipSync(body.subarray(1))), { filter });
    expect(allowed.body.equals(body.subarray(1))).toBe(true);
    expect(await ask(host, coded('gzip', gzipSync(body)), { filter })).toMatchObject({
      status: 413,
      text: '{"code":"ERR_DECODED_BYTES","message":"the body must decode to at most 100000 bytes"}',
    });
  });

  it.each(Object.keys(bombs))('lets a MiB of a bomb in %s through at most', async (coding) => {
    let bytes = 0;
    const app = async ({ req }: Handled) => {
      req.on('data', (chunk) => {
        bytes += chunk.length;
      });
      const [{ status }] = await once(req, 'error').catch((error) => [error]);
      return { status };
    };
    const filter = createDecompress(UNJUDGED);
    expect((await ask(host, coded(coding, bombs[coding]!), { filter, app })).status).toBe(413);
    expect(bytes).toBeGreaterThan(MIB / 2);
    expect(bytes).toBeLessThanOrEqual(MIB);
  });

  it('answers a bomb with a 413 where nobody listens for errors', async () => {
    expect((await ask(host, coded('gzip', BOMB), { app: deaf })).status).toBe(413);
  });

  it('cuts what grows more than a hundredfold, once 64 KiB have come out', async () => {
    const zeros = (bytes: number) => ask(host, coded('gzip', gzipSync(Buffer.alloc(bytes))));
    expect((await zeros(65_535)).status).toBe(200);
    expect(await zeros(65_536)).toMatchObject({
      status: 413,
      text: '{"code":"ERR_DECODED_RATIO","message":"the body must decode to at most 100 times its bytes"}',
    });
  });

  it('judges the ratio over all codings: a bomb in a bomb is cut where each of them would pass', async () => {
    const filter = createDecompress({ maxBytes: 64 * MIB });
    const members = times(50, gzipSync(Buffer.concat([randomBytes(1_200), Buffer.alloc(100_000)])));
    const bomb = gzipSync(members);
    expect(members.length).toBeLessThan(100 * bomb.length);
    expect((await ask(host, coded('gzip', members), { filter })).body).toHaveLength(50 * 101_200);
    expect((await ask(host, coded('gzip, gzip', bomb), { filter })).status).toBe(413);
  });

  it('cuts what grows too large on the way, however little comes of it in the end', async () => {
    const filter = createDecompress({ maxBytes: 1000 });
    const bomb = gzipSync(times(100, gzipSync('')));
    expect((await ask(host, coded('gzip, gzip', bomb), { filter })).status).toBe(413);
  });

  it('holds little of a body at a time, however much comes of it', async () => {
    const filter = createDecompress({ ...UNJUDGED, maxBytes: 256 * MIB });
    const heldBytes = () => {
      collectGarbage();
      return process.memoryUsage().heapUsed + process.memoryUsage().external;
    };
    const before = heldBytes();
    let [bytes, looks, mostBytes] = [0, 0, 0];
    const app = async ({ req }: Handled) => {
      try {
        for await (const chunk of req) {
          bytes += chunk.length;
          if (bytes < looks * 64 * MIB) continue;
          mostBytes = Math.max(mostBytes, heldBytes() - before);
          looks++;
        }
      } catch (error) {
        return { status: (error as { status: number }).status };
      }
      return {};
    };
    expect((await ask(host, coded('gzip', BOMB), { filter, app })).status).toBe(413);
    expect(looks).toBeGreaterThan(3);
    expect(mostBytes).toBeLessThan(100 * MIB);
  });

  it('stops a client that sends faster than the application reads, until it reads on', async () => {
    let [sentBytes, enough] = [0, false];
    const sent = new Readable({
      read() {
        if (enough) return void this.push(null);
        sentBytes += 65_536;
        this.push(randomBytes(65_536));
      },
    });
    let stalledBytes = 0;
    const app = async ({ req }: Handled) => {
      let bytes = 0;
      for await (const chunk of req) {
        bytes += chunk.length;
        while (stalledBytes !== sentBytes && !enough) {
          stalledBytes = sentBytes;
          await new Promise((resolve) => setTimeout(resolve, 30));
        }
        enough = true;
      }
      return { body: String(bytes) };
    };
    const filter = createDecompress({ maxBytes: 2 ** 40 });
    const got = await ask(host, coded('gzip', sent.pipe(createGzip({ level: 1 }))), { filter, app });
    expect(stalledBytes).toBeLessThan(16 * MIB);
    expect(got.text).toBe(String(sentBytes));
  });

  it('frees the decoders of node where the client leaves amid the body', async () => {
    const stages: Duplex[] = [];
    const decompress = createDecompress();
    const filter: Filter = (request, context) => {
      const hooks = decompress(request, context) as Hooks;
      stages.push(...[hooks.requestBody ?? []].flat());
      return hooks;
    };
    const reading = deferred();
    const app = ({ req }: Handled) => {
      req.on('error', () => {}).once('data', reading.resolve);
    };
    const sent = gzipSync(gzipSync(randomBytes(100_000))).subarray(0, 90_000);
    const opened = watchZlib();
    await host.serve([filter], app, async (client) => {
      const body = new Readable({ read() {} });
      body.push(sent);
      const { abort } = client.open(coded('gzip, gzip', body));
      await reading.promise;
      expect(opened().map(({ destroyed }) => destroyed)).toEqual([false, false]);
      abort();
      await Promise.all(stages.map((stage) => stage.closed || once(stage, 'close')));
      expect(opened().map(({ destroyed }) => destroyed)).toEqual([true, true]);
    });
  });

  it('opens a decoder of node for a body that is read, and for no other', async () => {
    const body = gzipSync('read');
    const opened = watchZlib();
    expect((await ask(host, coded('gzip', body), { app: () => ({ body: 'fine' }) })).text).toBe('fine');
    expect(opened()).toHaveLength(0);
    expect((await ask(host, coded('gzip', body))).text).toBe('read');
    expect(opened()).toHaveLength(1);
  });
});

describe.each(overHttp1)('decompress on a kept connection of $name', (host) => {
  it.each([
    ['is cut', 413, gzipSync(Buffer.alloc(2 * MIB))],
    ['is something else', 400, Buffer.from('no gzip at all')],
    ['breaks off', 400, gzipSync(randomBytes(200_000)).subarray(0, -9)],
  ])('leaves the next request alone after a body that %s', async (_how, status, body) => {
    const next = gzipSync('<the next>');
    await host.serve([createDecompress()], echo, async (client) => {
      const connection = client.connect();
      for (const sent of [body, next]) {
        connection.socket.write(
          `POST / HTTP/1.1\r\nHost: test\r\nContent-Encoding: gzip\r\nContent-Length: ${sent.length}\r\n\r\n`,
        );
        connection.socket.write(sent);
      }
      await connection.until(/<the next>/);
      expect(connection.received.match(/HTTP\/1.1 \d+/g)).toEqual([`HTTP/1.1 ${status}`, 'HTTP/1.1 200']);
    });
  });
});
