import { createReadStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { RequestListener } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { createCompress, createPrecompressed, type PrecompressedOptions } from '@spillway/compress';
import { precompressed as expressPrecompressed } from '@spillway/compress/express';
import { precompressed as koaPrecompressed } from '@spillway/compress/koa';
import type { Hooks, HttpRequest } from '@spillway/core';
import { type App, type Client, type Handled, serve } from '@spillway/core/testing';
import express5 from 'express';
import express4 from 'express4';
import koa3 from 'koa';
import koa2 from 'koa2';
import send from 'send';
import { isFingerprinted } from '../dist/precompress/fingerprint';
import { answeringHead, hosts } from './hosts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

/** A folder of files that each contain their own name, several times over. */
function folderOf(...paths: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-precompressed-'));
  folders.push(folder);
  for (const path of paths) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), contentOf(path));
  }
  return folder;
}

const contentOf = (path: string): string => `${path}\n`.repeat(100);

const HASHED = 'app.3f2a9c1b.js';
const root = folderOf(
  ...['app.js', 'app.js.zst', 'app.js.br', 'app.js.gz'],
  ...['style.css', 'style.css.gz'],
  ...['index.html', 'index.html.br', 'sub/index.html', 'sub/index.html.br'],
  ...['sub/a b.js', 'sub/a b.js.br', 'data', 'data.br'],
  ...[HASHED, `${HASHED}.br`, 'pic.3f2a9c1b.png', 'lone.txt', 'orphan.txt.br'],
);

/** A static server by hand, for any host. */
const sendFrom =
  (folder: string): App =>
  ({ req, res }: Handled) => {
    res.statusCode = 200; // which Koa begins with a 404
    send(req, new URL(req.url!, 'http://test').pathname, { root: folder }).pipe(res);
  };

/** An application that answers by node's own methods. */
const onRaw =
  (use: (res: Handled['res']) => void): App =>
  ({ res }) =>
    use(res);

const BROWSER = 'gzip, deflate, br, zstd';
const IMMUTABLE = 'public, max-age=31536000, immutable';

