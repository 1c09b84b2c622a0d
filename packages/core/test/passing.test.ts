import type { ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import type { Hooks } from '@spillway/core';
import { hosts } from './hosts';
import { looking, onRaw, type Raw } from './support';

describe.each(hosts)('what an application sends by itself on $name', (host) => {
  const send = async (use: Raw, filters: (() => Hooks)[] = [looking]) =>
    host.serve(filters, onRaw(use), (client) => client.get());

  it.each<[string, Raw]>([
    [
      'write before end',
      (res) => {
        res.write('a');
        res.write('b');
        res.end('c');
      },
    ],
    [
      'a string in another encoding',
      (res) => {
        res.write('YQ==', 'base64');
        res.end('6263', 'hex');
      },
    ],
    [
      'bytes in a typed array',
      (res) => {
        res.write(new Uint8Array([97]));
        res.end(new Uint8Array([98, 99]));
      },
    ],
    ['all at the end', (res) => res.end('abc')],
    [
      'an end after writes only',
      (res) => {
        res.write('abc');
        res.end();
      },
    ],
  ])('arrives: %s', async (_how, use) => {
    expect((await send(use)).text).toBe('abc');
    expect((await send(use, [() => ({ onHead: () => ({ replace: 'xyz' }) })])).text).toBe('xyz');
  });

  it.each<[string, (res: ServerResponse, done: () => void) => void]>([
    ['end(done)', (res, done) => res.end(done)],
    ['end(chunk, done)', (res, done) => res.end('x', done)],
    ['end(chunk, encoding, done)', (res, done) => res.end('x', 'utf8', done)],
    [
      'write(chunk, done)',
      (res, done) => {
        res.write('x', done);
        res.end();
      },
    ],
    [
      'write(chunk, encoding, done)',
      (res, done) => {
        res.write('x', 'utf8', done);
        res.end();
      },
    ],
  ])('is called back by %s, whatever becomes of the body', async (_form, use) => {
    const actions: (() => Hooks)[] = [
      looking,
      () => ({ onHead: () => ({ replace: 'r' }) }),
      () => ({ onHead: async () => undefined }),
      () => ({ onHead: async () => ({ replace: 'r' }) }),
      () => ({ onHead: () => ({ through: new PassThrough() }) }),
    ];
    for (const action of actions) {
      const called = await new Promise((resolve, reject) => {
        send((res) => use(res, () => resolve('called')), [action]).catch(reject);
      });
      expect(called).toBe('called');
    }
  });

  it('calls back after the whole response has left, through a stage too', async () => {
    let finished: boolean | undefined;
    const got = send(
      (res) =>
        res.end('x'.repeat(100_000), () => {
          finished = res.writableFinished;
        }),
      [() => ({ onHead: () => ({ through: new PassThrough() }) })],
    );
    await got;
    expect(finished).toBe(true);
  });

  const cookies = ['a=1', 'b=2'];
  it.each<[string, Raw]>([
    ['an object', (res) => res.writeHead(201, { 'Set-Cookie': cookies, 'X-A': '1' }).end('x')],
    [
      'a flat array',
      (res) => res.writeHead(201, ['Set-Cookie', 'a=1', 'Set-Cookie', 'b=2', 'X-A', '1']).end('x'),
    ],
    [
      'pairs',
      (res) =>
        res
          .writeHead(201, [
            ['Set-Cookie', 'a=1'],
            ['Set-Cookie', 'b=2'],
            ['X-A', '1'],
          ] as never)
          .end('x'),
    ],
    [
      'an object after no reason',
      (res) => res.writeHead(201, undefined as never, { 'Set-Cookie': cookies, 'X-A': '1' }).end('x'),
    ],
  ])('keeps the fields of writeHead given as %s, in place of earlier ones', async (_form, use) => {
    const { status, headers } = await send((res) => {
      res.setHeader('Set-Cookie', 'old=0');
      use(res);
    });
    expect([status, headers['set-cookie'], headers['x-a']]).toEqual([201, cookies, '1']);
  });

  it('shows the fields of writeHead to hooks', async () => {
    let seen: unknown[] = [];
    const look = (): Hooks => ({
      onHead(head) {
        seen = [head.statusCode, head.getHeader('X-A'), head.getHeader('x-b')];
        return undefined;
      },
    });
    await send((res) => res.writeHead(202, ['X-A', '1', 'X-B', '2']).end(), [look]);
    expect(seen).toEqual([202, '1', '2']);
  });

  it('leaves at once by flushHeaders', async () => {
    let finish!: () => void;
    await host.serve(
      [looking],
      onRaw((res) => {
        res.setHeader('X-A', '1');
        res.flushHeaders();
        finish = () => res.end('body');
      }),
      async (client) => {
        const { status, headers, stream } = await client.open({}).response;
        expect([status, headers['x-a']]).toEqual([200, '1']);
        finish();
        let body = '';
        for await (const chunk of stream) body += chunk;
        expect(body).toBe('body');
      },
    );
  });

  it('leaves by flushHeaders once a held head is released', async () => {
    await host.serve(
      [() => ({ onHead: async () => undefined })],
      onRaw((res) => res.flushHeaders()),
      async (client) => {
        expect((await client.open({}).response).status).toBe(200);
      },
    );
  });

  it.each([204, 304])('has no body with status %d, whatever hooks say', async (status) => {
    for (const onHead of [
      () => undefined,
      () => ({ replace: 'body' }),
      () => ({ answer: { status, body: 'body' } }),
      () => ({ through: new PassThrough().end('made up') as never }),
    ] as NonNullable<Hooks['onHead']>[]) {
      const got = await host.serve(
        [() => ({ onHead })],
        () => ({ status }),
        (client) => client.get(),
      );
      expect([got.status, got.text, got.headers['content-length']]).toEqual([status, '', undefined]);
    }
  });

  it('keeps its trailers through hooks that leave the body', async () => {
    const got = await send((res) => {
      res.writeHead(200, { Trailer: 'X-Sum' });
      res.write('abc');
      res.addTrailers({ 'X-Sum': '3' });
      res.end();
    });
    expect([got.text, got.trailers['x-sum']]).toEqual(['abc', '3']);
  });

  it('keeps its informational responses', async () => {
    const { informational, text } = await send((res) => {
      res.writeEarlyHints({ link: '</style.css>; rel=preload' });
      res.end('x');
    });
    expect([informational, text]).toEqual([[103], 'x']);
  });

  it('is seen whole, as a string or as the very Buffer, and as a stream where it is written', async () => {
    const bytes = Buffer.from('bytes');
    const seen: unknown[] = [];
    const look = (): Hooks => ({ onHead: (_head, whole) => void seen.push(whole) });
    await send((res) => res.end('text'), [look]);
    await send((res) => res.end(bytes), [look]);
    await send((res) => res.end(), [look]);
    await send((res) => res.end('7465', 'hex'), [look]);
    await send(
      (res) => {
        res.write('a');
        res.end();
      },
      [look],
    );
    expect(seen).toEqual(['text', bytes, '', Buffer.from('te'), undefined]);
    expect(seen[1]).toBe(bytes);
  });

  it('keeps the Buffer of a reply as the same object', async () => {
    const body = Buffer.from('kept');
    const seen: unknown[] = [];
    const look = (): Hooks => ({ onHead: (_head, whole) => void seen.push(whole) });
    await host.serve(
      [look, () => ({ status: 200, body })],
      () => ({}),
      (client) => client.get(),
    );
    expect(seen[0]).toBe(body);
  });
});
