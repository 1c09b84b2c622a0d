import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type CompressOptions, createCompress } from '@spillway/compress';
import { load, markStable } from '@spillway/core';
import type { Answer, Handled } from '@spillway/core/testing';
import { answeringHead, hosts, overHttp1 } from './hosts';
import { CODINGS, decoded, JSON_TYPE, json } from './support';

const BODY = json(10_000);

/** What a client gets of one answer. */
const got = (
  host: (typeof hosts)[number],
  answer: Answer,
  request: { method?: string; headers?: Record<string, string> } = {},
  options: CompressOptions<never> = {},
) =>
  host.serve(
    [createCompress(options)],
    () => answer,
    (client) => client.send({ headers: { 'accept-encoding': 'gzip' }, ...request }),
  );

describe.each(hosts)('a whole body on $name', (host) => {
  it.each(CODINGS)('is coded in one shot as %s, with its length', async (coding) => {
    const { status, headers, body } = await got(
      host,
      { headers: JSON_TYPE, body: BODY },
      { headers: { 'accept-encoding': coding } },
    );
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      'content-encoding': coding,
      'content-length': String(body.length),
      vary: 'Accept-Encoding',
    });
    expect(headers['transfer-encoding']).toBeUndefined();
    expect(decoded({ headers, body }).toString()).toBe(BODY);
    expect(body.length).toBeLessThan(BODY.length / 2);
  });

  it('that takes long is coded on another thread, into the same bytes', async () => {
    const answer = { headers: JSON_TYPE, body: BODY };
    const { headers, body } = await got(host, answer, {}, { syncBudgetMs: 0 });
    expect(headers['content-length']).toBe(String(body.length));
    expect(body.equals((await got(host, answer, {}, { syncBudgetMs: 1000 })).body)).toBe(true);
    expect(decoded({ headers, body }).toString()).toBe(BODY);
  });

  it.each([
    ['below the threshold', { headers: JSON_TYPE, body: json(900).slice(0, 1000) }],
    ['of another type', { headers: { 'Content-Type': 'image/png' }, body: BODY }],
    ['of no type', { headers: { 'Content-Type': 'application/octet-stream' }, body: BODY }],
    [
      'not to be transformed',
      { headers: { ...JSON_TYPE, 'Cache-Control': 'public, No-Transform' }, body: BODY },
    ],
    ['coded already', { headers: { ...JSON_TYPE, 'Content-Encoding': 'br' }, body: BODY }],
    [
      'that is a part',
      { status: 206, headers: { ...JSON_TYPE, 'Content-Range': 'bytes 0-9999/20000' }, body: BODY },
    ],
  ])('%s is sent as it is', async (_what, answer) => {
    const { headers, body } = await got(host, answer);
    expect(headers['content-encoding']).toBe((answer.headers as Record<string, string>)['Content-Encoding']);
    expect(body.toString()).toBe(answer.body);
  });

  it('is sent as it is where the client wants that, and says that it depends on the client', async () => {
    const { headers, body } = await got(
      host,
      { headers: { ...JSON_TYPE, Vary: 'Origin' }, body: BODY },
      { headers: { 'accept-encoding': 'identity' } },
    );
    expect(headers).toMatchObject({ vary: 'Origin, Accept-Encoding' });
    expect(headers['content-encoding']).toBeUndefined();
    expect(body.toString()).toBe(BODY);
  });

  it('says no more what was true of the uncoded bytes', async () => {
    const { headers } = await got(host, {
      headers: {
        ...JSON_TYPE,
        ETag: '"abc"',
        'Accept-Ranges': 'bytes',
        'Content-MD5': createHash('md5').update(BODY).digest('base64'),
        'Content-Digest': 'sha-256=:AAAA:',
        'Repr-Digest': 'sha-256=:AAAA:',
      },
      body: BODY,
    });
    expect(headers.etag).toBe('W/"abc"');
    for (const name of ['accept-ranges', 'content-md5', 'content-digest', 'repr-digest'])
      expect([name, headers[name]]).toEqual([name, undefined]);
  });

  it('is coded whatever its size and type for who refuses it as it is', async () => {
    const answer = { headers: { 'Content-Type': 'image/png' }, body: 'x' };
    const { headers, body } = await got(host, answer, { headers: { 'accept-encoding': 'gzip, *;q=0' } });
    expect(headers['content-encoding']).toBe('gzip');
    expect(decoded({ headers, body }).toString()).toBe('x');
  });

  it('goes out as it is where nothing is acceptable, or is refused on wish', async () => {
    const answer = { headers: JSON_TYPE, body: BODY };
    const asked = { headers: { 'accept-encoding': '*;q=0' } };
    expect((await got(host, answer, asked)).text).toBe(BODY);
    const refused = await got(host, answer, asked, { notAcceptable: 'refuse' });
    expect(refused.status).toBe(406);
    expect(refused.headers).toMatchObject({ vary: 'Accept-Encoding', 'cache-control': 'no-store' });
    expect((await got(host, answer, asked, { notAcceptable: 'refuse', refuse: 'throw' })).status).toBe(406);
  });

  it('has a length that says nothing, on wish', async () => {
    const lengths = new Set<number>();
    await host.serve(
      [createCompress({ hideLengthBytes: 200 })],
      () => ({ headers: JSON_TYPE, body: BODY }),
      async (client) => {
        for (let i = 0; i < 20; i++) {
          const { headers, body } = await client.get('/', { 'accept-encoding': 'br, gzip;q=0.1' });
          expect(headers['content-encoding']).toBe('gzip');
          expect(decoded({ headers, body }).toString()).toBe(BODY);
          lengths.add(body.length);
        }
      },
    );
    expect(lengths.size).toBeGreaterThan(5);
  });

  it('keeps its trailers, as a stream', async () => {
    await host.serve(
      [createCompress()],
      ({ res }) => {
        res.statusCode = 200;
        res.setHeader('Content-Type', 'text/plain');
        res.setHeader('Trailer', 'X-Checksum');
        res.addTrailers({ 'X-Checksum': 'right' });
        res.end(BODY);
      },
      async (client) => {
        const { headers, body, trailers } = await client.get('/', { 'accept-encoding': 'gzip' });
        expect(decoded({ headers, body }).toString()).toBe(BODY);
        expect(trailers).toMatchObject({ 'x-checksum': 'right' });
      },
    );
  });
});