describe.each(hosts)('on $name', (host) => {
  const withClient = <Result>(run: (client: Client) => Promise<Result>, options?: PrecompressedOptions) =>
    host.serve([createPrecompressed(root, options)], sendFrom(root), run);
  const get = (path: string, accepted: string | undefined, options?: PrecompressedOptions) =>
    withClient(
      (client) => client.get(path, accepted === undefined ? {} : { 'Accept-Encoding': accepted }),
      options,
    );

  it.each([
    [BROWSER, 'br', 'app.js.br'],
    ['gzip, br', 'br', 'app.js.br'],
    ['gzip', 'gzip', 'app.js.gz'],
    ['x-gzip', 'gzip', 'app.js.gz'],
    ['br;q=0.5, gzip', 'gzip', 'app.js.gz'],
    ['*', 'br', 'app.js.br'],
    ['*, br;q=0', 'zstd', 'app.js.zst'],
    ['identity', undefined, 'app.js'],
    ['gzip;q=0.5, identity', undefined, 'app.js'],
    ['deflate', undefined, 'app.js'],
    ['identity;q=0, deflate', undefined, 'app.js'],
    ['', undefined, 'app.js'],
    [undefined, undefined, 'app.js'],
  ])('Accept-Encoding: %s is answered with %s', async (accepted, coding, file) => {
    const { status, text, headers } = await get('/app.js', accepted);
    expect([status, text]).toEqual([200, contentOf(file)]);
    expect(headers['content-encoding']).toBe(coding);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(headers.vary).toBe('Accept-Encoding');
    expect(headers['content-length']).toBe(String(contentOf(file).length));
  });

  it('sends what there is of what is accepted, with the type of the file', async () => {
    const css = await get('/style.css', BROWSER);
    expect([css.text, css.headers['content-encoding']]).toEqual([contentOf('style.css.gz'), 'gzip']);
    expect(css.headers['content-type']).toBe('text/css; charset=utf-8');
    const data = await get('/data', BROWSER);
    expect([data.text, data.headers['content-type']]).toEqual([
      contentOf('data.br'),
      'application/octet-stream',
    ]);
  });

  it('prefers in the order of encodings, and sends no others', async () => {
    const options = { encodings: ['gzip', 'br'] } as const;
    expect((await get('/app.js', BROWSER, options)).headers['content-encoding']).toBe('gzip');
    const refused = await get('/app.js', 'zstd', options);
    expect([refused.text, refused.headers.vary]).toEqual([contentOf('app.js'), 'Accept-Encoding']);
    const none = await get('/app.js', BROWSER, { encodings: [] });
    expect([none.text, none.headers.vary]).toEqual([contentOf('app.js'), undefined]);
  });

  it('leaves files without siblings as they are', async () => {
    for (const path of ['lone.txt', 'orphan.txt.br', 'app.js.br']) {
      const { text, headers } = await get(`/${path}`, BROWSER);
      expect([text, headers.vary, headers['content-encoding']]).toEqual([
        contentOf(path),
        undefined,
        undefined,
      ]);
      expect(headers['cache-control']).toBe('public, max-age=0');
    }
  });

  it('sends the sibling of a folder’s index', async () => {
    for (const [path, file] of [
      ['/', 'index.html.br'],
      ['/sub/?a=b', 'sub/index.html.br'],
    ] as const) {
      const { text, headers } = await get(path, BROWSER);
      expect([text, headers['content-encoding']]).toEqual([contentOf(file), 'br']);
      expect(headers['content-type']).toBe('text/html; charset=utf-8');
    }
    const plain = await get('/', 'gzip');
    expect([plain.text, plain.headers.vary]).toEqual([contentOf('index.html'), 'Accept-Encoding']);
  });

  it('a range is one of the coded bytes', async () => {
    const { status, text, headers } = await withClient((client) =>
      client.get('/app.js', { 'Accept-Encoding': 'br', Range: 'bytes=0-8' }),
    );
    expect([status, text]).toEqual([206, 'app.js.br']);
    expect(headers['content-range']).toBe(`bytes 0-8/${contentOf('app.js.br').length}`);
    expect([headers['content-encoding'], headers['content-type']]).toEqual([
      'br',
      'text/javascript; charset=utf-8',
    ]);
  });

  it('a range that is not there is an error of no coding', async () => {
    const { status, headers } = await withClient((client) =>
      client.get(`/${HASHED}`, { 'Accept-Encoding': 'br', Range: 'bytes=99999-' }),
    );
    expect([status, headers['content-encoding']]).toEqual([416, undefined]);
    expect(headers['cache-control']).not.toBe(IMMUTABLE);
  });

  it('a 304 is that of the sibling, and says nothing of content', async () => {
    await withClient(async (client) => {
      const asked = { 'Accept-Encoding': 'br' };
      const { headers: full } = await client.get(`/${HASHED}`, asked);
      const { status, headers } = await client.get(`/${HASHED}`, { ...asked, 'If-None-Match': full.etag! });
      expect([status, headers.etag]).toEqual([304, full.etag]);
      expect([headers.vary, headers['cache-control']]).toEqual(['Accept-Encoding', IMMUTABLE]);
      expect([headers['content-encoding'], headers['content-type']]).toEqual([undefined, undefined]);
      const other = await client.get(`/${HASHED}`, { 'If-None-Match': full.etag! });
      expect(other.status).toBe(200);
    });
  });

  it('a 304 by hand says nothing of content either', async () => {
    const app = onRaw((res) => {
      res.statusCode = 304;
      res.setHeader('Content-Type', 'application/gzip');
      res.end();
    });
    const { status, headers } = await host.serve([createPrecompressed(root)], app, (client) =>
      client.get('/app.js', { 'Accept-Encoding': 'gzip' }),
    );
    expect([status, headers['content-encoding'], headers['content-type']]).toEqual([
      304,
      undefined,
      undefined,
    ]);
  });

  it.each([
    [HASHED, BROWSER, 'Accept-Encoding'],
    [HASHED, 'identity', 'Accept-Encoding'],
    [HASHED, 'identity;q=0, deflate', 'Accept-Encoding'],
    ['pic.3f2a9c1b.png', BROWSER, undefined],
  ])('a fingerprinted name is immutable: %s in %s', async (path, accepted, vary) => {
    const { headers } = await get(`/${path}`, accepted);
    expect([headers['cache-control'], headers.vary]).toEqual([IMMUTABLE, vary]);
  });

  it('other names keep what the static server says', async () => {
    expect((await get('/app.js', BROWSER)).headers['cache-control']).toBe('public, max-age=0');
  });

  it('only what was sent is called coded, or kept for good', async () => {
    for (const status of [301, 403, 404, 412, 500, 503]) {
      const app = () => ({ status, headers: { 'Content-Type': 'text/plain', Location: '/' }, body: 'other' });
      const got = await host.serve([createPrecompressed(root)], app, (client) =>
        client.get(`/${HASHED}`, { 'Accept-Encoding': 'br' }),
      );
      expect([got.status, got.text]).toEqual([status, 'other']);
      expect([got.headers['content-encoding'], got.headers['cache-control']]).toEqual([undefined, undefined]);
      expect(got.headers['content-type']).toMatch('text/plain');
    }
  });

  it('an application error is not called coded', async () => {
    const app = () => {
      throw new Error('bug');
    };
    const { status, headers } = await host.serve([createPrecompressed(root)], app, (client) =>
      client.get(`/${HASHED}`, { 'Accept-Encoding': 'br' }),
    );
    expect([status, headers['content-encoding'], headers['cache-control']]).toEqual([
      500,
      undefined,
      undefined,
    ]);
  });

  it('each part of several ranges keeps the type that it says', async () => {
    const type = 'multipart/byteranges; boundary=x';
    const app = () => ({ status: 206, headers: { 'Content-Type': type }, body: Buffer.from('--x--') });
    const { headers } = await host.serve([createPrecompressed(root)], app, (client) =>
      client.get('/app.js', { 'Accept-Encoding': 'br' }),
    );
    expect([headers['content-type'], headers['content-encoding']]).toEqual([type, 'br']);
  });

  it('Vary is added to what others have said', async () => {
    const other = () => ({ headers: { Vary: 'Origin' } });
    const { headers } = await host.serve([other, createPrecompressed(root)], sendFrom(root), (client) =>
      client.get('/app.js', { 'Accept-Encoding': 'br' }),
    );
    expect(headers.vary).toBe('Origin, Accept-Encoding');
  });

  it.each(['outside', 'inside'])('compress %s of it codes only what has no sibling', async (where) => {
    const both = [createCompress({ threshold: 0 }), createPrecompressed(root)];
    const items = where === 'outside' ? both : both.reverse();
    await host.serve(items, sendFrom(root), async (client) => {
      const coded = await client.get('/app.js', { 'Accept-Encoding': 'gzip' });
      expect([coded.text, coded.headers['content-encoding']]).toEqual([contentOf('app.js.gz'), 'gzip']);
      expect(coded.headers.vary).toBe('Accept-Encoding');
      const lone = await client.get('/lone.txt', { 'Accept-Encoding': 'gzip' });
      expect(lone.headers['content-encoding']).toBe('gzip');
    });
  });
});

