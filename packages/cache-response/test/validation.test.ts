import type { Answer, App, Handled } from '@spillway/core/testing';
import { answeringHead, hosts, overHttp1 } from './hosts';
import { behindCache, FRESH, isHit, type Serving, statusOf, streamOf, TEXT, until } from './support';

const BODY = 'hello';
const CHANGED = 'Wed, 01 Jan 2020 00:00:00 GMT';
const LATER = 'Thu, 02 Jan 2020 00:00:00 GMT';
const VALIDATORS = { ETag: '"1"', 'Last-Modified': CHANGED };

const conditionsOf = (headers: Record<string, unknown>) => [
  headers['if-none-match'],
  headers['if-modified-since'],
];

/** An application that answers 304 to whoever has what it would send. */
const validating =
  (fields: Record<string, string>, ofThe304: Record<string, string> = {}): App =>
  ({ req }) =>
    req.headers['if-none-match'] === fields.ETag
      ? { status: 304, headers: { ...fields, ...ofThe304 } }
      : { headers: fields, body: BODY };

describe.each(hosts)('the client’s own condition on $name', (host) => {
  const forms = {
    whole: (): Answer => ({ headers: { ...FRESH, ...VALIDATORS }, body: BODY }),
    streamed: (): Answer => ({ headers: { ...FRESH, ...VALIDATORS }, stream: streamOf('hel', 'lo') }),
  };
  const known: [string, Record<string, string>, number][] = [
    ['the same tag', { 'if-none-match': '"1"' }, 304],
    ['the same tag, weak and among others', { 'if-none-match': '"0", W/"1"' }, 304],
    ['any tag', { 'if-none-match': '*' }, 304],
    ['another tag', { 'if-none-match': '"2"' }, 200],
    ['the same date', { 'if-modified-since': CHANGED }, 304],
    ['an earlier date', { 'if-modified-since': 'Tue, 31 Dec 2019 00:00:00 GMT' }, 200],
    ['another tag, and the same date', { 'if-none-match': '"2"', 'if-modified-since': CHANGED }, 200],
  ];

  it.each(known)('of %s is answered by what is stored', async (_what, condition, status) => {
    await behindCache(host, forms.whole, async ({ client, asked }) => {
      await client.get();
      const got = await client.get('/', condition);
      expect([got.status, got.text, isHit(got)]).toEqual([status, status === 304 ? '' : BODY, true]);
      expect(got.headers.etag).toBe('"1"');
      if (status === 304) {
        expect(got.headers).toMatchObject({ 'cache-control': 'max-age=60', date: expect.any(String) });
        expect([got.headers['content-type'], got.headers['content-length']]).toEqual([undefined, undefined]);
      }
      expect(asked).toHaveLength(1);
    });
  });

  it.each((['whole', 'streamed'] as const).flatMap((form) => known.map((each) => [form, ...each] as const)))(
    'on a %s miss, of %s, is not the application’s business: what it answers is stored',
    async (form, _what, condition, status) => {
      await behindCache(host, forms[form], async ({ client, asked }) => {
        const got = await client.get('/', condition);
        expect([got.status, got.text, got.headers.etag]).toEqual([status, status === 304 ? '' : BODY, '"1"']);
        if (status === 304)
          expect([got.headers['content-type'], got.headers['content-length']]).toEqual([
            undefined,
            undefined,
          ]);
        const next = await client.get();
        expect([next.status, next.text, isHit(next)]).toEqual([200, BODY, true]);
        expect(conditionsOf(asked[0]!)).toEqual([undefined, undefined]);
        expect(asked).toHaveLength(1);
      });
    },
  );

  it('is none for what is no success', async () => {
    const app = { status: 404, headers: { ...FRESH, ...VALIDATORS }, body: BODY };
    await behindCache(host, app, async ({ client, asked }) => {
      for (let i = 0; i < 2; i++) {
        const got = await client.get('/', { 'if-none-match': '"1"' });
        expect([got.status, got.text]).toEqual([404, BODY]);
      }
      expect(asked).toHaveLength(1);
    });
  });

  it('is answered for a response that is not stored, too', async () => {
    const app = { headers: { ...TEXT, 'Cache-Control': 'no-store', ETag: '"1"' }, body: BODY };
    await behindCache(host, app, async ({ client }) => {
      const got = await client.get('/', { 'if-none-match': '"1"' });
      expect([got.status, got.text, got.headers.etag]).toEqual([304, '', '"1"']);
    });
  });

  it('is the application’s business once it is known that nothing can be stored', async () => {
    const app: App = ({ req }) =>
      req.headers['if-none-match'] === '"1"'
        ? { status: 304, headers: { ETag: '"1"' } }
        : { headers: { ...TEXT, 'Cache-Control': 'no-store', ETag: '"1"' }, body: BODY };
    await behindCache(host, app, async ({ client, asked }) => {
      await client.get();
      expect((await client.get('/', { 'if-none-match': '"1"' })).status).toBe(304);
      expect(asked[1]!['if-none-match']).toBe('"1"');
    });
  });

  it.each(['if-match', 'if-unmodified-since'])(
    '%s is about the application’s state, and passes',
    async (name) => {
      await behindCache(host, forms.whole, async ({ client, asked }) => {
        await client.get();
        const got = await client.get('/', { [name]: name === 'if-match' ? '"0"' : CHANGED });
        expect([got.text, got.headers['cache-status']]).toEqual([BODY, undefined]);
        expect([asked.length, asked[1]![name]]).toEqual([2, expect.any(String)]);
      });
    },
  );
});