describe.each(answeringHead)('validators on $name', (host) => {
  const answerTo =
    (etag: string) =>
    ({ req }: { req: { headers: Record<string, unknown> } }): Answer => {
      const { 'if-none-match': asked } = req.headers;
      const fresh = typeof asked === 'string' && asked.replace('W/', '') === etag;
      return fresh
        ? { status: 304, headers: { ETag: etag } }
        : { headers: { ...JSON_TYPE, ETag: etag }, body: BODY };
    };

  it.each(['weak', 'suffix'] as const)(
    'with etag %s, a coded body is known again by the tag it came with',
    async (etag) => {
      await host.serve([createCompress({ etag })], answerTo('"abc"') as never, async (client) => {
        const coded = { 'accept-encoding': 'gzip' };
        const first = await client.get('/', coded);
        expect(first.headers.etag).toBe(etag === 'weak' ? 'W/"abc"' : '"abc-gzip"');
        const again = await client.get('/', { ...coded, 'if-none-match': first.headers.etag! });
        expect([again.status, again.headers.etag]).toEqual([304, first.headers.etag]);
        expect(again.headers.vary).toBe('Accept-Encoding');
        expect(again.headers['content-encoding']).toBeUndefined();
        const plain = await client.get('/', { 'accept-encoding': 'identity' });
        expect(plain.headers.etag).toBe('"abc"');
        const plainAgain = await client.get('/', { 'accept-encoding': 'identity', 'if-none-match': '"abc"' });
        expect([plainAgain.status, plainAgain.headers.etag]).toEqual([304, '"abc"']);
      });
    },
  );

  it('a 304 to a date says that the answer depends on the client', async () => {
    await host.serve(
      [createCompress()],
      () => ({ status: 304 }),
      async (client) => {
        const { status, headers } = await client.get('/', { 'if-modified-since': new Date().toUTCString() });
        expect([status, headers.vary]).toEqual([304, 'Accept-Encoding']);
      },
    );
  });

  it('of a coded body are asked for without their suffix, but not to get a part of it', async () => {
    const asked: unknown[] = [];
    const app = ({ req }: Handled): Answer => {
      asked.push([req.headers['if-match'], req.headers['if-range']]);
      return { headers: { ...JSON_TYPE, ETag: '"abc"' }, body: BODY };
    };
    await host.serve([createCompress({ etag: 'suffix' })], app, (client) =>
      client.get('/', { 'if-match': '"abc-gzip", W/"x-br"', 'if-range': '"abc-gzip"' }),
    );
    expect(asked).toEqual([['"abc", W/"x"', '"abc-gzip"']]);
  });

  it('a HEAD has the fields of the GET, but for what only coding could tell', async () => {
    const app = () => ({
      headers: { ...JSON_TYPE, ETag: '"abc"', 'Content-Length': String(BODY.length) },
      body: BODY,
    });
    await host.serve([createCompress()], app, async (client) => {
      const get = await client.get('/', { 'accept-encoding': 'gzip' });
      const head = await client.send({ method: 'HEAD', headers: { 'accept-encoding': 'gzip' } });
      for (const name of ['vary', 'etag', 'content-type'])
        expect([name, head.headers[name]]).toEqual([name, get.headers[name]]);
      expect(get.headers['content-encoding']).toBe('gzip');
      for (const name of ['content-length', 'content-encoding']) expect(head.headers[name]).toBeUndefined();
      expect(head.body).toHaveLength(0);
    });
  });
});