describe.each(answeringHead)('HEAD on $name', (host) => {
  it('has the fields of the sibling', async () => {
    const { status, text, headers } = await host.serve(
      [createPrecompressed(root)],
      sendFrom(root),
      (client) => client.send({ method: 'HEAD', path: '/app.js', headers: { 'Accept-Encoding': 'br' } }),
    );
    expect([status, text, headers['content-encoding']]).toEqual([200, '', 'br']);
    expect(headers['content-length']).toBe(String(contentOf('app.js.br').length));
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
  });
});

describe.each([
  ['Express 5', express5],
  ['Express 4', express4],
])('before express.static on %s', (_name, express) => {
  const mounted = (folder: string) => {
    const app = (express as typeof express5)();
    app.use('/assets', expressPrecompressed(folder), (express as typeof express5).static(folder));
    app.use((_req, res) => void res.type('html').send('the page of an application'));
    return app as unknown as RequestListener;
  };
  const get = (path: string, accepted = 'br', folder = root) =>
    serve(mounted(folder), (client) => client.get(path, { 'Accept-Encoding': accepted }));

  it('works below the path of its mount', async () => {
    const { text, headers } = await get('/assets/app.js?v=1', BROWSER);
    expect([text, headers['content-encoding']]).toEqual([contentOf('app.js.br'), 'br']);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    const index = await get('/assets/sub/');
    expect([index.text, index.headers['content-encoding']]).toEqual([contentOf('sub/index.html.br'), 'br']);
  });

  it('the folder without its slash is still sent on to the one with it', async () => {
    for (const path of ['/assets', '/assets?a=/', '/assets/sub']) {
      const { status, headers } = await get(path);
      expect([status, headers['content-encoding']]).toEqual([301, undefined]);
      expect(headers.location).toBe(path.replace(/^([^?]*)/, '$1/'));
    }
  });

  it('what is gone is not asked for, nor is what comes in its place kept or called coded', async () => {
    const folder = folderOf('app.js', 'app.js.br', HASHED, `${HASHED}.br`, 'pic.3f2a9c1b.png');
    await serve(mounted(folder), async (client) => {
      const ask = (path: string) => client.get(`/assets/${path}`, { 'Accept-Encoding': 'br' });
      expect((await ask('app.js')).text).toBe(contentOf('app.js.br'));
      for (const path of ['app.js.br', HASHED, `${HASHED}.br`, 'pic.3f2a9c1b.png'])
        rmSync(join(folder, path));
      const plain = await ask('app.js');
      expect([plain.text, plain.headers['content-encoding']]).toEqual([contentOf('app.js'), undefined]);
      expect(plain.headers.vary).toBe('Accept-Encoding');
      for (const accepted of ['br', 'identity']) {
        const page = await client.get(`/assets/${HASHED}`, { 'Accept-Encoding': accepted });
        expect(page.text).toBe('the page of an application');
        expect(page.headers['content-encoding']).toBeUndefined();
        expect(page.headers['cache-control']).toBeUndefined();
      }
      const picture = await ask('pic.3f2a9c1b.png');
      expect([picture.headers['cache-control'], picture.headers.vary]).toEqual([undefined, undefined]);
    });
  });
});