describe.each(hosts)('a range of what is not stored on $name', (host) => {
  it('is the application’s business, and a part is not stored', async () => {
    const app: App = ({ req }) =>
      req.headers.range === 'bytes=0-1'
        ? { status: 206, headers: { ...FRESH, 'Content-Range': 'bytes 0-1/5' }, body: 'he' }
        : { headers: FRESH, body: BODY };
    await behindCache(host, app, async ({ client, asked }) => {
      const part = await client.get('/', { range: 'bytes=0-1' });
      expect([part.status, part.text, part.headers['content-range']]).toEqual([206, 'he', 'bytes 0-1/5']);
      expect((await client.get()).text).toBe(BODY);
      expect(asked).toHaveLength(2);
    });
  });
});

describe.each(hosts)('what has gone stale on $name', (host) => {
  const fields = { ...FRESH, ...VALIDATORS, 'X-Version': '1' };

  it('is validated by its own validators, and sent with the fields of the 304', async () => {
    const app = validating(fields, { 'X-Version': '2', 'Content-Type': 'image/png' });
    await behindCache(host, app, async ({ client, clock, asked }) => {
      await client.get();
      clock.advance(60_000);
      const got = await client.get();
      expect([got.status, got.text]).toEqual([200, BODY]);
      expect(statusOf(got)).toBe('Spillway; fwd=stale; fwd-status=304; stored');
      expect(got.headers).toMatchObject({
        'x-version': '2',
        etag: '"1"',
        'content-type': TEXT['Content-Type'],
      });
      expect(conditionsOf(asked[1]!)).toEqual(['"1"', CHANGED]);
      clock.advance(59_000);
      const next = await client.get();
      expect([next.text, next.headers['x-version'], next.headers.age, isHit(next)]).toEqual([
        BODY,
        '2',
        '59',
        true,
      ]);
      expect(asked).toHaveLength(2);
    });
  });

  it.each<[string, Record<string, string>, number]>([
    ['knows it', { 'if-none-match': '"1"' }, 304],
    ['knows another', { 'if-none-match': '"0"' }, 200],
    ['knows it by date', { 'if-modified-since': CHANGED }, 304],
    ['wants a part', { range: 'bytes=1-2' }, 206],
  ])('is validated for everybody by a client who %s', async (_what, own, status) => {
    const app = validating(fields);
    await behindCache(host, app, async ({ client, clock, asked }) => {
      await client.get();
      clock.advance(60_000);
      const got = await client.get('/', own);
      expect([got.status, got.text]).toEqual([status, { 304: '', 200: BODY, 206: 'el' }[status]]);
      expect(conditionsOf(asked[1]!)).toEqual(['"1"', CHANGED]);
      expect([asked[1]!.range, asked.length]).toEqual([undefined, 2]);
      expect(isHit(await client.get())).toBe(true);
    });
  });

  it.each<[string, () => Partial<Answer>]>([
    ['whole', () => ({ body: 'new' })],
    ['streamed', () => ({ stream: streamOf('n', 'ew') })],
  ])('makes room for a %s body that is newer', async (_form, newer) => {
    let isChanged = false;
    const app: App = () =>
      isChanged ? { headers: { ...FRESH, ETag: '"2"' }, ...newer() } : { headers: fields, body: BODY };
    await behindCache(host, app, async ({ client, clock, asked }) => {
      await client.get();
      clock.advance(60_000);
      isChanged = true;
      const got = await client.get('/', { 'if-none-match': '"1"' });
      expect([got.status, got.text, got.headers.etag, got.headers['x-version']]).toEqual([
        200,
        'new',
        '"2"',
        undefined,
      ]);
      const next = await client.get();
      expect([next.text, next.headers.etag, isHit(next), asked.length]).toEqual(['new', '"2"', true, 2]);
    });
  });

  it.each<[string, Record<string, string>, readonly unknown[]]>([
    ['by its tag alone', { ETag: '"1"' }, ['"1"', undefined]],
    ['by its date alone', { 'Last-Modified': CHANGED }, [undefined, CHANGED]],
    ['by nothing', {}, [undefined, undefined]],
  ])('is asked for %s where it has no more', async (_what, validators, conditions) => {
    await behindCache(
      host,
      { headers: { ...FRESH, ...validators }, body: BODY },
      async ({ client, clock, asked }) => {
        await client.get();
        clock.advance(60_000);
        // Conditions of the client on anything else would have no meaning here.
        const got = await client.get('/', { 'if-none-match': '"0"', 'if-modified-since': LATER });
        expect(conditionsOf(asked[1]!)).toEqual(conditions);
        expect(got.text).toBe(BODY);
      },
    );
  });

  it('leaves the request as the client sent it, for all but the application', async () => {
    const seen: unknown[] = [];
    const outer = (request: { headers: Record<string, unknown> }) => ({
      onHead: () => void seen.push(conditionsOf(request.headers)),
      onClose: () => void seen.push(conditionsOf(request.headers)),
    });
    await behindCache(
      host,
      validating(fields),
      async ({ client, clock }) => {
        await client.get();
        clock.advance(60_000);
        seen.length = 0;
        expect((await client.get('/', { 'if-none-match': '"0"' })).status).toBe(200);
        await until(() => seen.length === 2);
        expect(seen).toEqual([
          ['"0"', undefined],
          ['"0"', undefined],
        ]);
      },
      { outer: [outer as never] },
    );
  });

  it('stays stale, and as it was, where the 304 is not to be stored', async () => {
    const app = validating(fields, { 'Cache-Control': 'no-store', 'X-Version': '2' });
    await behindCache(host, app, async ({ client, clock, asked }) => {
      await client.get();
      clock.advance(60_000);
      const got = await client.get();
      expect([got.status, got.text, got.headers['x-version'], statusOf(got)]).toEqual([
        200,
        BODY,
        '2',
        'Spillway; fwd=stale; fwd-status=304; detail=no-store',
      ]);
      const kept = await client.get('/', { 'cache-control': 'only-if-cached, max-stale' });
      expect(kept.headers['x-version']).toBe('1');
      expect((await client.get()).text).toBe(BODY);
      expect(asked).toHaveLength(3);
    });
  });

  it('has been fresh up to its last millisecond', async () => {
    await behindCache(host, { headers: FRESH, body: BODY }, async ({ client, clock }) => {
      await client.get();
      clock.advance(59_999);
      expect(isHit(await client.get())).toBe(true);
      clock.advance(1);
      expect(isHit(await client.get())).toBe(false);
    });
  });
});