describe('which coding', () => {
  const [host] = overHttp1 as [(typeof hosts)[number]];
  const all = { headers: { 'accept-encoding': 'gzip, deflate, br' } };
  const codingOf = async (bytes: number, options?: CompressOptions<never>) =>
    (await got(host, { headers: JSON_TYPE, body: json(bytes) }, all, options)).headers['content-encoding'];

  it('is gzip for small bodies and brotli for large ones, or what the options prefer', async () => {
    expect(await codingOf(5_000)).toBe('gzip');
    expect(await codingOf(50_000)).toBe('br');
    expect(await codingOf(50_000, { encodings: ['deflate', 'gzip'] })).toBe('deflate');
    expect(await codingOf(50_000, { encodings: ({ bytes }) => (bytes! > 1 ? ['gzip'] : []) })).toBe('gzip');
    expect(await codingOf(50_000, { br: false })).toBe('gzip');
    expect(await codingOf(5_000, { encodings: [] })).toBeUndefined();
  });

  it('is what the options say for a client who says nothing', async () => {
    const answer = { headers: JSON_TYPE, body: BODY };
    expect((await got(host, answer, { headers: {} })).headers['content-encoding']).toBeUndefined();
    const enforced = await got(host, answer, { headers: {} }, { enforceEncoding: 'gzip' });
    expect(enforced.headers['content-encoding']).toBe('gzip');
  });

  it('gets a lower level while the process is loaded', async () => {
    const answer = { headers: JSON_TYPE, body: json(15_000) };
    const idle = (await got(host, answer)).body.length;
    load.report('test', 1, 'a test');
    const loaded = (await got(host, answer)).body.length;
    const fixed = (await got(host, answer, {}, { level: 6 })).body.length;
    load.report('test', 0, 'over');
    expect(loaded).toBeGreaterThan(idle);
    expect(fixed).toBe(idle);
    expect((await got(host, answer, {}, { level: () => 1 })).body.length).toBe(loaded);
  });
});

describe('a response of its own options', () => {
  const [host] = overHttp1 as [(typeof hosts)[number]];
  const answer = { headers: JSON_TYPE, body: json(50_000) };
  const overridden = (override: unknown, headers: Record<string, string>, options: object = {}) =>
    host.serve(
      [createCompress(options, () => override as never)],
      () => answer,
      (client) => client.get('/', headers),
    );
  const BROWSER = { 'accept-encoding': 'gzip, br' };

  it.each([
    [null, 'br'],
    [undefined, 'br'],
    [true, 'br'],
    [false, undefined],
    [{ br: false }, 'gzip'],
    [{ encodings: () => ['gzip'] }, 'gzip'],
    [{ threshold: '1mb' }, undefined],
  ])('by %p is sent as %s', async (override, coding) => {
    const { status, headers } = await overridden(override, BROWSER, { brotli: {} });
    expect([status, headers['content-encoding']]).toEqual([200, coding]);
  });

  it('may say what a client gets who says nothing', async () => {
    const { headers } = await overridden({ defaultEncoding: 'gzip' }, {}, { enforceEncoding: 'br' });
    expect(headers['content-encoding']).toBe('gzip');
  });

  it('shares what is kept with all others of the same options', async () => {
    let level = 0;
    const options = { keptBy: 'content' as const, level: () => (level++ === 0 ? 1 : 9) };
    const filter = createCompress(options, () => ({ threshold: 10 }));
    await host.serve(
      [filter],
      () => answer,
      async (client) => {
        const ask = () => client.get('/', { 'accept-encoding': 'gzip' });
        expect((await ask()).body.equals((await ask()).body)).toBe(true);
      },
    );
  });
});

