import type { RequestListener, ServerResponse } from 'node:http';
import { Transform } from 'node:stream';
import type { BodyAction, Hooks } from '@spillway/core';
import { stack } from '@spillway/core/http';
import { type Handled, serve } from '@spillway/core/testing';
import { hosts } from './hosts';
import { deferred, streamOf, TEXT, tapping, watching } from './support';

type OnHead = NonNullable<Hooks['onHead']>;
const hook = (onHead: OnHead) => (): Hooks => ({ onHead });
const upperCase = () =>
  new Transform({ transform: (chunk, _encoding, done) => done(null, String(chunk).toUpperCase()) });
const wrapping = (left: string, right: string) =>
  new Transform({
    construct(done) {
      this.push(left);
      done();
    },
    transform: (chunk, _encoding, done) => done(null, chunk),
    flush: (done) => done(null, right),
  });

const forms = {
  whole: () => ({ headers: { ...TEXT, ETag: '"app"' }, body: 'hello' }),
  streamed: () => ({ headers: { ...TEXT, ETag: '"app"' }, stream: streamOf('hel', 'lo') }),
  absent: () => ({ status: 304, headers: { ETag: '"app"' } }),
};

describe.each(hosts)('on $name', (host) => {
  describe.each(['whole', 'streamed', 'absent'] as const)('a %s body', (form) => {
    const get = (...filters: (() => Hooks)[]) => host.serve(filters, forms[form], (client) => client.get());

    it('is dropped with status and fields by an answer; fields set outside stay', async () => {
      const outer = () => ({ headers: { 'X-Outer': '1' }, append: { Vary: 'Origin' } });
      const answer = {
        status: 200,
        headers: { ETag: '"stored"', 'X-Cache': 'hit' },
        append: { Vary: 'Accept' },
        body: 'stored',
      };
      for (const onHead of [() => ({ answer }), async () => ({ answer })]) {
        const got = await get(outer, hook(onHead));
        expect([got.status, got.text]).toEqual([200, 'stored']);
        expect(got.headers).toMatchObject({
          etag: '"stored"',
          'x-cache': 'hit',
          'x-outer': '1',
          vary: 'Origin, Accept',
          'content-length': '6',
        });
        expect(got.headers['content-type']).toBeUndefined();
      }
    });

    it('is dropped by an answer without a body', async () => {
      const got = await get(hook(() => ({ answer: { status: 503 } })));
      expect([got.status, got.text, got.headers['content-length']]).toEqual([503, '', '0']);
    });

    it('is replaced under the head of the application', async () => {
      const seen: unknown[] = [];
      const got = await get(
        watching(seen),
        hook((head) => {
          head.statusCode = 200;
          return { replace: Buffer.from('other') };
        }),
      );
      expect([got.status, got.text, got.headers.etag, got.headers['content-length']]).toEqual([
        200,
        'other',
        '"app"',
        '5',
      ]);
      expect(seen).toEqual([['seen', 200, 'other']]);
    });
  });

  describe.each(['whole', 'streamed'] as const)('a %s body', (form) => {
    const get = (...filters: (() => Hooks)[]) => host.serve(filters, forms[form], (client) => client.get());

    it('passes the stages in order, the innermost first', async () => {
      const got = await get(
        hook(() => ({ through: wrapping('[', ']') })),
        hook(() => ({ through: wrapping('(', ')') })),
        hook(() => ({ through: upperCase() })),
      );
      expect([got.text, got.headers['content-length']]).toEqual(['[(HELLO)]', undefined]);
    });

    it('is looked at by a tap, which hears of its end', async () => {
      const { filter, seen } = tapping();
      expect((await get(filter)).text).toBe('hello');
      expect(seen.text).toBe('hello.');
    });

    it('is looked at on both sides of a stage', async () => {
      const [outer, inner] = [tapping(), tapping()];
      await get(
        outer.filter,
        hook(() => ({ through: upperCase() })),
        inner.filter,
      );
      expect([outer.seen.text, inner.seen.text]).toEqual(['HELLO.', 'hello.']);
    });

    it('is replaced further in and led through a stage further out', async () => {
      const got = await get(
        hook(() => ({ through: upperCase() })),
        hook(() => ({ replace: 'other' })),
      );
      expect([got.text, got.headers['content-length']]).toEqual(['OTHER', undefined]);
    });

    it('is led through a stage further in and replaced further out, and the stage is destroyed', async () => {
      const through = upperCase();
      const got = await get(
        hook(() => ({ replace: 'other' })),
        hook(() => ({ through })),
      );
      expect([got.text, through.destroyed]).toEqual(['other', true]);
    });

    it('is a stream to those further out once it has a stage', async () => {
      const seen: unknown[] = [];
      await get(
        watching(seen),
        hook(() => ({ through: upperCase() })),
      );
      expect(seen).toEqual([['seen', 200, 'a stream']]);
    });

    it('is held by one, tapped by another and led on by a third', async () => {
      const { filter, seen } = tapping();
      const got = await get(
        hook(async () => ({ through: upperCase() })),
        filter,
        hook(async () => undefined),
      );
      expect([got.text, seen.text]).toEqual(['HELLO', 'hello.']);
    });
  });

  it('an answer keeps what was set further out only, by filters of one mount, of others and by middleware between', async () => {
    const setting = (name: string) => (): Hooks => ({ headers: { [name]: '1' } });
    const between = {
      connect: (_req: unknown, res: ServerResponse, next: () => void) => {
        res.setHeader('X-Between', '1');
        next();
      },
    };
    const looking = hook(() => undefined);
    const answering = hook(() => ({ answer: { status: 200 } }));
    const items = [looking, setting('X-Outer'), looking, between, answering, setting('X-Inner')];
    const { headers } = await host.serve(items, forms.whole, (client) => client.get());
    expect([headers['x-outer'], headers['x-between'], headers['x-inner']]).toEqual(['1', '1', undefined]);
    const oneMount = stack([looking, setting('X-Outer'), answering, setting('X-Inner')]);
    const listener: RequestListener = (req, res) => oneMount(req, res, () => res.end('x'));
    const got = await serve(listener, (client) => client.get(), { http2: host.http2 });
    expect([got.headers['x-outer'], got.headers['x-inner']]).toEqual(['1', undefined]);
  });

  it('a streamed 500 becomes the stored copy, and its producer is not left waiting', async () => {
    let finished = deferred();
    const app = ({ res }: Handled) => {
      res.statusCode = 500;
      const more = (i: number): void => {
        while (i-- > 0) if (!res.write(Buffer.alloc(16_384))) return void res.once('drain', () => more(i));
        res.end();
        finished.resolve();
      };
      more(100);
    };
    for (const onHead of [() => STORED, async () => STORED]) {
      finished = deferred();
      await host.serve([hook(onHead)], app, async (client) => {
        expect(await client.get()).toMatchObject({
          status: 200,
          text: 'stored',
          headers: { 'content-length': '6' },
        });
        await finished.promise;
      });
    }
  });

  it('a failed commit becomes a 500 and nothing of the answer is left', async () => {
    const commit = hook(async () => {
      await Promise.resolve();
      return { answer: { status: 500, body: 'commit failed' } };
    });
    const app = () => ({
      status: 201,
      headers: { ...TEXT, Location: '/new', 'Set-Cookie': 'a=1' },
      body: 'created',
    });
    const got = await host.serve([commit], app, (client) => client.get());
    expect([got.status, got.text, got.headers.location, got.headers['set-cookie']]).toEqual([
      500,
      'commit failed',
      undefined,
      undefined,
    ]);
  });

  it('an inner tap of a stream that is replaced further out hears of no end', async () => {
    const { filter, seen } = tapping();
    const got = await host.serve([hook(() => ({ replace: 'r' })), filter], forms.streamed, (client) =>
      client.get(),
    );
    expect([got.text, seen.text]).toEqual(['r', '']);
  });

  it('a reply passes the hooks further out as data', async () => {
    const loud = hook((head, whole) => {
      head.setHeader('X-Saw', String(whole));
      return { replace: `${whole}!` };
    });
    const upper = hook((_head, whole) => ({ replace: String(whole).toUpperCase() }));
    const got = await host.serve(
      [loud, upper, () => ({ status: 200, headers: TEXT, body: 'cached' })],
      () => ({}),
      (client) => client.get(),
    );
    expect([got.text, got.headers['x-saw'], got.headers['content-length']]).toEqual([
      'CACHED!',
      'CACHED',
      '7',
    ]);
  });

  it('an action that waits behind others is asked in its turn', async () => {
    const order: string[] = [];
    const slow = (name: string) =>
      hook(async () => {
        order.push(`${name} asked`);
        await new Promise((resolve) => setImmediate(resolve));
        order.push(`${name} done`);
        return undefined;
      });
    await host.serve([slow('outer'), slow('inner')], forms.whole, (client) => client.get());
    expect(order).toEqual(['inner asked', 'inner done', 'outer asked', 'outer done']);
  });
});

const STORED: BodyAction = { answer: { status: 200, body: 'stored' } };
