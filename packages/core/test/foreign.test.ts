import { gunzipSync } from 'node:zlib';
import type { Body, Hooks, ResponseHead } from '@spillway/core';
import type { ConnectMiddleware, Item } from '@spillway/core/testing';
import compression from 'compression';
import session from 'express-session';
import helmet from 'helmet';
import morgan from 'morgan';
import onHeaders from 'on-headers';
import { hosts, onExpress, overHttp1 } from './hosts';
import { closing, deferred, streamOf, TEXT } from './support';

const BODY = 'z'.repeat(5000);
const GZIP = { 'accept-encoding': 'gzip' };
const answers = {
  whole: () => ({ headers: TEXT, body: BODY }),
  streamed: () => ({ headers: TEXT, stream: streamOf(BODY.slice(0, 2000), BODY.slice(2000)) }),
};
const forms = ['whole', 'streamed'] as const;

const connect = (middleware: unknown): Item => ({ connect: middleware as ConnectMiddleware });
const unzipped = ({ headers, body }: { headers: Record<string, unknown>; body: Buffer }) =>
  headers['content-encoding'] === 'gzip' ? gunzipSync(body).toString() : body.toString();

/** Says what it saw of the coding, and marks the head. */
function marking(name: string, log: unknown[]) {
  return (): Hooks => ({
    onHead(head: ResponseHead) {
      log.push(`${name}:${head.getHeader('Content-Encoding') ?? 'plain'}`);
      head.setHeader(`X-${name}`, '1');
      return undefined;
    },
  });
}

/** Keeps the body as it comes out of the application, as a cache would. */
function keeping(kept: string[]) {
  return (): Hooks => ({
    onHead(_head: ResponseHead, whole: Body | undefined) {
      if (whole !== undefined) return void kept.push(String(whole));
      const chunks: Buffer[] = [];
      return {
        tap: (chunk) => void chunks.push(chunk),
        end: () => void kept.push(Buffer.concat(chunks).toString()),
      };
    },
  });
}

describe.each(hosts)('compression on $name', (host) => {
  it.each(forms)('between ours sees a %s body in order, and the inner filter the plain one', async (form) => {
    const log: unknown[] = [];
    const kept: string[] = [];
    const items = [marking('outer', log), connect(compression()), marking('inner', log), keeping(kept)];
    await host.serve(items, answers[form], async (client) => {
      const got = await client.get('/', GZIP);
      expect(got.headers['content-encoding']).toBe('gzip');
      expect(unzipped(got)).toBe(BODY);
      expect([got.headers['x-inner'], got.headers['x-outer']]).toEqual(['1', '1']);
    });
    expect(log).toEqual(['inner:plain', 'outer:gzip']);
    expect(kept).toEqual([BODY]);
  });

  it.each(forms)('before ours and after ours changes nothing, for a %s body', async (form) => {
    const held = (): Hooks => ({ onHead: async () => undefined });
    for (const filter of [marking('x', []), held]) {
      for (const items of [
        [connect(compression()), filter],
        [filter, connect(compression())],
      ]) {
        await host.serve(items, answers[form], async (client) => {
          const got = await client.get('/', GZIP);
          expect([got.headers['content-encoding'], unzipped(got)]).toEqual(['gzip', BODY]);
        });
      }
    }
  });

  it('around a held head lets a producer go on that was told to wait', async () => {
    const release = deferred();
    const held = (): Hooks => ({ onHead: () => release.promise.then(() => undefined) });
    const chunks = Array.from({ length: 50 }, (_, i) => String(i % 10).repeat(20_000));
    await host.serve(
      [connect(compression()), held],
      () => {
        setImmediate(release.resolve);
        return { headers: TEXT, stream: streamOf(...chunks) };
      },
      async (client) => {
        expect(unzipped(await client.get('/', GZIP))).toBe(chunks.join(''));
      },
    );
  });
});