describe.each(answeringHead)('a HEAD that is asked of the application on $name', (host) => {
  const fields = { ...FRESH, ETag: '"1"', 'X-Version': '1' };

  /** What a GET gets after a HEAD, and how often the application was asked. */
  const afterHead = async (
    ofHead: Record<string, string>,
    ageMs: number,
    wants: Record<string, string> = {},
  ) => {
    let after: readonly unknown[] = [];
    const app: App = ({ req, res }) => {
      if (req.method === 'GET') return { headers: fields, body: BODY };
      res.statusCode = 200;
      for (const [name, value] of Object.entries({ ...fields, ...ofHead })) res.setHeader(name, value);
      res.end();
      return undefined;
    };
    await behindCache(host, app, async ({ client, clock, asked }) => {
      await client.get();
      clock.advance(ageMs);
      const head = await client.send({ method: 'HEAD', headers: wants });
      expect(head.headers).toMatchObject({
        etag: ofHead.ETag ?? '"1"',
        'x-version': ofHead['X-Version'] ?? '1',
      });
      const got = await client.get();
      after = [got.text, got.headers['x-version'], isHit(got), asked.length];
    });
    return after;
  };

  it('makes it fresh again what has gone stale, where it says the same of it', async () => {
    expect(await afterHead({ 'X-Version': '2' }, 60_000)).toEqual([BODY, '2', true, 2]);
  });

  it.each<[string, Record<string, string>]>([
    ['tag', { ETag: '"2"' }],
    ['date', { 'Last-Modified': LATER }],
    ['length', { 'Content-Length': '4' }],
  ])('leaves stale what has another %s now, or makes it stale', async (_what, ofHead) => {
    expect(await afterHead(ofHead, 60_000)).toEqual([BODY, '1', false, 3]);
    expect(await afterHead(ofHead, 0, { 'cache-control': 'no-cache' })).toEqual([BODY, '1', false, 3]);
  });

  it('leaves fresh what is as it was', async () => {
    expect(await afterHead({ 'X-Version': '2' }, 0, { 'cache-control': 'no-cache' })).toEqual([
      BODY,
      '2',
      true,
      2,
    ]);
  });
});