describe.each([
  ['Koa 3', koa3],
  ['Koa 2', koa2],
])('before a static server by hand on %s', (_name, Koa) => {
  const listener = (options: PrecompressedOptions) => {
    const app = new (Koa as typeof koa3)();
    app.use(koaPrecompressed(root, options));
    app.use((ctx) => {
      ctx.body = createReadStream(join(root, ctx.path.replace(/^\/assets/, '')));
      ctx.type = extname(ctx.path) || 'bin';
    });
    return app.callback();
  };
  const get = (path: string, options: PrecompressedOptions) =>
    serve(listener(options), (client) => client.get(path, { 'Accept-Encoding': 'gzip' }));

  it('takes the prefix off', async () => {
    const { text, headers } = await get('/assets/app.js?v=1', { prefix: '/assets' });
    expect([text, headers['content-encoding']]).toEqual([contentOf('app.js.gz'), 'gzip']);
    expect(headers['content-type']).toBe('text/javascript; charset=utf-8');
    for (const path of ['/app.js', '/assets/app.js']) {
      const other = await get(path, { prefix: path === '/app.js' ? '/assets' : '' });
      expect([other.text, other.headers.vary]).toEqual([contentOf('app.js'), undefined]);
    }
  });
});

/** The filter as a plain function: the outcome, and the url that it leaves to the static server. */
function ask(url: string, options: PrecompressedOptions = {}, request: Partial<HttpRequest> = {}) {
  const req = { url };
  const asked = { method: 'GET', originalUrl: url, headers: { 'accept-encoding': 'br' }, ...request };
  const filter = createPrecompressed<never>(root, options);
  return { outcome: filter(asked as HttpRequest, req as never) as Hooks | undefined, url: req.url };
}

