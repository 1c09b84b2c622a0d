import { Readable } from 'node:stream';
import { isStable } from '@spillway/core';
import type { Answer, App, Got, Handled } from '@spillway/core/testing';
import { answeringHead, hosts, overHttp1 } from './hosts';
import { behindCache, FRESH, isHit, streamOf, TEXT } from './support';

const BODY = 'grüße and some more text to cut parts out of';
const BYTES = Buffer.from(BODY);

const forms: Readonly<Record<string, () => Partial<Answer>>> = {
  string: () => ({ body: BODY }),
  Buffer: () => ({ body: Buffer.from(BODY) }),
  streamed: () => ({ stream: streamOf(BODY.slice(0, 9), BODY.slice(9)) }),
};

/** What each connection says for itself, and what the cache says of this answer. */
const OF_THE_MESSAGE = [
  'connection',
  'keep-alive',
  'transfer-encoding',
  'age',
  'cache-status',
  'content-length',
];

const fieldsOf = ({ headers }: Got) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !OF_THE_MESSAGE.includes(name)));

describe.each(hosts)('a hit on $name', (host) => {
  it.each(Object.keys(forms))(
    'of a %s body has its bytes, its status and all of its fields',
    async (form) => {
      const fields = {
        ...FRESH,
        // To come, so that its fraction of a second is not counted as age.
        Date: new Date(Date.now() + 5_000).toUTCString(),
        ETag: '"1"',
        Link: ['</a>; rel=next', '</b>; rel=prev'],
        'X-Number': 5,
        'Content-Language': 'de',
      };
      const app = () => ({ status: 203, headers: fields, ...forms[form]!() });
      await behindCache(host, app, async ({ client, clock, asked }) => {
        const first = await client.get();
        clock.advance(5_000);
        const second = await client.get();
        expect([first.status, second.status]).toEqual([203, 203]);
        expect([first.text, second.body.equals(first.body)]).toEqual([BODY, true]);
        expect(fieldsOf(second)).toEqual(fieldsOf(first));
        expect(second.headers).toMatchObject({
          date: fields.Date,
          'x-number': '5',
          age: '5',
          'cache-status': 'Spillway; hit; ttl=55',
        });
        expect(asked).toHaveLength(1);
      });
    },
  );

  it('says when it was made, also where the application leaves that to node', async () => {
    await behindCache(host, { headers: FRESH, body: BODY }, async ({ client }) => {
      const [first, second] = [await client.get(), await client.get()];
      expect(isHit(second)).toBe(true);
      const apart = Date.parse(second.headers.date!) - Date.parse(first.headers.date!);
      // Node's own clock for dates may be a second behind.
      expect([0, 1000]).toContain(apart);
    });
  });

  it('counts the time before it arrived: what the application says, and what it took', async () => {
    let wait = () => {};
    const app = () => {
      wait();
      return { headers: { ...FRESH, Age: '10' }, body: BODY };
    };
    await behindCache(host, app, async ({ client, clock }) => {
      wait = () => clock.advance(3_000);
      await client.get();
      clock.advance(46_999);
      const got = await client.get();
      expect([isHit(got), got.headers.age]).toEqual([true, '59']);
      clock.advance(1);
      expect(isHit(await client.get())).toBe(false);
    });
  });

  it.each([204, 301, 404, 410])('of status %i without a body is one as well', async (status) => {
    const app = { status, headers: { 'Cache-Control': 'max-age=60', Location: '/elsewhere' } };
    await behindCache(host, app, async ({ client, asked }) => {
      await client.get();
      const got = await client.get();
      expect([got.status, got.text, got.headers.location, isHit(got)]).toEqual([
        status,
        '',
        '/elsewhere',
        true,
      ]);
      expect(asked).toHaveLength(1);
    });
  });

  it('is the live object: all who are further out see the same Buffer, and that nobody writes to it', async () => {
    const seen: unknown[] = [];
    const outer = () => ({ onHead: (_head: unknown, whole: unknown) => void seen.push(whole) });
    await behindCache(
      host,
      { headers: FRESH, body: BODY },
      async ({ client }) => {
        for (let i = 0; i < 3; i++) expect((await client.get()).text).toBe(BODY);
      },
      { outer: [outer] },
    );
    expect(seen).toHaveLength(3);
    for (const body of seen) expect([body === seen[0], isStable(body)]).toEqual([true, true]);
  });

  it('of a stream is one object, too', async () => {
    const seen: unknown[] = [];
    const outer = () => ({ onHead: (_head: unknown, whole: unknown) => void seen.push(whole) });
    await behindCache(
      host,
      () => ({ headers: FRESH, ...forms.streamed!() }),
      async ({ client }) => {
        for (let i = 0; i < 3; i++) await client.get();
      },
      { outer: [outer] },
    );
    expect(seen).toEqual([undefined, BYTES, BYTES]);
    expect([seen[1] === seen[2], isStable(seen[1])]).toEqual([true, true]);
  });

  it.each(['Buffer', 'streamed'])(
    'of a %s body stays as it was when the application writes over it',
    async (form) => {
      const bytes = Buffer.from(BODY);
      const app = ({ res }: Handled) => {
        for (const [name, value] of Object.entries(FRESH)) res.setHeader(name, value);
        res.statusCode = 200;
        if (form === 'streamed') res.write(bytes);
        res.end(form === 'streamed' ? undefined : bytes);
      };
      await behindCache(host, app, async ({ client }) => {
        await client.get();
        bytes.fill('x');
        const got = await client.get();
        expect([isHit(got), got.text]).toEqual([true, BODY]);
      });
    },
  );

  it('has no fields that others set for the request that filled it', async () => {
    let requests = 0;
    const filter = () => ({ headers: { 'X-Request': String(++requests), 'Set-Cookie': `s=${requests}` } });
    const foreign = {
      connect: (
        _req: unknown,
        res: { setHeader(name: string, value: string): unknown },
        next: () => void,
      ) => {
        res.setHeader('X-Foreign', String(requests));
        next();
      },
    };
    const app = { headers: { ...FRESH, 'X-App': '1' }, body: BODY };
    await behindCache(
      host,
      app,
      async ({ client }) => {
        await client.get();
        const { headers } = await client.get();
        expect([headers['x-request'], headers['x-foreign'], headers['x-app']]).toEqual(['2', '2', '1']);
        expect(headers['set-cookie']).toEqual(['s=2']);
        expect(isHit({ headers })).toBe(true);
      },
      { outer: [filter, foreign], preset: 'rfc9111' },
    );
  });

  it('has nothing of any request, nor has the answer that filled it', async () => {
    const own = { cookie: 'a=1', authorization: 'Basic eA==', 'x-own': '1', accept: 'text/plain' };
    const app = { headers: { ...FRESH, 'Cache-Control': 'public, max-age=60' }, body: BODY };
    await behindCache(host, app, async ({ client }) => {
      for (let i = 0; i < 2; i++) {
        const got = await client.get('/', own);
        expect([got.status, isHit(got)]).toEqual([200, i === 1]);
        for (const name of [...Object.keys(own), 'host', ':authority'])
          expect([name, got.headers[name]]).toEqual([name, undefined]);
      }
    });
  });

  it('says its length, whole or in part', async () => {
    for (const form of Object.values(forms)) {
      await behindCache(
        host,
        () => ({ headers: FRESH, ...form() }),
        async ({ client }) => {
          await client.get();
          expect((await client.get()).headers['content-length']).toBe(String(BYTES.length));
          const part = await client.get('/', { range: 'bytes=1-3' });
          expect([part.status, part.headers['content-length']]).toEqual([206, '3']);
          const parts = await client.get('/', { range: 'bytes=1-3, 5-6' });
          expect(parts.headers['content-length']).toBe(String(parts.body.length));
        },
      );
    }
  });

  it.each(['no-cache', 'private'])('goes without the fields that %s names', async (directive) => {
    const app = {
      headers: {
        ...TEXT,
        'Cache-Control': `max-age=60, ${directive}="X-One, x-two"`,
        'X-One': '1',
        'X-Two': '2',
        'X-Three': '3',
      },
      body: BODY,
    };
    await behindCache(host, app, async ({ client }) => {
      const first = await client.get();
      expect([first.headers['x-one'], first.headers['x-two']]).toEqual(['1', '2']);
      const second = await client.get();
      expect(isHit(second)).toBe(true);
      const { 'x-one': one, 'x-two': two, 'x-three': three } = second.headers;
      expect([one, two, three]).toEqual([undefined, undefined, '3']);
    });
  });

  it.each(['private', 'private=', 'private=""', 'private="a b"', 'private="', 'no-store'])(
    'is never made of a response that says %s',
    async (directive) => {
      const app = { headers: { ...TEXT, 'Cache-Control': `max-age=60, ${directive}` }, body: BODY };
      await behindCache(host, app, async ({ client, asked }) => {
        await client.get();
        expect((await client.get()).text).toBe(BODY);
        expect(asked).toHaveLength(2);
      });
    },
  );

  it('is of one URL: path, query and host tell responses apart', async () => {
    const app = ({ req }: Handled) => ({ headers: FRESH, body: `${req.headers.host}${req.url}` });
    await behindCache(host, app, async ({ client, asked }) => {
      const urls: readonly (readonly [path: string, host?: string])[] = [
        ['/a'],
        ['/A'],
        ['/a?'],
        ['/a?b'],
        ['/a/'],
        ['/%61'],
        ['/a', 'other.example'],
        ['/a', 'other.example:81'],
      ];
      for (const round of [1, 2]) {
        for (const [path, name] of urls) {
          const got = await client.get(
            path,
            name === undefined ? {} : host.http2 ? { ':authority': name } : { host: name },
          );
          expect([round, isHit(got)]).toEqual([round, round === 2]);
        }
      }
      expect(asked).toHaveLength(urls.length);
    });
  });
});

