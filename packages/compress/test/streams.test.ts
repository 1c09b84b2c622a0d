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

const asText = (bytes: Buffer): string => bytes.toString('latin1').replace(/[^ -~]/g, 'é');

const WRITES = {
  utf8: (res: Res, bytes: Buffer) => res.write(asText(bytes)),
  latin1: (res: Res, bytes: Buffer) => res.write(bytes.toString('latin1'), 'latin1'),
  base64: (res: Res, bytes: Buffer) => res.write(bytes.toString('base64'), 'base64'),
  buffer: (res: Res, bytes: Buffer) => res.write(bytes),
  flush: (res: Res) => res.flush!(),
};

type Step = readonly [kind: keyof typeof WRITES, bytes: Uint8Array, times: number];
const KINDS = Object.keys(WRITES) as (keyof typeof WRITES)[];
const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(...KINDS),
  fc.uint8Array({ maxLength: 300 }),
  fc.constantFrom(1, 1, 300),
);

/** The bytes of a step, repeated, so that some are more than any buffer holds. */
const chunkOf = ([, bytes, times]: Step): Buffer => Buffer.concat(Array(times).fill(bytes));
const sentBy = (one: Step): Buffer => {
  if (one[0] === 'flush') return Buffer.alloc(0);
  const chunk = chunkOf(one);
  return one[0] === 'utf8' ? Buffer.from(asText(chunk)) : chunk;
};

/** Reads to the end, at once or a chunk a turn of the event loop. */
async function readAll(stream: Readable, slowly: boolean): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) {
    chunks.push(chunk);
    if (slowly) await new Promise(setImmediate);
  }
  return Buffer.concat(chunks);
}

describe.each(hosts)('on $name', (host) => {
  it('any writes, flushes and end, in any coding, for any reader, decode to the same bytes', async () => {
    let steps: readonly Step[] = [];
    const app = ({ res }: Handled): void => {
      res.statusCode = 200;
      res.setHeader('Content-Type', 'text/plain');
      for (const one of steps) WRITES[one[0]](res as Res, chunkOf(one));
      res.end('the end');
    };
    await host.serve([createCompress({ threshold: 0 })], app, async (client) => {
      const given = [fc.constantFrom(...CODINGS), fc.boolean(), fc.array(step, { maxLength: 8 })] as const;
      await fc.assert(
        fc.asyncProperty(...given, async (coding, slowly, written) => {
          steps = written;
          const { headers, stream } = await client.open({ headers: { 'accept-encoding': coding } }).response;
          const body = decoded({ headers, body: await readAll(stream, slowly) });
          expect(body.equals(Buffer.concat([...steps.map(sentBy), Buffer.from('the end')]))).toBe(true);
        }),
        { numRuns: 50 },
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
        // Koa destroys it with an error.
        const closed = new Promise((resolve) => stream.on('error', () => {}).once('close', resolve));
        opened.abort();
        await closed;
      },
    );
  });

  it('many writes in a turn after a flush weigh little more than without', async () => {
    const lines = Array.from({ length: 2_000 }, (_, i) => `{"id":${i},"name":"product ${i % 50}"}\n`);
    const app = ({ req, res }: Handled): void => {
      res.statusCode = 200;
      res.setHeader('Content-Type', 'text/plain');
      if (req.headers['x-flush']) (res as Res).flush!();
      for (const line of lines) res.write(line);
      res.end();
    };
    await host.serve([createCompress()], app, async (client) => {
      const plain = await client.get('/', { 'accept-encoding': 'gzip' });
      const flushed = await client.get('/', { 'accept-encoding': 'gzip', 'x-flush': 'yes' });
      expect(decoded(flushed).toString()).toBe(lines.join(''));
      expect(flushed.body.length).toBeLessThan(1.2 * plain.body.length);
    });
  });
});