const [host] = overHttp1 as [(typeof hosts)[number]];

/** What a request with these fields gets of a response that is stored and so old. */
async function reused(
  cacheControl: string,
  ageMs: number,
  headers: Record<string, string>,
  options: Serving = {},
): Promise<string> {
  let use = '';
  const app = { headers: { ...TEXT, 'Cache-Control': cacheControl }, body: BODY };
  await behindCache(
    host,
    app,
    async ({ client, clock, asked }) => {
      await client.get();
      clock.advance(ageMs);
      const got = await client.get('/', headers);
      use = got.status === 504 ? 'refused' : asked.length === 1 ? 'used' : 'asked';
    },
    options,
  );
  return use;
}

describe('what a request wants', () => {
  it.each([
    ['max-age=60', 10_000, 'max-age=10', 'used'],
    ['max-age=60', 10_001, 'max-age=10', 'asked'],
    ['max-age=60', 0, 'max-age=0', 'used'],
    ['max-age=60', 1, 'max-age=0', 'asked'],
    ['max-age=60', 1, 'max-age=soon', 'asked'],
    ['max-age=60, immutable', 1, 'max-age=0', 'used'],
    ['max-age=60, immutable', 1, 'no-cache', 'asked'],
    ['max-age=60', 50_000, 'min-fresh=10', 'used'],
    ['max-age=60', 50_001, 'min-fresh=10', 'asked'],
    ['max-age=60', 70_000, 'max-stale=10', 'used'],
    ['max-age=60', 70_001, 'max-stale=10', 'asked'],
    ['max-age=60', 999_000, 'max-stale', 'used'],
    ['max-age=60', 70_000, 'max-stale=10, max-age=65', 'asked'],
    ['max-age=60', 0, 'no-cache', 'asked'],
    ['max-age=60', 0, 'no-store', 'used'],
    ['max-age=60', 0, 'only-if-cached', 'used'],
    ['max-age=60', 61_000, 'only-if-cached', 'refused'],
    ['max-age=60', 61_000, 'only-if-cached, max-stale', 'used'],
    ['max-age=60', 1_000, 'only-if-cached, no-cache', 'refused'],
  ])(
    'of a response of "%s" that is %i ms old, by "%s": it is %s',
    async (cacheControl, ageMs, wants, use) => {
      expect(await reused(cacheControl, ageMs, { 'cache-control': wants })).toBe(use);
    },
  );

  it('may be said by Pragma, where there is no Cache-Control', async () => {
    expect(await reused('max-age=60', 0, { pragma: 'no-cache' })).toBe('asked');
    expect(await reused('max-age=60', 0, { pragma: 'no-cache', 'cache-control': 'max-age=60' })).toBe('used');
  });

  it.each(['must-revalidate', 'proxy-revalidate', 's-maxage=60'])(
    'is nothing that is stale where the response says %s',
    async (directive) => {
      const cacheControl = `max-age=60, ${directive}`;
      expect(await reused(cacheControl, 59_999, { 'cache-control': 'max-stale' })).toBe('used');
      expect(await reused(cacheControl, 60_000, { 'cache-control': 'max-stale' })).toBe('asked');
      const lenient = { staleWhileRevalidateMs: 60_000, staleIfErrorMs: 60_000 };
      expect(await reused(cacheControl, 60_000, {}, lenient)).toBe('asked');
    },
  );

  it('is never a response of no-cache without its validation', async () => {
    for (const wants of ['max-stale', 'only-if-cached']) {
      const use = await reused('max-age=60, no-cache', 0, { 'cache-control': wants });
      expect([wants, use]).toEqual([wants, wants === 'max-stale' ? 'asked' : 'refused']);
    }
  });
});

