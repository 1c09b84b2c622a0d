import type { App, Client, Handled } from '@spillway/core/testing';
import { urlKeyOf } from '../../dist/policy/key';
import { hosts, overHttp1 } from '../hosts';
import { isHit, TEXT } from '../support';
import { attacked, hitsOf, hostField, hostOf, inTurn, pathOf, showing, textOf, textsOf } from './support';

describe.each(hosts)('a host on $name', (host) => {
  const at = (name: string) => ({ headers: hostField(host, name) });

  it('has its own pages, in either case', async () => {
    await attacked(
      host,
      showing(({ req }) => hostOf({ req } as Handled).toLowerCase()),
      async (served) => {
        const names = ['a.test', 'b.test', 'A.TEST', 'b.Test'];
        const got = await inTurn(
          served,
          names.map((name) => hostField(host, name)),
        );
        expect(textsOf(got)).toEqual(['a.test', 'b.test', 'a.test', 'b.test']);
        expect(hitsOf(got)).toEqual([false, false, true, true]);
      },
    );
  });

  it.each([
    'victim.test:81',
    'victim.test.',
    'evil.test@victim.test',
    'victim.test@evil.test',
    'victim.test:80@evil.test',
    'victim.test/b',
    'victim.test/',
    'victim.test?x',
    'victim.test#x',
    'victim.test%2f',
    'victim.test\\evil.test',
    'victim.test,evil.test',
    'victim.test evil.test',
    'victim.test\tevil.test',
    'victim.test;x',
    'victim.test"',
    'http://victim.test',
    'victim_test',
    'xn--victim.test',
    '[::1]',
    '[victim.test]',
    '__proto__',
    'constructor',
    'vïctim.test',
  ])('%j is another one than victim.test', async (name) => {
    await attacked(host, showing(), async ({ client }) => {
      const victim = { path: '/b', ...at('victim.test') };
      for (let i = 0; i < 2; i++) {
        const evil = await textOf(client, { path: '/b', ...at(name) });
        expect(evil).not.toBe('victim.test /b');
        expect(await textOf(client, victim)).toBe('victim.test /b');
      }
    });
  });

  it('that is no host is not cached for', async () => {
    await attacked(host, showing(), async ({ client, asked }) => {
      for (const name of ['a@b.test', 'a.test/b', 'a b.test', 'a.test,b.test', 'a.test:b']) {
        const before = asked.length;
        const texts = [await textOf(client, at(name)), await textOf(client, at(name))];
        expect(asked.length - before).toBe(texts.filter((text) => text !== undefined).length);
      }
    });
  });
});

describe.each(overHttp1)('on a bare connection to $name', (host) => {
  const send = async (client: Client, head: string): Promise<string> => {
    const connection = client.connect();
    connection.socket.write(`${head}\r\nConnection: close\r\n\r\n`);
    return connection.until(/\r\n\r\n./).then(
      () => connection.received,
      () => connection.received,
    );
  };

  it.each([
    ['GET http://victim.test/b HTTP/1.1\r\nHost: evil.test', 'evil.test'],
    ['GET http://evil.test/b HTTP/1.1\r\nHost: victim.test', 'victim.test'],
    ['GET http://victim.test/b HTTP/1.1\r\nHost: victim.test', 'victim.test'],
    ['GET HTTPS://victim.test/b HTTP/1.1\r\nHost: victim.test', 'victim.test'],
  ])('a whole URL for a target passes the cache by: %j', async (head, name) => {
    await attacked(host, showing(), async ({ client, asked }) => {
      for (let i = 0; i < 2; i++) expect(await send(client, head)).toContain(name);
      expect(asked).toHaveLength(2);
      expect(await textOf(client, { path: '/b', headers: { host: 'victim.test' } })).toBe('victim.test /b');
    });
  });

  it('two hosts are not both', async () => {
    await attacked(host, showing(), async ({ client }) => {
      await send(client, 'GET /b HTTP/1.1\r\nHost: victim.test\r\nHost: evil.test');
      await send(client, 'GET /b HTTP/1.1\r\nHost: evil.test\r\nHost: victim.test');
      for (const name of ['victim.test', 'evil.test'])
        expect(await textOf(client, { path: '/b', headers: { host: name } })).toBe(`${name} /b`);
    });
  });

  it('no host at all is nobody else’s', async () => {
    await attacked(host, showing(), async ({ client }) => {
      await send(client, 'GET /b HTTP/1.0');
      await send(client, 'GET /b HTTP/1.1\r\nHost:');
      expect(await textOf(client, { path: '/b', headers: { host: 'victim.test' } })).toBe('victim.test /b');
      expect(await send(client, 'GET /b HTTP/1.0')).not.toContain('victim.test');
    });
  });
});

describe.each(hosts.filter(({ http2 }) => http2))('an authority on $name', (host) => {
  // Frameworks believe the one or the other.
  it.each([
    ['the authority', ({ req }: Handled) => String(req.headers[':authority'])],
    ['the host', ({ req }: Handled) => String(req.headers.host ?? req.headers[':authority'])],
  ])('and a host that differ poison neither, where the application shows %s', async (_what, show) => {
    await attacked(host, showing(show), async ({ client }) => {
      for (const headers of [
        { ':authority': 'evil.test', host: 'victim.test' },
        { ':authority': 'victim.test', host: 'evil.test' },
      ])
        await textOf(client, { headers });
      for (const name of ['victim.test', 'evil.test'])
        expect(await textOf(client, { headers: { ':authority': name } })).toBe(name);
    });
  });
});

