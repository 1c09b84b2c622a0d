import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { deflateRawSync, gzipSync } from 'node:zlib';
import type { Handled } from '@spillway/core/testing';
import express from 'express';
import { createDecompress } from '../dist/decompress';
import { ask, codeBy, coded, coders, deaf } from './coded-requests';
import { hosts } from './hosts';

const CODINGS = Object.keys(coders);
const ACCEPTED = CODINGS.join(', ');
const DOCUMENT = 'What lets a dam pass the flood that it cannot hold. '.repeat(400);

function* inChunksOf(bytes: number, body: Buffer) {
  for (let at = 0; at < body.length; at += bytes) yield body.subarray(at, at + bytes);
}
const chunked = (chunks: Iterable<Buffer>) => Readable.from(chunks, { objectMode: false });

/** Answers what it has read, and the fields that tell of it. */
const described = async ({ req }: Handled) => ({
  json: [await text(req), req.headers['content-encoding'] ?? null, req.headers['content-length'] ?? null],
});

describe.each(hosts)('decompress on $name', (host) => {
  describe.each(CODINGS)('a body in %s', (coding) => {
    const body = coders[coding]!(DOCUMENT);
    const longer = [body, Buffer.from('more')];

    it('reaches the application decoded, without the fields of the coded one', async () => {
      const got = await ask(host, coded(coding, body), { app: described });
      expect(JSON.parse(got.text)).toEqual([DOCUMENT, null, null]);
    });

    it('reaches it decoded in whatever chunks it comes', async () => {
      expect((await ask(host, coded(coding, chunked(inChunksOf(7, body))))).text).toBe(DOCUMENT);
    });

    it.each([1, 10, body.length - 1])('that breaks off after %d bytes is a 400', async (bytes) => {
      expect(await ask(host, coded(coding, body.subarray(0, bytes)))).toMatchObject({
        status: 400,
        text: `{"code":"ERR_UNDECODABLE","message":"the body is not valid ${coding}"}`,
      });
    });

    it('that is something else is a 400, also where nobody listens for errors', async () => {
      expect((await ask(host, coded(coding, DOCUMENT))).status).toBe(400);
      expect((await ask(host, coded(coding, DOCUMENT), { app: deaf })).status).toBe(400);
    });

    it.each([
      ['the same chunk', [Buffer.concat(longer)]],
      ['a chunk of its own', longer],
    ])('that is followed by something in %s is a 400', async (_where, chunks) => {
      expect((await ask(host, coded(coding, chunked(chunks)))).status).toBe(400);
    });

    it('without a byte is empty', async () => {
      expect(await ask(host, coded(coding, ''))).toMatchObject({ status: 200, text: '' });
      const bodiless = { headers: { 'content-encoding': coding } };
      expect(await ask(host, bodiless)).toMatchObject({ status: 200, text: '' });
    });
  });

  it.each(['gzip', ...CODINGS.filter((coding) => coding === 'zstd')])(
    'reads all members of a body in %s',
    async (coding) => {
      const members = Buffer.concat([...DOCUMENT.slice(0, 90)].map((letter) => coders[coding]!(letter)));
      for (const chunks of [[members], inChunksOf(50, members)])
        expect((await ask(host, coded(coding, chunked(chunks)))).text).toBe(DOCUMENT.slice(0, 90));
    },
  );

  it('takes off bare deflate too', async () => {
    expect((await ask(host, coded('deflate', deflateRawSync(DOCUMENT)))).text).toBe(DOCUMENT);
  });

  it.each(['x-gzip', 'GZip', 'X-GZIP', 'gzip ,', ',\tgzip', 'identity, gzip', 'gzip,Identity'])(
    'reads %j as gzip',
    async (field) => {
      expect((await ask(host, coded(field, gzipSync(DOCUMENT)))).text).toBe(DOCUMENT);
    },
  );

  it.each([
    [['gzip', 'br']],
    [['br', 'gzip']],
    [['deflate', 'br', 'gzip']],
    [[CODINGS.at(-1)!, 'gzip', CODINGS.at(-1)!]],
  ])('takes %j off from the last to the first', async (names) => {
    expect((await ask(host, coded(names.join(', '), codeBy(names, DOCUMENT)))).text).toBe(DOCUMENT);
  });

  it.each([undefined, 'identity', 'Identity ,identity', ','])('leaves a body in %j alone', async (field) => {
    const headers = { 'content-length': '5', ...(field !== undefined && { 'content-encoding': field }) };
    const got = await ask(host, { method: 'POST', headers, body: 'plain' }, { app: described });
    expect(JSON.parse(got.text)).toEqual(['plain', field ?? null, '5']);
  });

  it.each(['compress', 'gzip, aes128gcm', 'x-unknown, br', 'constructor', 'gzip;q=1', '*'])(
    'refuses %j with a 415 that says what it takes',
    async (field) => {
      const { status, headers, text: body } = await ask(host, coded(field, 'x'));
      expect([status, headers['accept-encoding'], headers['content-type']]).toEqual([
        415,
        ACCEPTED,
        'application/problem+json',
      ]);
      expect(JSON.parse(body)).toEqual({
        status: 415,
        title: 'Unsupported Media Type',
        detail: `The body's content codings may be ${ACCEPTED}.`,
      });
    },
  );

  it('refuses more codings than three, or than it is told', async () => {
    const of = (count: number) => {
      const names = Array.from({ length: count }, () => 'gzip');
      return coded(names.join(), codeBy(names, 'x'));
    };
    const four = await ask(host, of(4));
    expect([four.status, four.headers['accept-encoding'], JSON.parse(four.text).detail]).toEqual([
      415,
      ACCEPTED,
      'The body may have 3 content codings at most.',
    ]);
    expect((await ask(host, of(3))).text).toBe('x');
    expect((await ask(host, of(4), { filter: createDecompress({ maxCodings: 4 }) })).text).toBe('x');
    expect((await ask(host, of(2), { filter: createDecompress({ maxCodings: 1 }) })).status).toBe(415);
  });

  it('lets the framework answer a refusal thrown', async () => {
    const filter = createDecompress({ refuse: 'throw' });
    const { status, headers } = await ask(host, coded('compress', 'x'), { filter });
    expect(status).toBe(415);
    expect(headers['content-type']).not.toBe('application/problem+json');
    // A bare listener of node:http knows nothing of an error's fields.
    if (!host.name.startsWith('node')) expect(headers['accept-encoding']).toBe(ACCEPTED);
  });
});

