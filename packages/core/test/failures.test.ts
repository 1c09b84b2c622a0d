import { Transform } from 'node:stream';
import { type Filter, type Hooks, hookError } from '@spillway/core';
import { eventsOf, type Handled, type TestHost } from '@spillway/core/testing';
import { hosts, overHttp1 } from './hosts';
import { closing, deferred, streamOf, TEXT, turn } from './support';

const boom = (): never => {
  throw new Error('boom');
};
const hooks =
  (made: () => Hooks): Filter =>
  () =>
    made();
const setImpossible: Hooks['onHead'] = (head) => {
  head.statusCode = 9999;
  return undefined;
};
const failingStage = () => new Transform({ transform: (_chunk, _encoding, done) => done(new Error('boom')) });
const forms = {
  whole: () => ({ headers: TEXT, body: 'hello' }),
  streamed: () => ({ headers: TEXT, stream: streamOf('hel', 'lo') }),
};

/** Each ends as a 500. */
const answered: Record<string, Filter> = {
  'a filter that throws': boom,
  'a filter that rejects': async () => boom(),
  'a filter that waits and rejects': () => ({ wait: Promise.reject(new Error('boom')) }),
  'a filter that waits for nothing': () => ({ wait: undefined as never }),
  'a reply with an invalid status': () => ({ status: 9999 }),
  'an onHead that throws': hooks(() => ({ onHead: boom })),
  'an onHead that rejects': hooks(() => ({ onHead: async () => boom() })),
  'an onHead that sets an invalid status': hooks(() => ({ onHead: setImpossible })),
  'an answer with an invalid status': hooks(() => ({ onHead: () => ({ answer: { status: 0 } }) })),
  'a held answer with an invalid status': hooks(() => ({ onHead: async () => ({ answer: { status: 0 } }) })),
  'a replacement that is no body': hooks(() => ({ onHead: () => ({ replace: 5 as never }) })),
  'an overtaking answer with an invalid status': hooks(() => ({ overtake: Promise.resolve({ status: 0 }) })),
};

const invalid = { status: 200, headers: { 'X-A': 'line\nbreak' } };
/** Each ends as a 500 over HTTP/1.1; over HTTP/2 node takes any value. */
const invalidFields: Record<string, Filter> = {
  fields: () => ({ headers: invalid.headers }),
  'a reply': () => invalid,
  'a later reply': async () => invalid,
  'an answer': hooks(() => ({ onHead: () => ({ answer: invalid }) })),
  'a held answer': hooks(() => ({ onHead: async () => ({ answer: invalid }) })),
  'an overtaking answer': hooks(() => ({ overtake: Promise.resolve(invalid) })),
};

/** Each is cut off. */
const cutOff: Record<string, Filter> = {
  'a stage that fails': hooks(() => ({ onHead: () => ({ through: failingStage() }) })),
  'a held stage that fails': hooks(() => ({ onHead: async () => ({ through: failingStage() }) })),
  'a stage that is destroyed without an error': hooks(() => ({
    onHead: () => {
      const through = new Transform({ transform: () => void through.destroy() });
      return { through };
    },
  })),
};

/** Each leaves the response alone. */
const harmless: Record<string, Filter> = {
  'an onClose that throws': hooks(() => ({ onClose: boom })),
  'an overtake that rejects': hooks(() => ({ overtake: Promise.reject(new Error('boom')) })),
};

type Look = (got: Promise<{ status: number; text: string }>) => Promise<void>;

/** One failed response after the other on one server, each told by an event, each closed. */
async function serveThrice(
  host: TestHost,
  filter: Filter,
  form: keyof typeof forms,
  look: Look,
): Promise<void> {
  const { filter: outer, told } = closing();
  const events = await eventsOf(hookError, () =>
    host.serve([outer, filter], forms[form], async (client) => {
      for (let i = 0; i < 3; i++) await look(client.get());
      while (told.length < 3) await turn();
    }),
  );
  expect(events.length).toBeGreaterThanOrEqual(3);
  expect(events[0]).toMatchObject({ hook: expect.any(String), error: { message: expect.any(String) } });
}

const is500: Look = async (got) => {
  const { status, text } = await got;
  expect(status).toBe(500);
  expect(text).not.toContain('hello');
};
const isCutOff: Look = (got) => expect(got).rejects.toThrow();

describe.each(hosts)('on $name', (host) => {
  describe.each(['whole', 'streamed'] as const)('a %s response', (form) => {
    it.each(Object.keys(answered))('is a 500 by %s, an event tells, and the server goes on', async (name) => {
      await serveThrice(host, answered[name]!, form, is500);
    });

    it.each(Object.keys(cutOff))('is cut off by %s, an event tells, and the server goes on', async (name) => {
      await serveThrice(host, cutOff[name]!, form, isCutOff);
    });

    it.each(Object.keys(harmless))('is not harmed by %s, and an event tells', async (name) => {
      await serveThrice(host, harmless[name]!, form, async (got) => {
        expect(await got).toMatchObject({ status: 200, text: 'hello' });
      });
    });
  });

  it.each(['tap', 'end'])(
    'a %s that throws makes a whole response a 500 and cuts a streamed one off',
    async (part) => {
      const filter = hooks(() => ({
        onHead: () => ({ tap: () => {}, end: () => {}, [part]: boom }) as never,
      }));
      await serveThrice(host, filter, 'whole', is500);
      await serveThrice(host, filter, 'streamed', isCutOff);
    },
  );

  it('an onAbort that throws is an event', async () => {
    const entered = deferred();
    const outer = closing();
    const waiting: Filter = () => {
      entered.resolve();
      return { wait: new Promise(() => {}), onAbort: boom };
    };
    const events = await eventsOf(hookError, () =>
      host.serve(
        [outer.filter, waiting],
        () => ({}),
        async (client) => {
          const opened = client.open({});
          await entered.promise;
          opened.abort();
          await outer.closed;
        },
      ),
    );
    expect(events).toMatchObject([{ hook: 'onAbort' }]);
  });

  it('a failing hook keeps what others have set outside, and asks those further out', async () => {
    const seen: unknown[] = [];
    const outer = (): Hooks => ({
      headers: { 'X-Outer': '1' },
      onHead: (head) => void seen.push(head.statusCode),
    });
    await host.serve(
      [outer, () => ({ onHead: boom })],
      () => ({ headers: { 'X-App': '1' }, body: 'x' }),
      async (client) => {
        const { status, headers } = await client.get();
        expect([status, headers['x-outer'], headers['x-app'], headers['cache-control']]).toEqual([
          500,
          '1',
          undefined,
          'no-store',
        ]);
      },
    );
    expect(seen).toEqual([500]);
  });

  it('a producer that ignores a held head is cut off before it fills the memory', async () => {
    const never = (): Hooks => ({ onHead: () => new Promise(() => {}) });
    const app = ({ res }: Handled) => {
      const chunk = Buffer.alloc(1024 * 1024);
      for (let i = 0; i < 65; i++) res.write(chunk);
    };
    const events = await eventsOf(hookError, () =>
      host.serve([never], app, (client) => expect(client.get()).rejects.toThrow()),
    );
    expect(events[0]).toMatchObject({ error: expect.any(RangeError) });
  });
});

describe.each(overHttp1)('invalid characters on $name', (host) => {
  it.each(Object.keys(invalidFields))('in %s make the response a 500', async (name) => {
    await serveThrice(host, invalidFields[name]!, 'whole', is500);
    await serveThrice(host, invalidFields[name]!, 'streamed', is500);
  });
});