describe.each(hosts)('on-headers on $name', (host) => {
  it.each(forms)('between ours runs between them, for a %s body', async (form) => {
    const log: unknown[] = [];
    const stamp: ConnectMiddleware = (_req, res, next) => {
      onHeaders(res, function (this: ResponseHead) {
        log.push(`stamp:${this.getHeader('X-inner')}:${this.getHeader('X-outer')}`);
        this.setHeader('X-Stamp', '1');
      } as () => void);
      next();
    };
    await host.serve(
      [marking('outer', log), connect(stamp), marking('inner', log)],
      answers[form],
      async (client) => {
        const got = await client.get();
        expect([got.text, got.headers['x-stamp']]).toEqual([BODY, '1']);
      },
    );
    expect(log).toEqual(['inner:plain', 'stamp:1:undefined', 'outer:plain']);
  });

  it('fires once where a filter overtakes or replaces the application', async () => {
    let fired = 0;
    const stamp: ConnectMiddleware = (_req, res, next) => {
      onHeaders(res, () => fired++);
      next();
    };
    const overtaking = (): Hooks => ({ overtake: Promise.resolve({ status: 503, body: 'late' }) });
    const replacing = (): Hooks => ({ onHead: () => ({ replace: 'other' }) });
    for (const filter of [overtaking, replacing]) {
      fired = 0;
      const app = async () => {
        await new Promise((resolve) => setImmediate(resolve));
        return answers.streamed();
      };
      await host.serve([marking('outer', []), connect(stamp), filter], app, (client) => client.get());
      expect(fired).toBe(1);
    }
  });
});

describe.each(hosts)('helmet on $name', (host) => {
  it('keeps its fields on an answer that a filter further in gives', async () => {
    const answering = (): Hooks => ({ onHead: () => ({ answer: { status: 503, body: 'no' } }) });
    await host.serve(
      [connect(helmet()), answering],
      () => ({ headers: { 'X-App': '1' }, body: 'x' }),
      async (client) => {
        const { status, headers } = await client.get();
        expect([status, headers['x-content-type-options'], headers['x-app']]).toEqual([
          503,
          'nosniff',
          undefined,
        ]);
      },
    );
  });
});

describe.each(hosts)('morgan on $name', (host) => {
  const logged = async (filter: () => object) => {
    const line = deferred<string>();
    const log = morgan(':status', { stream: { write: line.resolve } });
    const app = () => ({ body: 'fine' });
    return host.serve([connect(log), filter as never], app, async (client) => {
      const { status } = await client.get();
      expect((await line.promise).trim()).toBe(String(status));
      return status;
    });
  };

  it('logs the status of a reply, an answer, a held answer and one that overtakes', async () => {
    expect(await logged(() => ({ status: 429, body: 'slow down' }))).toBe(429);
    expect(await logged(() => ({ onHead: () => ({ answer: { status: 500 } }) }))).toBe(500);
    expect(await logged(() => ({ onHead: async () => ({ answer: { status: 502 } }) }))).toBe(502);
    expect(await logged(() => ({ overtake: Promise.resolve({ status: 504 }) }))).toBe(504);
  });
});

describe.each(overHttp1)('express-session on $name', (host) => {
  const sessions = () => connect(session({ secret: 's', resave: true, saveUninitialized: true }));

  it.each(forms)('between ours leaves a %s body whole and sets its cookie', async (form) => {
    const kept: string[] = [];
    const log: unknown[] = [];
    await host.serve([marking('outer', log), sessions(), keeping(kept)], answers[form], async (client) => {
      const got = await client.get();
      expect([got.text, got.headers['set-cookie']]).toEqual([BODY, [expect.stringContaining('connect.sid')]]);
    });
    expect([log, kept]).toEqual([['outer:plain'], [BODY]]);
  });

  it('leaves a replacement further out whole, though it splits the body in two', async () => {
    const loud = (): Hooks => ({ onHead: () => ({ replace: 'replaced' }) });
    await host.serve([loud, sessions()], answers.whole, async (client) => {
      const got = await client.get();
      expect([got.text, got.headers['set-cookie']]).toEqual(['replaced', [expect.any(String)]]);
    });
  });
});

describe.each(onExpress)('all of them at once on $name', (host) => {
  it.each(forms)('leave a %s body, its fields and its end as they are', async (form) => {
    const log: unknown[] = [];
    const line = deferred<string>();
    const { filter, closed } = closing();
    const items = [
      filter,
      connect(morgan(':status', { stream: { write: line.resolve } })),
      marking('a', log),
      connect(helmet()),
      connect(compression()),
      marking('b', log),
      connect(session({ secret: 's', resave: true, saveUninitialized: true })),
      marking('c', log),
    ];
    await host.serve(items, answers[form], async (client) => {
      const got = await client.get('/', GZIP);
      expect(unzipped(got)).toBe(BODY);
      expect(got.headers).toMatchObject({
        'x-a': '1',
        'x-b': '1',
        'x-c': '1',
        'x-frame-options': 'SAMEORIGIN',
      });
      expect(await line.promise).toBe('200\n');
      expect((await closed).aborted).toBe(false);
    });
    expect(log).toEqual(['c:plain', 'b:plain', 'a:gzip']);
  });
});
