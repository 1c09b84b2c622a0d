import { PassThrough } from 'node:stream';
import type { Hooks } from '@spillway/core';
import type { Handled } from '@spillway/core/testing';
import { answeringHead, overHttp1 } from './hosts';
import { looking, onRaw, streamOf, TEXT, watching } from './support';

describe.each(answeringHead)('HEAD on $name', (host) => {
  it.each<[string, NonNullable<Hooks['onHead']>, string | undefined]>([
    ['as it is', () => undefined, '5'],
    ['replaced', () => ({ replace: 'longer body' }), '11'],
    ['answered', () => ({ answer: { status: 200, body: 'longer body' } }), '11'],
    ['held and answered', async () => ({ answer: { status: 200, body: 'longer body' } }), '11'],
    ['led through a stage', () => ({ through: new PassThrough() }), undefined],
  ])('has the head and no body, %s', async (_how, onHead, length) => {
    const app = () => ({ headers: { ...TEXT, 'Content-Length': 5 }, body: 'hello' });
    await host.serve([() => ({ onHead })], app, async (client) => {
      const { status, text, headers } = await client.send({ method: 'HEAD' });
      expect([status, text, headers['content-length']]).toEqual([200, '', length]);
    });
  });
});

describe.each(overHttp1)('HTTP/1.1 on $name', (host) => {
  it.each([
    ['', looking],
    [' held', (): Hooks => ({ onHead: async () => undefined })],
  ])('keeps the reason of the application in a%s head', async (_held, filter) => {
    const got = await host.serve(
      [filter],
      onRaw((res) => res.writeHead(200, 'Fine', { 'X-A': '1' }).end()),
      (client) => client.get(),
    );
    expect([got.reason, got.headers['x-a']]).toEqual(['Fine', '1']);
  });

  it.each([false, true])('drops the reason with the status that it came with (held: %s)', async (held) => {
    const answer = { answer: { status: 200, body: 'stored' } };
    const filter = (): Hooks => ({ onHead: () => (held ? Promise.resolve(answer) : answer) });
    const got = await host.serve(
      [filter],
      onRaw((res) => res.writeHead(304, 'Not Modified').end()),
      (client) => client.get(),
    );
    expect([got.status, got.reason, got.text]).toEqual([200, 'OK', 'stored']);
  });

  it('tells a client that expects it to continue', async () => {
    const app = async ({ req }: Handled) => {
      let body = '';
      for await (const chunk of req) body += chunk;
      return { body: `got ${body}` };
    };
    await host.serve([looking], app, async (client) => {
      const connection = client.connect();
      connection.socket.write(
        'POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n',
      );
      await connection.until(/100 Continue/);
      connection.socket.write('body');
      await connection.until(/got body/);
    });
  });

  it('sends no trailer after a replacement, which has a length', async () => {
    const app = onRaw((res) => {
      res.writeHead(200, { Trailer: 'X-Sum' });
      res.write('abc');
      res.addTrailers({ 'X-Sum': '3' });
      res.end();
    });
    for (const replaced of [() => ({ replace: 'longer' }), async () => ({ replace: 'longer' })]) {
      const got = await host.serve([() => ({ onHead: replaced })], app, (client) => client.get());
      expect([got.text, got.headers['content-length'], got.headers.trailer, got.trailers]).toEqual([
        'longer',
        '6',
        undefined,
        {},
      ]);
    }
  });

  it('keeps a kept connection in step', async () => {
    const seen: unknown[] = [];
    await host.serve(
      [watching(seen)],
      ({ req }) => ({ stream: streamOf(`<${req.url}`, '>') }),
      async (client) => {
        const connection = client.connect();
        for (const path of ['/1', '/2', '/3']) {
          connection.request(path);
          await connection.until(new RegExp(`<${path}`));
        }
      },
    );
    expect(seen).toHaveLength(3);
  });
});
