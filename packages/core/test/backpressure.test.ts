import { randomBytes } from 'node:crypto';
import { PassThrough, Readable, Transform } from 'node:stream';
import { createGunzip } from 'node:zlib';
import type { Hooks } from '@spillway/core';
import type { ConnectMiddleware, Item } from '@spillway/core/testing';
import compression from 'compression';
import { hosts } from './hosts';
import { TEXT } from './support';

const MEGABYTE = 1024 * 1024;
const CHUNK = randomBytes(65_536);

/** Counts what is asked of it; ends after `total` bytes. */
function producer(total: number) {
  const made = { bytes: 0 };
  const stream = new Readable({
    read() {
      if (made.bytes >= total) return void this.push(null);
      made.bytes += CHUNK.length;
      this.push(CHUNK);
    },
  });
  return { made, stream };
}

/** Gives eight bytes for each that it takes. */
const expanding = () =>
  new Transform({
    transform(chunk, _encoding, done) {
      for (let i = 0; i < 7; i++) this.push(chunk);
      done(null, chunk);
    },
  });

/** Gives its bytes later, as zlib does. */
const background = () =>
  new Transform({ transform: (chunk, _encoding, done) => void setImmediate(done, null, chunk) });

const through = (make: () => Transform) => (): Hooks => ({ onHead: () => ({ through: make() }) });

const chains: Record<string, { items: readonly Item[]; factor: number }> = {
  'no stage': { items: [(): Hooks => ({ onHead: () => undefined })], factor: 1 },
  'a tap': { items: [(): Hooks => ({ onHead: () => ({ tap: () => {}, end: () => {} }) })], factor: 1 },
  'a held head': { items: [(): Hooks => ({ onHead: async () => undefined })], factor: 1 },
  'a stage': { items: [through(() => new PassThrough())], factor: 1 },
  'a stage that works in the background': { items: [through(background)], factor: 1 },
  'an expanding stage': { items: [through(expanding)], factor: 8 },
  'two stages': { items: [through(() => new PassThrough()), through(expanding)], factor: 8 },
  'a held head and a stage': {
    items: [(): Hooks => ({ onHead: async () => ({ through: expanding() }) })],
    factor: 8,
  },
  'a stage inside of compression': {
    items: [
      { connect: compression({ filter: () => true }) as unknown as ConnectMiddleware },
      through(expanding),
    ],
    factor: 8,
  },
  'a stage outside of compression': {
    items: [
      through(() => new PassThrough()),
      { connect: compression({ filter: () => true }) as unknown as ConnectMiddleware },
    ],
    factor: 1,
  },
  'a stage outside of compression that declines': {
    items: [
      through(expanding),
      { connect: compression({ filter: () => false }) as unknown as ConnectMiddleware },
    ],
    factor: 8,
  },
};

/** Waits until a number stands still. */
async function settled(read: () => number): Promise<number> {
  for (let last = -1, same = 0; same < 3; ) {
    same = last === read() ? same + 1 : 0;
    last = read();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return read();
}

describe.each(hosts)('a slow client on $name', (host) => {
  it.each(Object.keys(chains))('stalls the producer and not the memory through %s', async (name) => {
    const { items } = chains[name]!;
    const { made, stream } = producer(64 * MEGABYTE);
    await host.serve(
      items,
      () => ({ headers: TEXT, stream }),
      async (client) => {
        const before = process.memoryUsage();
        const opened = client.open({ headers: { 'accept-encoding': 'gzip' } });
        const { stream: body } = await opened.response;
        body.on('error', () => {});
        const stalled = await settled(() => made.bytes);
        expect(stalled).toBeLessThan(20 * MEGABYTE);
        expect(process.memoryUsage().arrayBuffers - before.arrayBuffers).toBeLessThan(24 * MEGABYTE);
        opened.abort();
      },
    );
  });

  it('that reads on is never left far behind by an expanding stage', async () => {
    const { made, stream } = producer(64 * MEGABYTE);
    await host.serve(
      [through(expanding)],
      () => ({ headers: TEXT, stream }),
      async (client) => {
        const opened = client.open({});
        const { stream: body } = await opened.response;
        let received = 0;
        for await (const chunk of body) {
          received += chunk.length;
          if (received > 16 * MEGABYTE) break;
        }
        expect(made.bytes * 8 - received).toBeLessThan(24 * MEGABYTE);
        opened.abort();
      },
    );
  });

  it('gets the end of a body of which a stage leaves too little to fill a socket', async () => {
    const total = 2 * MEGABYTE;
    const { stream } = producer(total);
    const shrinking = () =>
      new Transform({
        transform: (chunk, _encoding, done) => void setImmediate(done, null, chunk.subarray(0, 1)),
      });
    const got = await host.serve(
      [through(shrinking)],
      () => ({ headers: TEXT, stream }),
      (client) => client.get(),
    );
    expect(got.body.length).toBe(total / CHUNK.length);
  });

  it.each(Object.keys(chains))('gets every byte in the end through %s', async (name) => {
    const { items, factor } = chains[name]!;
    const total = MEGABYTE;
    const { stream } = producer(total);
    await host.serve(
      items,
      () => ({ headers: TEXT, stream }),
      async (client) => {
        const { stream: body, headers } = await client.open({ headers: { 'accept-encoding': 'gzip' } })
          .response;
        const plain = headers['content-encoding'] === 'gzip' ? body.pipe(createGunzip()) : body;
        let received = 0;
        for await (const chunk of plain) received += chunk.length;
        expect(received).toBe(total * factor);
      },
    );
  });
});
