import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type ClientRequest, createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, findServer, missingServer } from '@spillway/core/testing';
import fc from 'fast-check';
import type { EdgeCache, EdgeError } from '../dist/edge';
import { httpEdge } from '../dist/http-edge';
import { surrogateFields, tagOf } from '../dist/surrogate';
import { failureOf } from './edge-failure';
import { startVarnish, VARNISH, type Varnish } from './varnish';

const varnishd = findServer(VARNISH);
if (!varnishd) console.warn(`No test of purges with a real Varnish (7): ${missingServer(VARNISH)}.`);
const describeVarnish = varnishd ? describe : describe.skip;

/** What the application says of its paths. */
const fieldsOf = new Map<string, Readonly<Record<string, string>>>();

const origin = createServer(({ url }, res) => {
  res.writeHead(200, { 'Cache-Control': 'max-age=1000', ...fieldsOf.get(url!) }).end('x');
});

interface Visit {
  readonly path: string;
  readonly host?: string;
}

/** Whether Varnish had it: then it names the request that had fetched it, too. */
async function visit(port: number, { path, host = 'test' }: Visit): Promise<'hit' | 'miss'> {
  const { status, headers } = await new Client(port, false).get(path, { Host: host });
  expect(status).toBe(200);
  return String(headers['x-varnish']).includes(' ') ? 'hit' : 'miss';
}

/** A path of a response that has these tags. */
function tagged(...tags: string[]): Visit {
  const path = `/${fieldsOf.size}`;
  fieldsOf.set(path, surrogateFields(tags));
  return { path };
}