describe.each(hosts)('only-if-cached on $name', (host) => {
  it('is a 504 where nothing is stored, and the application is not asked', async () => {
    await behindCache(host, { headers: FRESH, body: BODY }, async ({ client, asked }) => {
      const got = await client.get('/', { 'cache-control': 'only-if-cached' });
      expect([got.status, got.headers['content-type']]).toEqual([504, 'application/problem+json']);
      expect(asked).toHaveLength(0);
    });
  });
});

describe.each(hosts)('a request of no-store on $name', (host) => {
  it('leaves nothing behind', async () => {
    await behindCache(host, { headers: FRESH, body: BODY }, async ({ client, asked }) => {
      expect(statusOf(await client.get('/', { 'cache-control': 'no-store' }))).toBe(
        'Spillway; fwd=request; detail=request-no-store',
      );
      expect(isHit(await client.get())).toBe(false);
      expect(asked).toHaveLength(2);
    });
  });
});

describe('a response of no-cache', () => {
  it.each([
    ['', undefined],
    [' and no lifetime', ''],
  ])('%s is kept, and validated for each request', async (_what, lifetime) => {
    const fields = { ...TEXT, 'Cache-Control': `no-cache${lifetime ?? ', max-age=60'}`, ETag: '"1"' };
    await behindCache(host, validating(fields), async ({ client, asked }) => {
      for (let i = 0; i < 3; i++) expect(await client.get()).toMatchObject({ status: 200, text: BODY });
      expect(asked.map((headers) => headers['if-none-match'])).toEqual([undefined, '"1"', '"1"']);
    });
  });
});

describe('a response that is chosen by request fields', () => {
  const app = ({ req }: Handled) => ({
    headers: { ...FRESH, Vary: 'Accept-Language, X-Kind', ETag: '"1"' },
    body: `${req.headers['accept-language']} ${req.headers['x-kind']}`,
  });

  it('is sent to those of the same fields alone', async () => {
    await behindCache(host, app, async ({ client, asked }) => {
      const requests = [
        { 'accept-language': 'de', 'x-kind': 'a' },
        { 'accept-language': 'en', 'x-kind': 'a' },
        { 'accept-language': 'de', 'x-kind': 'b' },
        { 'accept-language': 'de' },
      ];
      for (const round of [1, 2]) {
        for (const headers of requests) {
          const got = await client.get('/', headers);
          expect(got.text).toBe(`${headers['accept-language']} ${headers['x-kind']}`);
          expect(isHit(got)).toBe(round === 2);
        }
      }
      expect(asked).toHaveLength(requests.length);
    });
  });

  it('is never sent to anybody where it is chosen by more than that', async () => {
    await behindCache(host, { headers: { ...FRESH, Vary: '*' }, body: BODY }, async ({ client, asked }) => {
      for (const times of [1, 2]) {
        expect(statusOf(await client.get())).toBe('Spillway; fwd=uri-miss; detail=vary');
        expect(asked).toHaveLength(times);
      }
    });
  });
});