describe.each(answeringHead)('a HEAD on $name', (host) => {
  it('is answered by what is stored of a GET', async () => {
    const app = { headers: { ...FRESH, ETag: '"1"' }, body: BODY };
    await behindCache(host, app, async ({ client, asked }) => {
      const get = await client.get();
      const head = await client.send({ method: 'HEAD' });
      expect([head.status, head.text, isHit(head)]).toEqual([200, '', true]);
      expect(fieldsOf(head)).toEqual(fieldsOf(get));
      expect(asked).toHaveLength(1);
    });
  });

  it('tells the length of what a GET gets', async () => {
    await behindCache(host, { headers: FRESH, body: BODY }, async ({ client }) => {
      await client.get();
      const { headers } = await client.send({ method: 'HEAD' });
      expect([isHit({ headers }), headers['content-length']]).toEqual([true, String(BYTES.length)]);
    });
  });

  it('is no part of it, and has a 304 where the client knows it', async () => {
    await behindCache(host, { headers: { ...FRESH, ETag: '"1"' }, body: BODY }, async ({ client }) => {
      await client.get();
      const part = await client.send({ method: 'HEAD', headers: { range: 'bytes=0-1' } });
      expect([part.status, part.headers['content-range'], isHit(part)]).toEqual([200, undefined, true]);
      const known = await client.send({ method: 'HEAD', headers: { 'if-none-match': '"1"' } });
      expect([known.status, isHit(known)]).toEqual([304, true]);
    });
  });

  it('that is not answered so is asked of the application, and fills nothing', async () => {
    await behindCache(host, { headers: FRESH, body: BODY }, async ({ client, asked }) => {
      expect(await client.send({ method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
      expect((await client.get()).text).toBe(BODY);
      expect(asked).toHaveLength(2);
    });
  });
});

describe.each(hosts)('a part of a stored response on $name', (host) => {
  /** What a client with these fields gets of a stored response. */
  const partOf = async (
    headers: Record<string, string>,
    answer: Partial<Answer> = { body: BODY },
  ): Promise<Got> => {
    const fields = { ...FRESH, ETag: '"1"' };
    let got: Got | undefined;
    await behindCache(
      host,
      () => ({ headers: fields, ...answer }),
      async ({ client, asked }) => {
        await client.get();
        got = await client.get('/', headers);
        expect([isHit(got), asked.length]).toEqual([true, 1]);
      },
    );
    return got!;
  };

  it.each([
    ['bytes=0-3', 0, 4],
    ['bytes=5-', 5, BYTES.length],
    ['bytes=-7', BYTES.length - 7, BYTES.length],
    ['bytes=2-2', 2, 3],
  ])('is what %s asks for', async (range, start, end) => {
    const got = await partOf({ range });
    expect([got.status, got.body.equals(BYTES.subarray(start, end))]).toEqual([206, true]);
    expect(got.headers).toMatchObject({
      'content-range': `bytes ${start}-${end - 1}/${BYTES.length}`,
      'content-type': TEXT['Content-Type'],
      etag: '"1"',
    });
  });

  it('has several parts where several are asked for', async () => {
    const got = await partOf({ range: 'bytes=0-1, 10-12' }, { stream: streamOf(BODY) });
    expect(got.status).toBe(206);
    const boundary = /^multipart\/byteranges; boundary=(.+)$/.exec(got.headers['content-type']!)![1];
    const part = (start: number, end: number) =>
      `--${boundary}\r\nContent-Type: ${TEXT['Content-Type']}\r\n` +
      `Content-Range: bytes ${start}-${end}/${BYTES.length}\r\n\r\n${BYTES.subarray(start, end + 1)}\r\n`;
    expect(got.text).toBe(`${part(0, 1)}${part(10, 12)}--${boundary}--\r\n`);
    expect(got.headers['content-range']).toBeUndefined();
  });

  it('that lies beyond its end is a 416', async () => {
    const got = await partOf({ range: `bytes=${BYTES.length}-` });
    expect([got.status, got.text, got.headers['content-range']]).toEqual([
      416,
      '',
      `bytes */${BYTES.length}`,
    ]);
  });

  it.each([
    ['a range that is none', { range: 'bytes=b-a' }],
    ['another unit', { range: 'lines=0-1' }],
    ['the tag of another body', { range: 'bytes=0-1', 'if-range': '"2"' }],
    ['a weak tag', { range: 'bytes=0-1', 'if-range': 'W/"1"' }],
  ])('is all of it for %s', async (_what, headers) => {
    const got = await partOf(headers);
    expect([got.status, got.text, got.headers['content-range']]).toEqual([200, BODY, undefined]);
  });

  it('is one where If-Range holds', async () => {
    const got = await partOf({ range: 'bytes=0-1', 'if-range': '"1"' });
    expect([got.status, got.text]).toEqual([206, BODY.slice(0, 2)]);
  });

  it.each([404, 203])('is all of a %i', async (status) => {
    const got = await partOf({ range: 'bytes=0-1' }, { status, body: BODY });
    expect([got.status, got.text]).toEqual([status, BODY]);
  });
});

describe.each(hosts)('interim responses on $name', (host) => {
  it('pass before a response that is stored, and are no part of it', async () => {
    const app = ({ res }: Handled) => {
      res.writeEarlyHints({ link: '</a.css>; rel=preload' });
      return { headers: FRESH, body: BODY };
    };
    await behindCache(host, app, async ({ client }) => {
      const first = await client.get();
      expect([first.informational, first.text]).toEqual([[103], BODY]);
      const second = await client.get();
      expect([second.informational, second.text, second.headers.link]).toEqual([[], BODY, undefined]);
      expect(isHit(second)).toBe(true);
    });
  });
});

/** Koa 2 leaves a response open whose stream fails amid its body, with and without filters. */
const cuttingOff = hosts.filter(({ name }) => !name.startsWith('Koa 2'));

describe.each(cuttingOff)('a stream that fails midway on $name', (host) => {
  it('is not stored', async () => {
    async function* failing() {
      yield Buffer.from('half');
      throw new Error('disk');
    }
    const app = () => ({ headers: FRESH, stream: Readable.from(failing()) });
    await behindCache(host, app, async ({ client, asked }) => {
      for (const times of [1, 2]) {
        await expect(client.get()).rejects.toThrow();
        expect(asked).toHaveLength(times);
      }
    });
  });
});

describe.each(hosts)('a stream that is destroyed before its end on $name', (host) => {
  it('is not stored', async () => {
    let isWhole = false;
    const app: App = ({ res }) => {
      if (isWhole) return { headers: FRESH, body: BODY };
      res.setHeader('Cache-Control', 'max-age=60');
      res.statusCode = 200;
      res.write('half', () => res.destroy());
      return undefined;
    };
    await behindCache(host, app, async ({ client, cache, asked }) => {
      // Over HTTP/2 it looks complete.
      await client.get().catch(() => {});
      isWhole = true;
      expect((await client.get()).text).toBe(BODY);
      expect([asked.length, cache.flights.waiting]).toEqual([2, 0]);
    });
  });
});

describe.each(overHttp1)('over HTTP/1.1 on $name', (host) => {
  it('fields of the connection, and those that Connection names, are not stored', async () => {
    const ofConnection = {
      Connection: 'close, X-Hop',
      'X-Hop': '1',
      'Keep-Alive': 'timeout=99',
      'Proxy-Authenticate': 'Basic',
      'Proxy-Connection': 'close',
      TE: 'trailers',
      Upgrade: 'h2c',
    };
    const app = { headers: { ...FRESH, ...ofConnection, 'X-End': '2' }, body: BODY };
    await behindCache(host, app, async ({ client }) => {
      const first = await client.get();
      expect(first.headers).toMatchObject({ 'x-hop': '1', 'proxy-authenticate': 'Basic' });
      const { headers } = await client.get();
      expect(isHit({ headers })).toBe(true);
      expect(headers['x-end']).toBe('2');
      expect(headers.connection).not.toMatch(/x-hop/i);
      for (const name of ['x-hop', 'keep-alive', 'proxy-authenticate', 'proxy-connection', 'te', 'upgrade'])
        expect([name, headers[name]]).toEqual([name, undefined]);
    });
  });

  it.each<[string, App]>([
    [
      'a body shorter than its Content-Length',
      ({ res }) => {
        res.setHeader('Cache-Control', 'max-age=60');
        res.setHeader('Content-Length', 100);
        res.statusCode = 200;
        res.end('half');
      },
    ],
    [
      'a stream shorter than its Content-Length',
      ({ res }) => {
        res.setHeader('Cache-Control', 'max-age=60');
        res.setHeader('Content-Length', 100);
        res.statusCode = 200;
        res.write('ha');
        res.end('lf');
      },
    ],
  ])('what is left of %s is not stored', async (_what, truncated) => {
    let isWhole = false;
    const app: App = (handled) => (isWhole ? { headers: FRESH, body: BODY } : truncated(handled));
    await behindCache(host, app, async ({ client, cache, asked }) => {
      await expect(client.get()).rejects.toThrow();
      isWhole = true;
      expect((await client.get()).text).toBe(BODY);
      expect([asked.length, cache.flights.waiting]).toEqual([2, 0]);
    });
  });

  it.each([
    ['a whole URL', 'GET http://test/ HTTP/1.1\r\nHost: test\r\n'],
    ['a malformed host', 'GET / HTTP/1.1\r\nHost: te st\r\n'],
    ['a host with a path', 'GET / HTTP/1.1\r\nHost: test/a\r\n'],
  ])('a request for %s has nothing to do with the cache', async (_what, head) => {
    await behindCache(host, { headers: FRESH, body: BODY }, async ({ client, asked }) => {
      for (const times of [1, 2]) {
        const connection = client.connect();
        connection.socket.write(`${head}Connection: close\r\n\r\n`);
        expect(await connection.until(/some more text/)).not.toMatch(/cache-status/i);
        expect(asked).toHaveLength(times);
      }
    });
  });

  it.each(['whole', 'streamed'])(
    'what follows a %s body of the length that it says is not stored',
    async (form) => {
      const app = ({ res }: Handled) => {
        res.setHeader('Cache-Control', 'max-age=60');
        res.setHeader('Content-Length', 4);
        res.statusCode = 200;
        if (form === 'streamed') res.write('bo');
        res.end(form === 'streamed' ? 'dyHTTP/1.1 200 OK' : 'bodyHTTP/1.1 200 OK');
      };
      await behindCache(host, app, async ({ client }) => {
        await client.get().catch(() => {});
        const got = await client.get();
        expect([got.text, isHit(got)]).toEqual(['body', true]);
      });
    },
  );
});

describe.each(hosts)('with a coding filter outside on $name', (host) => {
  /** Codes a body for those who take that, as a filter for compression does. */
  const coding = ({ headers }: { headers: Record<string, unknown> }) => ({
    onHead(head: { setHeader(name: string, value: string): unknown }, whole: unknown) {
      head.setHeader('Vary', 'Accept-Encoding');
      if (headers['accept-encoding'] !== 'reversed') return undefined;
      head.setHeader('Content-Encoding', 'reversed');
      return { replace: String(whole).split('').reverse().join('') };
    },
  });

  it('one response is stored, whatever codings clients take', async () => {
    await behindCache(
      host,
      { headers: FRESH, body: 'abc' },
      async ({ client, asked }) => {
        for (const encoding of ['reversed', 'identity', 'gzip', 'reversed']) {
          const got = await client.get('/', { 'accept-encoding': encoding });
          const isCoded = encoding === 'reversed';
          expect([got.text, got.headers['content-encoding']]).toEqual(
            isCoded ? ['cba', 'reversed'] : ['abc', undefined],
          );
          expect(got.headers.vary).toBe('Accept-Encoding');
        }
        expect(asked).toHaveLength(1);
      },
      { outer: [coding as never] },
    );
  });
});
