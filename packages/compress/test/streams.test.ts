import { once } from 'node:events';
import { Readable, type Transform } from 'node:stream';
import { text as textOf } from 'node:stream/consumers';
import zlib, { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { createCompress } from '@spillway/compress';
import type { Handled } from '@spillway/core/testing';
import fc from 'fast-check';
import { hosts } from './hosts';
import { CODINGS, decoded } from './support';

const decoders: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
  zstd: () => (zlib as unknown as { createZstdDecompress(): Transform }).createZstdDecompress(),
};

type Res = Handled['res'] & { flush?(): void };

/** What a client has read so far, and the next that it reads. */
function reading(stream: Readable, coding: string) {
  const decoder = stream.on('error', () => {}).pipe(decoders[coding]!());
  const next = async (length: number): Promise<string> => {
    let text = '';
    while (text.length < length) {
      const chunk = decoder.read() as Buffer | null;
      if (chunk) text += chunk;
      else await once(decoder, 'readable');
    }
    return text;
  };
  return { next, rest: () => textOf(decoder) };
}

/** Opens a response of which each write is to be read before the next one is made. */
const live = (
  host: (typeof hosts)[number],
  coding: string,
  headers: Readonly<Record<string, string>>,
  begin: (res: Res) => void = () => {},
  afterWrite: (res: Res) => void = () => {},
) => {
  let response: Res | undefined;
  const app = ({ res }: Handled): void => {
    res.statusCode = 200;
    for (const [name, value] of Object.entries(headers)) res.setHeader(name, value);
    begin(res);
    res.write('data: 0\n\n');
    afterWrite(res);
    response = res;
  };
  return host.serve([createCompress()], app, async (client) => {
    const incoming = await client.open({ headers: { 'accept-encoding': coding } }).response;
    expect(incoming.headers['content-encoding']).toBe(coding);
    const { next, rest } = reading(incoming.stream, coding);
    expect(await next(9)).toBe('data: 0\n\n');
    for (let i = 1; i < 4; i++) {
      response!.write(`data: ${i}\n\n`);
      expect(await next(9)).toBe(`data: ${i}\n\n`);
    }
    response!.end('data: the last\n\n');
    expect(await rest()).toBe('data: the last\n\n');
  });
};

describe.each(hosts)('each write of a live response reaches the client on $name', (host) => {
  it.each(CODINGS)('of an event stream in %s', (coding) =>
    live(host, coding, { 'Content-Type': 'text/event-stream; charset=utf-8' }),
  );

  it('of lines of JSON', () => live(host, 'gzip', { 'Content-Type': 'application/x-ndjson' }));

  it('where the application tells proxies not to buffer', () =>
    live(host, 'gzip', { 'Content-Type': 'text/plain', 'X-Accel-Buffering': 'no' }));

  it('after flushHeaders', () =>
    live(host, 'gzip', { 'Content-Type': 'text/plain' }, (res) => res.flushHeaders()));

  it.each(CODINGS)('after flush, in %s', (coding) =>
    live(host, coding, { 'Content-Type': 'text/plain' }, undefined, (res) => res.flush!()),
  );
});

const WRITES = {
  utf8: (res: Res, bytes: Buffer) => res.write(bytes.toString('latin1').replace(/[^ -~]/g, 'é')),
  latin1: (res: Res, bytes: Buffer) => res.write(bytes.toString('latin1'), 'latin1'),
  base64: (res: Res, bytes: Buffer) => res.write(bytes.toString('base64'), 'base64'),
  buffer: (res: Res, bytes: Buffer) => res.write(bytes),
  flush: (res: Res) => res.flush!(),
};

describe.each(hosts)('on $name', (host) => {
  it('any writes, flushes and end, in any coding, decode to the same bytes', async () => {
    const step = fc.tuple(
      fc.constantFrom(...(Object.keys(WRITES) as (keyof typeof WRITES)[])),
      fc.uint8Array({ maxLength: 300 }),
    );
    let steps: [keyof typeof WRITES, Uint8Array][] = [];
    let coding = 'gzip';
    let expected = Buffer.alloc(0);
    const app = ({ res }: Handled): void => {
      res.statusCode = 200;
      res.setHeader('Content-Type', 'text/plain');
      const sent: Buffer[] = [];
      for (const [kind, bytes] of steps) {
        const chunk = Buffer.from(bytes);
        if (kind === 'utf8') sent.push(Buffer.from(chunk.toString('latin1').replace(/[^ -~]/g, 'é')));
        else if (kind !== 'flush') sent.push(chunk);
        WRITES[kind](res, chunk);
      }
      expected = Buffer.concat([...sent, Buffer.from('the end')]);
      res.end('the end');
    };
    await host.serve([createCompress({ threshold: 0 })], app, async (client) => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...CODINGS),
          fc.array(step, { maxLength: 8 }),
          async (asked, given) => {
            [coding, steps] = [asked, given];
            const got = await client.get('/', { 'accept-encoding': coding });
            expect(decoded(got).equals(expected)).toBe(true);
          },
        ),
        { numRuns: 60 },
      );
    });
  });

  it('a client who does not read stalls the producer', async () => {
    let pulled = 0;
    const chunk = () => Buffer.from(Array.from({ length: 16_384 }, () => Math.floor(Math.random() * 256)));
    const stream = new Readable({
      read() {
        pulled++;
        this.push(pulled > 20_000 ? null : chunk());
      },
    });
    await host.serve(
      [createCompress()],
      () => ({ headers: { 'Content-Type': 'text/plain' }, stream }),
      async (client) => {
        const opened = client.open({ headers: { 'accept-encoding': 'gzip' } });
        const { stream: body } = await opened.response;
        body.pause();
        // Stalled: nothing is pulled any more during many turns of the event loop.
        for (let before = -1; before !== pulled; ) {
          before = pulled;
          for (let i = 0; i < 200; i++) await new Promise(setImmediate);
        }
        expect(pulled * 16_384).toBeLessThan(64 * 2 ** 20);
        opened.abort();
        await once(stream, 'close');
      },
    );
  });
});