describe('the path', () => {
  it.each([
    ['/app.js', '/app.js.br'],
    ['/app.js?a=b', '/app.js.br?a=b'],
    ['/app.js?', '/app.js.br?'],
    ['/app.js?x=?/..%', '/app.js.br?x=?/..%'],
    ['/sub/a%20b.js', '/sub/a%20b.js.br'],
    ['/%61pp%2Ejs', '/%61pp%2Ejs.br'],
    ['/', '/index.html.br'],
    ['/sub/?a=/', '/sub/index.html.br?a=/'],
  ])('%s becomes %s', (url, sibling) => {
    expect(ask(url).url).toBe(sibling);
  });

  it.each([
    ...['/../app.js', '/sub/../app.js', '/%2e%2e/app.js', '/./app.js', '//app.js', '/sub//index.html'],
    ...['/app.js%00', '/app.js\0', '/%', '/app.js%', '/app.js%zz', '/app%252ejs', '/%c0%ae/app.js'],
    ...['/sub\\index.html', '/sub%5cindex.html', '/app.js/', '/APP.JS', 'app.js', '', '*', '/app.js#x'],
    ...['http://test/app.js', '/sub', '/__proto__', '/constructor', '/sub//', '/app.js;x=1', '/sub/a+b.js'],
  ])('%j is left to the static server', (url) => {
    expect(ask(url)).toEqual({ outcome: undefined, url });
  });

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH'])('%s is none to be answered by a file', (method) => {
    expect(ask('/app.js', {}, { method })).toEqual({ outcome: undefined, url: '/app.js' });
  });

  it('of a folder names its index, another one, or none', () => {
    expect(ask('/sub/', { index: 'a b.js' }).url).toBe('/sub/a%20b.js.br');
    expect(ask('/', { index: false })).toEqual({ outcome: undefined, url: '/' });
    expect(ask('/', {}, { originalUrl: '/assets' })).toEqual({ outcome: undefined, url: '/' });
    expect(ask('/', {}, { originalUrl: '/assets/?a' }).url).toBe('/index.html.br');
    expect(ask('/app.js', {}, { originalUrl: '/rewritten/' }).url).toBe('/app.js.br');
  });

  it('keeps its prefix, and is of no file without it', () => {
    const prefix = '/a/b';
    expect(ask('/a/b/app.js?c', { prefix }).url).toBe('/a/b/app.js.br?c');
    expect(ask('/a/b/', { prefix }).url).toBe('/a/b/index.html.br');
    for (const url of ['/a/bapp.js', '/a/b', '/app.js', '/a/c/app.js', '/a/b//app.js'])
      expect(ask(url, { prefix })).toEqual({ outcome: undefined, url });
  });
});