describe.each(hosts.filter(({ name }) => name.startsWith('Express')))('a body parser on $name', (host) => {
  const app = ({ req }: Handled) => ({ json: (req as unknown as { body: object }).body });
  const parsed = (coding: string, body: Buffer) =>
    host.serve([createDecompress(), { connect: express.json({ limit: '2mb' }) }], app, (client) =>
      client.send({
        ...coded(coding, body),
        headers: { 'content-encoding': coding, 'content-type': 'application/json' },
      }),
    );

  it('reads what has been decoded', async () => {
    const got = await parsed('gzip, br', codeBy(['gzip', 'br'], JSON.stringify({ text: DOCUMENT })));
    expect(JSON.parse(got.text)).toEqual({ text: DOCUMENT });
  });

  it('passes on what is wrong with the body', async () => {
    expect((await parsed('br', coders.br!(JSON.stringify({ text: ' '.repeat(2 ** 20) })))).status).toBe(413);
    expect((await parsed('br', Buffer.from('{}'))).status).toBe(400);
  });
});

describe('decompress refuses a wrong option, naming option, expectation and value', () => {
  it.each<[unknown, string]>([
    [{ maxBytes: 0 }, 'decompress: maxBytes must be an integer from 1 to 1099511627776, got 0'],
    [{ maxBytes: '1mb' }, "decompress: maxBytes must be an integer from 1 to 1099511627776, got '1mb'"],
    [{ maxBytes: 2 ** 40 + 1 }, 'got 1099511627777'],
    [{ maxRatio: 0.5 }, 'decompress: maxRatio must be a number from 1 to Infinity, got 0.5'],
    [{ maxRatio: Number.NaN }, 'got NaN'],
    [{ maxRatio: '100' }, "got '100'"],
    [{ maxCodings: 0 }, 'decompress: maxCodings must be an integer from 1 to 10, got 0'],
    [{ maxCodings: 11 }, 'got 11'],
    [{ refuse: 'next' }, "decompress: refuse must be one of 'reply', 'throw', got 'next'"],
    [
      { limit: 5 },
      'decompress: limit is not an option (options: maxBytes, maxRatio, maxCodings, refuse), got 5',
    ],
    [null, 'decompress: options must be an object, got null'],
  ])('%p', (options, message) => {
    expect(() => createDecompress(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });
});
