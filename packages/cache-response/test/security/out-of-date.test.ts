import type { App } from '@spillway/core/testing';
import { hosts } from '../hosts';
import { isHit, type Served, TEXT } from '../support';
import { attacked, hostField, showing, textOf } from './support';

describe.each(hosts)('what is out of date on $name', (host) => {
  const send = (served: Served, method: string, path: string, name = 'a.test') =>
    served.client.send({ method, path, headers: hostField(host, name), body: 'x' }).catch(() => undefined);
  const isKept = async ({ client }: Served, path: string, name = 'a.test') =>
    isHit(await client.get(path, { ...hostField(host, name), 'cache-control': 'only-if-cached' }));

  it.each(['/a', '/b/../a', '/%2e/a', '/a"b', '/a|b', '/a{b}', '//evil.test/a', '/a?b=%22', '/a?b="'])(
    'is %j where its own answer to POST says so',
    async (path) => {
      await attacked(host, showing(), async (served) => {
        const text = await textOf(served.client, { path, headers: hostField(host, 'a.test') });
        if (text === undefined) return;
        expect(await isKept(served, path)).toBe(true);
        await send(served, 'POST', path);
        expect(await isKept(served, path)).toBe(false);
      });
    },
  );

  it.each(['a.test', 'A.test', 'a.test:80', 'a.test:8080', 'a_b.test', 'a.test.'])(
    'is what a POST to its own host %j changes',
    async (name) => {
      await attacked(host, showing(), async (served) => {
        await served.client.get('/a', hostField(host, name));
        expect(await isKept(served, '/a', name)).toBe(true);
        await send(served, 'POST', '/a', name);
        expect(await isKept(served, '/a', name)).toBe(false);
      });
    },
  );

  it.each(['Location', 'Content-Location'])('is nothing of another host by %s', async (field) => {
    const app: App = (handled) =>
      handled.req.method === 'GET'
        ? showing()(handled)
        : { status: 201, headers: { ...TEXT, [field]: 'http://victim.test/a' }, body: 'made' };
    await attacked(host, app, async (served) => {
      for (const name of ['victim.test', 'evil.test']) await served.client.get('/a', hostField(host, name));
      await send(served, 'POST', '/b', 'evil.test');
      expect(await isKept(served, '/a', 'victim.test')).toBe(true);
      expect(await isKept(served, '/a', 'evil.test')).toBe(true);
    });
  });

  it.each([
    ['PURGE', 405],
    ['DELETE', 403],
    ['POST', 500],
    ['BAN', 404],
    ['REFRESH', 400],
  ])('is nothing by a %s that the application refuses', async (method, status) => {
    const app: App = (handled) =>
      handled.req.method === 'GET' ? showing()(handled) : { status, headers: TEXT, body: 'no' };
    await attacked(host, app, async (served) => {
      await served.client.get('/a', hostField(host, 'a.test'));
      const headers = {
        ...hostField(host, 'a.test'),
        'surrogate-key': '*',
        'cache-tag': '*',
        'x-purge': '1',
      };
      await served.client.send({ method, path: '/a', headers }).catch(() => undefined);
      expect(await isKept(served, '/a')).toBe(true);
    });
  });
});