describe('what the client says', () => {
  const [host] = overHttp1 as [(typeof hosts)[number]];
  const answer = { headers: JSON_TYPE, body: BODY };

  it('does not overrule the filter', async () => {
    const refusing = { headers: { 'accept-encoding': 'gzip, identity;q=0' } };
    const { headers } = await got(host, answer, refusing, { filter: () => false });
    expect(headers['content-encoding']).toBeUndefined();
  });

  it('of nothing at all, an asterisk in its place means gzip', async () => {
    const { headers } = await got(host, answer, { headers: {} }, { defaultEncoding: '*' });
    expect(headers['content-encoding']).toBe('gzip');
  });

  it('is what a part depends on, too', async () => {
    const part = {
      status: 206,
      headers: { ...JSON_TYPE, 'Content-Range': 'bytes 0-9999/20000' },
      body: BODY,
    };
    expect((await got(host, part)).headers.vary).toBe('Accept-Encoding');
  });

  it.each([-1, 99, Number.NaN, undefined, '6'])('a level of %p means the usual one', async (level) => {
    const usual = await got(host, answer);
    expect((await got(host, answer, {}, { level: () => level as number })).body.equals(usual.body)).toBe(
      true,
    );
  });
});

describe('a buffer that is marked as stable', () => {
  const [host] = overHttp1 as [(typeof hosts)[number]];

  it('is coded once for all who ask, also at the same time', async () => {
    const levels: string[] = [];
    const options: CompressOptions<never> = {
      syncBudgetMs: 0,
      // Asked each time, but no second coding: its level differs, so the bytes would.
      level: (coding) => {
        levels.push(coding);
        return levels.length === 1 ? 1 : 9;
      },
    };
    const body = markStable(Buffer.from(json(100_000)));
    await host.serve(
      [createCompress(options)],
      () => ({ headers: JSON_TYPE, body }),
      async (client) => {
        const ask = () => client.get('/', { 'accept-encoding': 'gzip' });
        const [first, ...others] = [...(await Promise.all([ask(), ask(), ask()])), await ask()];
        for (const other of others) expect(other.body.equals(first!.body)).toBe(true);
        expect(levels).toHaveLength(4);
      },
    );
  });

  it('is coded anew where nothing is kept, and any body is kept by its content on wish', async () => {
    const codedBy = async (options: CompressOptions<never>) => {
      let level = 0;
      const own = { ...options, level: () => (level++ === 0 ? 1 : 9) };
      const app = () => ({ headers: JSON_TYPE, body: BODY });
      return host.serve([createCompress(own)], app, async (client) => {
        const ask = () => client.get('/', { 'accept-encoding': 'gzip' });
        return (await ask()).body.equals((await ask()).body);
      });
    };
    expect(await codedBy({})).toBe(false);
    expect(await codedBy({ keptBy: 'content' })).toBe(true);
    expect(await codedBy({ keptBy: 'content', keptBytes: 0 })).toBe(false);
    expect(await codedBy({ keptBy: 'content', keptBytes: 100 })).toBe(false);
  });
});

describe.each(hosts)('a stream on $name', (host) => {
  it.each(CODINGS)('is coded as %s, without a length', async (coding) => {
    const chunks = Array.from({ length: 50 }, (_, i) => json(1000 + i));
    const app = () => ({
      headers: { 'Content-Type': 'text/plain' },
      stream: Readable.from(chunks.map((chunk) => Buffer.from(chunk))),
    });
    await host.serve([createCompress()], app, async (client) => {
      const { headers, body } = await client.get('/', { 'accept-encoding': coding });
      expect(headers['content-encoding']).toBe(coding);
      expect(headers['content-length']).toBeUndefined();
      expect(decoded({ headers, body }).toString()).toBe(chunks.join(''));
    });
  });

  it('has a length that says nothing, on wish', async () => {
    const lengths = new Set<number>();
    const app = () => ({
      headers: { 'Content-Type': 'text/plain' },
      stream: Readable.from([Buffer.from(BODY), Buffer.from(BODY)]),
    });
    await host.serve([createCompress({ hideLengthBytes: 200 })], app, async (client) => {
      for (let i = 0; i < 10; i++) {
        const got = await client.get('/', { 'accept-encoding': 'gzip' });
        expect(decoded(got).toString()).toBe(BODY + BODY);
        lengths.add(got.body.length);
      }
    });
    expect(lengths.size).toBeGreaterThan(3);
  });
});