describeVarnish('a real Varnish', () => {
  let varnish: Varnish;
  let edge: EdgeCache;

  beforeAll(async () => {
    await once(origin.listen(0, '127.0.0.1'), 'listening');
    varnish = await startVarnish(varnishd!, (origin.address() as AddressInfo).port);
    edge = httpEdge({ url: `http://127.0.0.1:${varnish.port}`, host: 'test' });
  }, 20_000);

  afterAll(async () => {
    await varnish?.stop();
    origin.closeAllConnections();
    await new Promise((closed) => origin.close(closed));
  });

  const go = (asked: Visit) => visit(varnish.port, asked);

  /** Something kept with each of the tags, of which the first is purged: what is hit and missed then. */
  async function afterPurgeOfFirst(...tags: string[]) {
    const kept = tags.map((tag) => tagged(tag));
    await Promise.all(kept.map(go));
    expect(await Promise.all(kept.map(go))).toEqual(tags.map(() => 'hit'));
    await edge.purge({ tags: tags.slice(0, 1) });
    return Promise.all(kept.map(go));
  }

  it('has to ask again for what has a purged tag, and keeps what has another', async () => {
    const both = tagged('product:1', 'product:2');
    const other = tagged('product:2');
    const none = tagged();
    for (const each of [both, other, none]) expect(await go(each)).toBe('miss');
    await edge.purge({ tags: ['product:1'] });
    expect([await go(both), await go(both), await go(other), await go(none)]).toEqual([
      'miss',
      'hit',
      'hit',
      'hit',
    ]);
  });

  it.each([
    ['a', 'ab', 'ba', 'A', 'a.b', 'a:b', 'a-b', 'a b', 'a,b', 'b a', 'á'],
    ['a.b', 'axb', 'a', 'b', 'a..b'],
    ['.', 'a', '..'],
    ['.*', 'a', '.', '*'],
    ['*', 'a', '**'],
    ['a|b', 'a', 'b'],
    ['[ab]', 'a', 'b'],
    ['(a)', 'a'],
    ['a?', 'a', ''.padEnd(1, 'b')],
    ['^', 'a', '$'],
    ['a b', 'a', 'b', 'a%20b'],
    ['a,b', 'a', 'b'],
    ['50%', '50', '50%25'],
    ['\\', 'a', '\\\\'],
    ['"', 'a', '""'],
    ['a" || obj.status != 0 || obj.http.x ~ "', 'a', 'b'],
    ['x && obj.status != 0', 'a', 'x'],
    ['x)|(.', 'a', 'x'],
    ['x\r\nSurrogate-Key: *', 'a', 'x'],
    ['\0', 'a', '\0\0'],
    ['😀', '😁', 'a'],
    ['\ud83d', 'a', '\ud83da'],
    ['é'.repeat(1000), 'é'.repeat(1001), 'é'],
  ])('removes by the tag %j nothing else', async (...tags) => {
    expect(await afterPurgeOfFirst(...tags)).toEqual(tags.map((_tag, i) => (i === 0 ? 'miss' : 'hit')));
  });

  it('removes by any tag what has it and nothing else', async () => {
    const anyText = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    const differing = fc.uniqueArray(anyText, { minLength: 5, maxLength: 5, selector: tagOf });
    await fc.assert(
      fc.asyncProperty(differing, async (tags) => {
        expect(await afterPurgeOfFirst(...tags)).toEqual(['miss', 'hit', 'hit', 'hit', 'hit']);
      }),
      { numRuns: 15 },
    );
  }, 20_000);

  it('removes by many tags at once, from the longest fields', async () => {
    const named = (count: number, name: string) =>
      Array.from({ length: count }, (_, i) => `a.category.of.products:${name}:${i}`);
    const tags = named(250, 'kept');
    const fullField = tagged(...tags);
    expect(String(surrogateFields(tags)['Surrogate-Key']).length).toBeGreaterThan(7_500);
    const last = tagged('last');
    const other = tagged('other');
    for (const each of [fullField, last, other]) await go(each);
    expect([await go(fullField), await go(last), await go(other)]).toEqual(['hit', 'hit', 'hit']);
    await edge.purge({ tags: [...named(1_000, 'gone'), tags.at(-1)!, ...named(1_000, 'lost'), 'last'] });
    expect([await go(fullField), await go(last), await go(other)]).toEqual(['miss', 'miss', 'hit']);
  });

  it('takes a response with as many tags as fit, and doesn’t keep one with more', async () => {
    const numbered = (count: number) =>
      tagged(...Array.from({ length: count }, (_, i) => `${1_000_000 + i}`));
    const most = numbered(1_000);
    const more = numbered(1_001);
    expect([await go(most), await go(most)]).toEqual(['miss', 'hit']);
    expect([await go(more), await go(more)]).toEqual(['miss', 'miss']);
  });

  it('reads the tags of an application beside ours', async () => {
    const both = tagged();
    fieldsOf.set(both.path, { 'Surrogate-Key': 'theirs more,ours' });
    for (const tag of ['theirs', 'more', 'ours']) {
      await go(both);
      expect(await go(both)).toBe('hit');
      await edge.purge({ tags: [tag] });
      expect(await go(both)).toBe('miss');
    }
  });

  it('tells visitors no tags', async () => {
    const { headers } = await new Client(varnish.port, false).get(tagged('a').path);
    expect(headers).not.toHaveProperty('surrogate-key');
    expect(headers).not.toHaveProperty('cache-tag');
  });

  describe('removes by URL', () => {
    it.each([
      ['/p?a=1&b=2', '/p?a=1&b=2', ['/p', '/p?a=1', '/p?a=1&b=3', '/p?b=2&a=1']],
      ['/p/../q//r/.', '/p/../q//r/.', ['/q/r', '/q//r/', '/p']],
      ['//twice', '//twice', ['/twice']],
      ['/p#part', '/p', ['/q']],
      ['/é ü"{}|', '/%C3%A9%20%C3%BC"{}|', ['/e']],
      ['/%C3%A9', '/%C3%A9', ['/%c3%a9']],
      ['http://test/whole?a', '/whole?a', ['/whole']],
      ['HTTPS://TEST:443/loud', '/loud', ['/LOUD']],
      ['http://test', '/', ['/index']],
      ['http://test?a', '/?a', ['/']],
    ])('%j only what %j was asked for', async (url, asked, others) => {
      for (const path of [asked, ...others]) {
        await go({ path });
        expect(await go({ path })).toBe('hit');
      }
      await edge.purge({ urls: [url] });
      expect(await go({ path: asked })).toBe('miss');
      for (const path of others) expect(await go({ path })).toBe('hit');
    });

    it('on the host of clients, and on another where the URL says so', async () => {
      const { path } = tagged();
      const hosts = ['test', 'other', 'other:8080', `127.0.0.1:${varnish.port}`];
      const found = () => Promise.all(hosts.map((host) => go({ path, host })));
      await found();
      expect(await found()).toEqual(['hit', 'hit', 'hit', 'hit']);
      await edge.purge({ urls: [path] });
      expect(await found()).toEqual(['miss', 'hit', 'hit', 'hit']);
      await edge.purge({ urls: [`https://Other:8080${path}`] });
      expect(await found()).toEqual(['hit', 'hit', 'miss', 'hit']);
      await httpEdge({ url: new URL(`http://127.0.0.1:${varnish.port}`) }).purge({ urls: [path] });
      expect(await found()).toEqual(['hit', 'hit', 'hit', 'miss']);
    });
  });

  it.each([
    ['/under/a', ['/under/a', '/under/a/b', '/under/ab?c'], ['/under', '/under/b', '/x/under/a']],
    ['/under/a.b?', ['/under/a.b?c'], ['/under/a.b', '/under/axb?c', '/under/a.bc']],
    ['/under/(a|b)+"[x]^$.*', ['/under/(a|b)+"[x]^$.*c'], ['/under/a', '/under/(a|b)+"[x]^$.c']],
    ['/under/é', ['/under/%C3%A9/a'], ['/under/e/a']],
    ['http://TEST/whole/', ['/whole/a'], ['/whole', '/under/a']],
  ])('removes by the prefix %j what begins with it, on its host', async (prefix, inside, outside) => {
    const visits = [...inside, ...outside].map((path) => ({ path }));
    const elsewhere = inside.map((path) => ({ path, host: 'other' }));
    const found = () => Promise.all([...visits, ...elsewhere].map(go));
    await found();
    expect(await found()).toEqual([...visits, ...elsewhere].map(() => 'hit'));
    await edge.purge({ prefixes: [prefix] });
    expect(await found()).toEqual([
      ...inside.map(() => 'miss'),
      ...[...outside, ...elsewhere].map(() => 'hit'),
    ]);
  });

  it('removes by a prefix on another host where the prefix says so', async () => {
    const { path } = tagged();
    const found = () => Promise.all(['test', 'other'].map((host) => go({ path, host })));
    await found();
    await edge.purge({ prefixes: [`http://other${path}`] });
    expect(await found()).toEqual(['hit', 'miss']);
  });

  it('removes everything', async () => {
    const kept = [tagged('a'), tagged(), { ...tagged(), host: 'other' }];
    for (const each of kept) await go(each);
    expect(await Promise.all(kept.map(go))).toEqual(['hit', 'hit', 'hit']);
    await edge.purge({ all: true, tags: ['b'] });
    expect(await Promise.all(kept.map(go))).toEqual(['miss', 'miss', 'miss']);
  });

  it('removes nothing where nothing is named', async () => {
    const kept = tagged('a');
    await go(kept);
    await edge.purge({});
    await edge.purge({ tags: [], urls: [], prefixes: [], all: false });
    expect(await go(kept)).toBe('hit');
  });

  /** Sends what `httpEdge` would not. */
  async function statusOf(headers: Record<string, string>, localAddress = '127.0.0.1') {
    const request = httpRequest({
      port: varnish.port,
      host: '127.0.0.1',
      localAddress,
      method: 'BAN',
      headers,
      agent: false,
    });
    const [response] = (await once(request.end(), 'response')) as [IncomingMessage];
    response.resume();
    return response.statusCode;
  }

  it.each([
    {},
    { 'Surrogate-Key': '' },
    { 'Surrogate-Key': 'a|b' },
    { 'Surrogate-Key': '.*' },
    { 'Surrogate-Key': 'a)' },
    { 'Surrogate-Key': 'a "b' },
    { 'Surrogate-Key': 'a && obj.status != 0' },
    { 'Url-Prefix': '', Host: 'test' },
    { 'Url-Prefix': '/ && obj.status != 0', Host: 'test' },
    { 'Url-Prefix': '/\\E', Host: 'test' },
    { 'Url-Prefix': '.', Host: 'test' },
    { 'Url-Prefix': '/', Host: 'a && obj.status != 0' },
  ])('refuses %j as a ban', async (headers) => {
    const kept = tagged('a');
    await go(kept);
    expect(await statusOf(headers as Record<string, string>)).toBe(400);
    expect(await go(kept)).toBe('hit');
  });

  it('refuses whoever may not purge', async () => {
    const kept = tagged('a');
    await go(kept);
    expect(await statusOf({ 'Surrogate-Key': '*' }, '127.0.0.2')).toBe(403);
    expect(await go(kept)).toBe('hit');
    expect(await statusOf({ 'Surrogate-Key': '*' })).toBe(200);
    expect(await go(kept)).toBe('miss');
  });

  describe('that fails', () => {
    let failing: Varnish;
    beforeEach(async () => {
      failing = await startVarnish(varnishd!, (origin.address() as AddressInfo).port);
    }, 20_000);
    afterEach(() => failing.stop());

    it('by being killed in the middle, is told with what remains', async () => {
      const urls = Array.from({ length: 2_000 }, (_, i) => `/${i}`);
      const toEdge = httpEdge({ url: `http://127.0.0.1:${failing.port}`, retries: 1, retryDelayMs: 1 });
      const kill = (message: unknown) => {
        if ((message as { request: ClientRequest }).request.method !== 'PURGE') return;
        unsubscribe('http.client.response.finish', kill);
        failing.kill();
      };
      subscribe('http.client.response.finish', kill);
      const error = await failureOf(toEdge.purge({ urls }));
      expect(error).toMatchObject({ code: 'ERR_EDGE', status: undefined });
      const { length } = error.undone.urls!;
      expect([length > 0, length < 2_000]).toEqual([true, true]);
    });

    it('by answering no more, is told within the time limits', async () => {
      const toEdge = httpEdge({
        url: `http://127.0.0.1:${failing.port}`,
        timeoutMs: 40,
        retries: 1,
        retryDelayMs: 1,
      });
      failing.freeze();
      // A signal takes a moment; what is answered meanwhile is done.
      let error: EdgeError | undefined;
      while (!error) error = await toEdge.purge({ tags: ['a'] }).catch((reason) => reason);
      expect(error.message).toBe(`http://127.0.0.1:${failing.port}: BAN /: took longer than 40 ms`);
      expect(error.undone.tags).toEqual(['a']);
    });
  });
});
