import type { App, Got, Handled, TestHost } from '@spillway/core/testing';
import { hosts, overHttp1 } from '../hosts';
import { deferred, isHit, type Serving, statusOf, TEXT, turn } from '../support';
import { attacked, hitsOf, inTurn, textsOf } from './support';

const FRESH = { ...TEXT, 'Cache-Control': 'public, max-age=60' };

/** An application that answers by node's own methods. */
const raw =
  (use: (res: Handled['res'], handled: Handled) => unknown): App =>
  (handled) => {
    const { res } = handled;
    res.statusCode = 200;
    for (const [name, value] of Object.entries(FRESH)) res.setHeader(name, value);
    use(res, handled);
  };

/** A response that may be cut off. */
const settled = (answer: Promise<Got>): Promise<Got | undefined> => answer.catch(() => undefined);

const expectNotKept = (host: TestHost, app: App): Promise<unknown> =>
  attacked(host, app, async ({ client, asked }) => {
    await settled(client.get('/'));
    const second = await settled(client.get('/'));
    expect(second && isHit(second)).not.toBe(true);
    expect(asked).toHaveLength(2);
  });

describe.each(hosts)('a body on $name', (host) => {
  it.each(['a whole', 'a streamed'])('%s one is kept, if nothing below is wrong with it', async (form) => {
    const app = raw((res) => {
      if (form === 'a streamed') res.write('page');
      res.end(form === 'a streamed' ? undefined : 'page');
    });
    await attacked(host, app, async (served) => {
      const got = await inTurn(served, [{}, {}]);
      expect([textsOf(got), hitsOf(got)]).toEqual([
        ['page', 'page'],
        [false, true],
      ]);
    });
  });

  it('that is cut off is not kept', async () => {
    const cut = raw((res) => {
      res.write('half');
      setImmediate(() => res.destroy());
    });
    await expectNotKept(host, cut);
  });

  it('whose client leaves is not kept by halves, though the application ends it', async () => {
    const left = deferred();
    const app = raw((res) => {
      res.write('half');
      res.once('close', () => {
        res.end();
        left.resolve();
      });
    });
    await attacked(host, app, async ({ client, asked }) => {
      const opened = client.open({});
      await opened.response;
      opened.abort();
      await left.promise;
      await turn();
      const again = client.open({});
      await again.response;
      again.abort();
      expect(asked).toHaveLength(2);
    });
  });

  it('that is longer than the cache takes is passed on, and not kept', async () => {
    const long = 'x'.repeat(2_000);
    const forms: readonly ((res: Handled['res']) => unknown)[] = [
      (res) => res.end(long),
      (res) => {
        res.write(long.slice(0, 500));
        res.end(long.slice(500));
      },
      (res) => {
        res.setHeader('Content-Length', long.length);
        res.write(long);
        res.end();
      },
    ];
    for (const form of forms) {
      await attacked(
        host,
        raw(form),
        async (served) => {
          const got = await inTurn(served, [{}, {}]);
          expect([textsOf(got), hitsOf(got)]).toEqual([
            [long, long],
            [false, false],
          ]);
        },
        { maxBodyBytes: 1_999 },
      );
    }
  });
});

describe.each(overHttp1)('a Content-Length that lies on $name', (host) => {
  const forms: Readonly<Record<string, (length: string) => App>> = {
    whole: (length) =>
      raw((res) => {
        res.setHeader('Content-Length', length);
        res.end('page');
      }),
    streamed: (length) =>
      raw((res) => {
        res.setHeader('Content-Length', length);
        res.write('pa');
        res.end('ge');
      }),
  };
  const eachForm = (lengths: readonly string[]) =>
    lengths.flatMap((length) => Object.keys(forms).map((form) => [length, form] as const));

  it.each(eachForm(['5', '1000', '1e9', 'Infinity', '4.5', '-1', 'x', '', '4x', '0x4', '4, 4']))(
    'by %j, of a %s body, leaves nothing of it',
    async (length, form) => {
      await expectNotKept(host, forms[form]!(length));
    },
  );

  it.each(eachForm(['3', '0']))(
    'by %j, of a %s body, gives nobody more or less of it',
    async (length, form) => {
      await attacked(host, forms[form]!(length), async ({ client }) => {
        for (let i = 0; i < 3; i++)
          expect((await client.get('/')).text).toBe('page'.slice(0, Number(length)));
      });
    },
  );
});

describe.each(hosts)('tags on $name', (host) => {
  it.each(['a\r\nSet-Cookie: x=1', 'a\nb', 'a\0b', 'a b, c', 'é😀', '\ud800'])(
    'are told by fields of their own alone: %j',
    async (tag) => {
      const options: Serving = { tags: () => [tag], surrogateKeys: true };
      await attacked(
        host,
        { headers: FRESH, body: 'page' },
        async (served) => {
          for (const got of await inTurn(served, [{}, {}])) {
            expect([got.status, got.text]).toEqual([200, 'page']);
            expect(got.headers).not.toHaveProperty('set-cookie');
            expect(String(got.headers['surrogate-key'])).toMatch(/^[\w.:/@~=%-]+$/);
          }
        },
        options,
      );
    },
  );
});

describe.each(overHttp1)('a field of one connection on $name', (host) => {
  it.each([
    ['X-User', 'close, X-User'],
    ['X-User', 'x-user'],
    ['X-User', ['close', ' X-USER ,']],
    ['Keep-Alive', 'close'],
    ['Proxy-Authenticate', 'close'],
    ['Proxy-Authentication-Info', 'close'],
    ['Proxy-Connection', 'close'],
    ['TE', 'close'],
  ] as [string, string | string[]][])('is not kept: %s, under Connection: %j', async (name, connection) => {
    const app = raw((res) => {
      res.setHeader('Connection', connection);
      res.setHeader(name, 'of alice');
      res.end('page');
    });
    await attacked(host, app, async (served) => {
      const got = await inTurn(served, [{}, {}]);
      expect(hitsOf(got)).toEqual([false, true]);
      expect(JSON.stringify(got[1]!.rawHeaders)).not.toContain('alice');
    });
  });
});

describe.each(hosts)('a method that is neither safe nor stored on $name', (host) => {
  it.each(['OPTIONS', 'PUT', 'PATCH', 'DELETE', 'POST', 'TRACE'])(
    '%s gets nothing and leaves nothing',
    async (method) => {
      const app: App = ({ req }) => ({
        // A refusal, so that nothing is out of date.
        status: req.method === 'GET' ? 200 : 409,
        headers: FRESH,
        body: `answer to ${req.method}`,
      });
      await attacked(
        host,
        app,
        async ({ client }) => {
          const send = async () => (await client.send({ method })).text;
          expect(await send()).toBe(`answer to ${method}`);
          expect((await client.get('/')).text).toBe('answer to GET');
          expect(await send()).toBe(`answer to ${method}`);
          const got = await client.get('/');
          expect([isHit(got), got.text]).toEqual([true, 'answer to GET']);
        },
        { ttlMs: 60_000, statusCodes: [200, 409] },
      );
    },
  );
});

describe.each(hosts)('what is told of the cache on $name', (host) => {
  it('names neither key nor user', async () => {
    const app: App = () => ({ headers: FRESH, body: 'page' });
    const key = () => 'secret of alice';
    await attacked(
      host,
      app,
      async (served) => {
        for (const got of await inTurn(served, [{}, {}], '/path?token=1')) {
          expect(statusOf(got)).not.toMatch(/key|secret|alice|path|token/);
          expect(JSON.stringify(got.headers)).not.toMatch(/secret|token/);
        }
      },
      { key },
    );
  });
});