describe('a fingerprinted name', () => {
  it.each([
    ...['app.3f2a9c1b.js', 'app-BxY3k9_d.js', 'main-5JBPCNHM.js', '1f0c2a3b4d5e6f708192.png'],
    ...['main.073c9b0a.chunk.js', 'app.3f2a9c1b.js.map', 'lib-3f2a9c1b.d.ts.map', 'index-D1wRgTda.css'],
    ...['application-0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f9.css'],
  ])('is %s', (name) => {
    expect(isFingerprinted(`/js/${name}`)).toBe(true);
  });

  it.each([
    ...['app-navigation.js', 'app.js', 'jquery-3.7.1.min.js', 'deadbeef.js', 'app.deadbeef.js', 'LICENSE'],
    ...['report-20240131.pdf', 'report-20240131a.pdf', 'menu-cafe2024.pdf', 'logo-1920x1080.png'],
    ...['case-iPhone15Pro.jpg', 'trip-IMG_2034.jpg', 'trip-DSC01234.jpg', 'guide-version2.html'],
    ...['guide-Version2.html', 'guide-VERSION2.html', 'page-1_of_2_or_3.html', 'app.3f2a9c1b', '3f2a9c1.js'],
    ...['app-MyComponent.js', 'app_v2_b1.js', 'icons-Retina2x.png', '3f2a9c1b-notes.txt'],
    ...['app-aBcDeFgH.js', 'grid-x1y2z3w4.js', 'aB1cD2eF.js', 'app_BxY3k9_d.js', 'app-AB12CD34.js'],
  ])('is not %s', (name) => {
    expect(isFingerprinted(`/3f2a9c1b/${name}`)).toBe(false);
  });

  /** Which of the files in the folder are kept for good. */
  const kept = (folder: string, paths: readonly string[], immutable: PrecompressedOptions['immutable']) => {
    const filter = createPrecompressed<object>(folder, { immutable });
    return paths.filter((path) => {
      const request = { method: 'GET', originalUrl: path, headers: {} } as HttpRequest;
      return filter(request, { url: path }) !== undefined;
    });
  };

  it('is what the option says it is', () => {
    const paths = Array.from({ length: 9 }, (_, i) => [`/new/${i}.js`, `/old/${i}.3f2a9c1b.js`]).flat();
    const folder = folderOf(...paths.map((path) => path.slice(1)));
    const [fresh, hashed] = ['/new/', '/old/'].map((part) => paths.filter((path) => path.startsWith(part)));
    expect(kept(folder, paths, undefined)).toEqual(hashed);
    expect(kept(folder, paths, false)).toEqual([]);
    for (const immutable of [/^\/new\//, /new/g, (path: string) => path.startsWith('/new/')])
      expect(kept(folder, paths, immutable)).toEqual(fresh);
  });
});

describe('a wrong option', () => {
  const make = (folder: unknown, options?: object) => () => createPrecompressed(folder as string, options);

  it.each([
    ['missing', join(root, 'missing')],
    ['a file', join(root, 'app.js')],
    ['nothing', undefined],
    ['empty', ''],
  ])('a root that is %s', (_what, folder) => {
    expect(make(folder)).toThrow('precompressed: root must be a folder that is there, got ');
  });

  it('a missing root is named', () => {
    expect(make('no/such/folder')).toThrow("got 'no/such/folder'");
  });

  it.each([
    [{ encodings: 'br' }, 'encodings must be an array'],
    [
      { encodings: ['deflate'] },
      "encodings must hold only members of which each must be one of 'br', 'zstd', 'gzip'",
    ],
    [{ prefix: 'assets' }, "prefix must be a path such as '/assets'"],
    [{ prefix: '/assets/' }, "prefix must be a path such as '/assets'"],
    [{ prefix: '/' }, "prefix must be a path such as '/assets'"],
    [{ prefix: /x/ }, "prefix must be a path such as '/assets'"],
    [{ index: 'a/b' }, 'index must be the name of a file or one of false'],
    [{ index: '' }, 'index must be the name of a file or one of false'],
    [{ immutable: true }, 'immutable must be a regular expression or a function or one of false'],
    [{ root: 'x' }, 'root is not an option'],
  ])('%j', (options, message) => {
    expect(make(root, options)).toThrow(`precompressed: ${message}`);
  });
});