const PATHS = [
  '/',
  '//',
  '/a',
  '//a',
  '/a/',
  '/./a',
  '/b/../a',
  '/%2e/a',
  '/b/%2e%2e/a',
  '/%61',
  '/A',
  '/a?',
  '/a??',
  '/a?x',
  '/a?x=1&y=2',
  '/a?y=2&x=1',
  '/a?x=1;y=2',
  '/a/b',
  '/a%2fb',
  '/a%2Fb',
  '/a\\b',
  '/a;b',
  '/a#b',
  '/a%23b',
  '/a%3fx',
  '/a%00',
  '/a%20',
  '/a+',
  '/a|b',
  '/a"b',
  '/a{b}',
  '/aé',
  '/a%C3%A9',
  '/a%0d%0aX:%20y',
  '/__proto__',
  '/constructor',
  '/a?__proto__=1',
  '//evil.test/a',
  '/http://evil.test/a',
  '/a%09http://evil.test',
  '/a%20http://evil.test',
];

describe.each(hosts)('a path on $name', (host) => {
  it('that is written otherwise is another one', async () => {
    await attacked(host, showing(pathOf), async ({ client }) => {
      const first = new Map<string, string>();
      for (const path of PATHS) {
        const text = await textOf(client, { path });
        if (text !== undefined) first.set(path, text);
      }
      expect(first.size).toBeGreaterThan(PATHS.length - 8);
      expect(new Set(first.values()).size).toBe(first.size);
      // What is not of ASCII each version of HTTP reads in its own way.
      for (const [path, text] of first) if (!/[^ -~]/.test(path)) expect(text).toBe(path);
      for (const [path, text] of first) expect(await textOf(client, { path })).toBe(text);
    });
  });

  it('of any length is told from all others', async () => {
    const long = 'x'.repeat(3_000);
    const paths = ['a', 'b'].flatMap((last) => [`/${long}${last}`, `/${last}${long}`, `/${long}?${last}`]);
    await attacked(host, showing(pathOf), async (served) => {
      for (let i = 0; i < 2; i++)
        for (const path of paths) {
          const got = await served.client.get(path);
          expect([got.text === path, isHit(got)]).toEqual([true, i === 1]);
        }
    });
  });

  it.each(['/a http://evil.test', '/a\thttp://evil.test', '/a\0', '/a\r\nX: y', '/a\x7f'])(
    '%j is none for a cache',
    async (path) => {
      await attacked(host, showing(), async ({ client, asked }) => {
        for (let i = 0; i < 2; i++) await textOf(client, { path }).catch(() => {});
        const before = asked.length;
        expect([0, 2]).toContain(before);
        await client.get('/a', hostField(host, 'evil.test'));
        expect(asked).toHaveLength(before + 1);
      });
      const request = {
        method: 'GET',
        originalUrl: path,
        headers: { host: 'a.test' },
        protocol: 'http',
        host: 'a.test',
      };
      expect(urlKeyOf(request)).toBeUndefined();
    },
  );
});

describe.each(hosts)('a query on $name', (host) => {
  const page: App = (handled) => ({
    headers: {
      ...TEXT,
      'Cache-Control': 'max-age=60',
      ...(hostOf(handled) === 'evil.test' && { 'No-Vary-Search': 'params' }),
    },
    body: `${hostOf(handled)} ${pathOf(handled)}`,
  });

  it('counts on one host, whatever another one says of its own', async () => {
    await attacked(host, page, async ({ client }) => {
      for (const user of ['alice', 'bob', 'carol']) {
        await client.get(`/?${user}`, hostField(host, 'evil.test'));
        const path = `/?user=${user}`;
        expect((await client.get(path, hostField(host, 'victim.test'))).text).toBe(`victim.test ${path}`);
      }
    });
  });

  it('counts in an answer that doesn’t say otherwise, whatever earlier ones said', async () => {
    let field: string | undefined = 'params';
    const app: App = ({ req }) => ({
      headers: {
        ...TEXT,
        'Cache-Control': 'max-age=60',
        Vary: 'Accept-Language',
        ...(field !== undefined && { 'No-Vary-Search': field }),
      },
      body: `page of ${req.url}`,
    });
    await attacked(host, app, async ({ client, clock }) => {
      await client.get('/?x', { 'accept-language': 'de' });
      clock.advance(61_000);
      field = undefined;
      await client.get('/?user=alice', { 'accept-language': 'de' });
      field = 'params';
      await client.get('/?x', { 'accept-language': 'en' });
      field = undefined;
      const got = await client.get('/?user=bob', { 'accept-language': 'de' });
      expect(got.text).toBe('page of /?user=bob');
    });
  });
});

describe.each(hosts)('a body along with a GET on $name', (host) => {
  const app: App = async (handled) => {
    let body = '';
    for await (const chunk of handled.req) body += chunk;
    return { headers: { ...TEXT, 'Cache-Control': 'max-age=60' }, body: `page about ${body}` };
  };
  const forms: Record<string, Record<string, string>> = host.http2
    ? { 'a length': { 'content-length': '4' }, 'no length': {} }
    : { 'a length': { 'content-length': '4' }, chunks: { 'transfer-encoding': 'chunked' } };

  it.each(Object.keys(forms))('of %s poisons nothing', async (form) => {
    await attacked(host, app, async ({ client }) => {
      const fat = () => client.send({ headers: forms[form]!, body: 'evil' });
      expect((await fat()).text).toBe('page about evil');
      expect((await client.get('/')).text).toBe('page about ');
      expect((await fat()).text).toBe('page about evil');
    });
  });
});
