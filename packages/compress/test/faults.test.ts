import { once } from 'node:events';
import { Readable } from 'node:stream';
import zlib from 'node:zlib';
import { createCompress } from '@spillway/compress';
import { hookError } from '@spillway/core';
import { eventsOf, type Handled } from '@spillway/core/testing';
import { hosts } from './hosts';
import { decoded, JSON_TYPE, json } from './support';

const TEXT = { 'Content-Type': 'text/plain' };
const GZIP = { 'accept-encoding': 'gzip' };

/** The encoders at work while a test runs: each is listened to before anything is written to it. */
function encoders(): Set<zlib.Gzip> {
  const made = new Set<zlib.Gzip>();
  const { prototype } = zlib.Gzip as unknown as { prototype: zlib.Gzip };
  const { on } = prototype;
  prototype.on = function (this: zlib.Gzip, ...listener: Parameters<typeof on>) {
    made.add(this);
    return on.apply(this, listener);
  } as typeof on;
  restore = () => Reflect.deleteProperty(prototype, 'on');
  return made;
}
let restore = (): unknown => undefined;

afterEach(() => {
  restore();
  jest.restoreAllMocks();
});

/** A stream that never ends by itself. */
const endless = () =>
  new Readable({
    read() {
      setImmediate(() => this.push(json(2_000)));
    },
  });

/** Koa destroys a stream with an error when its client leaves. */
const closeOf = (stream: Readable) =>
  new Promise((resolve) => stream.on('error', () => {}).once('close', resolve));

describe.each(hosts)('on $name', (host) => {
  it('clients that leave at any time leave no encoder behind', async () => {
    const filter = createCompress();
    const made = encoders();
    const streams: Readable[] = [];
    const app = () => {
      const stream = endless();
      streams.push(stream);
      return { headers: TEXT, stream };
    };
    await host.serve([filter], app, async (client) => {
      for (let i = 0; i < 30; i++) {
        const { response, abort } = client.open({ headers: GZIP });
        if (i % 3 !== 0) {
          const { stream } = await response;
          stream.on('error', () => {});
          if (i % 3 === 1) await once(stream, 'data');
        }
        abort();
      }
      for (const stream of streams) if (!stream.closed) await closeOf(stream);
    });
    expect(made.size).toBeGreaterThan(10);
    for (const encoder of made) if (!encoder.closed) await closeOf(encoder);
  });

  it('an encoder that fails amid a body destroys that response only', async () => {
    const made = encoders();
    const app = ({ req }: Handled) =>
      req.headers['x-whole']
        ? { headers: JSON_TYPE, body: json(5_000) }
        : { headers: TEXT, stream: endless() };
    const events = await eventsOf(hookError, () =>
      host.serve([createCompress()], app, async (client) => {
        const { stream } = await client.open({ headers: GZIP }).response;
        await once(stream, 'data');
        stream.resume();
        for (const encoder of made) encoder.destroy(new Error('broken'));
        await expect(once(stream, 'end')).rejects.toThrow();
        const whole = await client.get('/', { ...GZIP, 'x-whole': 'yes' });
        expect(decoded(whole).toString()).toBe(json(5_000));
      }),
    );
    expect(events).toContainEqual({ error: new Error('broken'), hook: 'through' });
  });

  it('a body that can not be coded ends as a 500', async () => {
    const { gzipSync } = zlib;
    jest
      .spyOn(zlib, 'gzipSync')
      .mockImplementationOnce(gzipSync) // tried out at construction
      .mockImplementation(() => {
        throw new Error('out of memory');
      });
    await host.serve(
      [createCompress()],
      () => ({ headers: JSON_TYPE, body: json(5_000) }),
      async (client) => {
        expect((await client.get('/', GZIP)).status).toBe(500);
        expect((await client.get('/')).status).toBe(200);
      },
    );
  });

  it.each(['', 'x', 'é'])('a body of %j is what it was', async (body) => {
    await host.serve(
      [createCompress({ threshold: 0 })],
      () => ({ headers: TEXT, body }),
      async (client) => {
        expect(decoded(await client.get('/', GZIP)).toString()).toBe(body);
      },
    );
  });

  it('writes in latin1 and base64 are bytes', async () => {
    const app = ({ res }: Handled): void => {
      res.statusCode = 200;
      res.setHeader('Content-Type', 'text/plain');
      res.write('é'.repeat(2_000), 'latin1');
      res.end(Buffer.from('the end').toString('base64'), 'base64');
    };
    await host.serve([createCompress()], app, async (client) => {
      expect(decoded(await client.get('/', GZIP)).toString('latin1')).toBe(`${'é'.repeat(2_000)}the end`);
    });
  });
});
