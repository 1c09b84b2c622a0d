import { envoyTimeout, grpcTimeout, type LoadShedder } from '@spillway/backpressure';
import { signalOf } from '@spillway/core';
import type { App, Client, Handled } from '@spillway/core/testing';
import { hosts } from './hosts';
import { deferred, holding, protectedBy, TEXT, until } from './support';

const ONE = { limit: 1, maxWaiting: 0 };

const reasonOf = ({ reason }: AbortSignal) => (reason as Error)?.name;

/** Answers with why its request was aborted, once it is. */
const tellingWhy: App = async ({ req }) => {
  const signal = signalOf(req);
  await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return { headers: TEXT, body: reasonOf(signal) };
};

describe.each(hosts)('on $name', (host) => {
  const isKoa = host.name.startsWith('Koa');
  const reader = (read: typeof grpcTimeout) => ({ deadline: read as never });

  it('the signal of a request aborts at its deadline', async () => {
    const ask = async (client: Client) => {
      expect(await client.get('/', { 'grpc-timeout': '5m' })).toMatchObject({
        status: 200,
        text: 'TimeoutError',
      });
    };
    await protectedBy(host, ONE, tellingWhy, ask, reader(grpcTimeout));
  });

  it('it aborts when the client leaves, with no deadline', async () => {
    const aborted = deferred<string>();
    const begun = deferred();
    const app: App = async ({ req }) => {
      const signal = signalOf(req);
      signal.addEventListener('abort', () => aborted.resolve(reasonOf(signal)));
      begun.resolve();
      await aborted.promise;
      return undefined;
    };
    await protectedBy(host, ONE, app, async (client) => {
      const opened = client.open({});
      await begun.promise;
      opened.abort();
      expect(await aborted.promise).toBe('AbortError');
    });
  });

  it('Koa has it as ctx.state.signal, and nobody has a property of that name else', async () => {
    const seen: unknown[] = [];
    const app: App = ({ req, provided }: Handled) => {
      seen.push(isKoa ? provided.signal === signalOf(req) : Object.hasOwn(req, 'signal'));
      return { headers: TEXT, body: 'x' };
    };
    await protectedBy(host, ONE, app, (client) => client.get('/'));
    expect(seen).toEqual([isKoa]);
  });

  it.each([
    ['0m', 503],
    ['1H', 200],
    ['99999999H', 200],
    ['-5m', 200],
    ['5', 200],
    ['5m, 5m', 200],
    ['', 200],
  ])('a deadline of %p is answered with %d', async (timeout, status) => {
    const { app } = holding();
    const ask = async (client: Client) => {
      expect((await client.get('/', { 'grpc-timeout': timeout })).status).toBe(status);
    };
    await protectedBy(host, ONE, app, ask, reader(grpcTimeout));
  });

  it('none is believed by default', async () => {
    const { app } = holding();
    await protectedBy(host, ONE, app, async (client) => {
      const headers = { 'grpc-timeout': '0m', 'x-envoy-expected-rq-timeout-ms': '0' };
      expect((await client.get('/', headers)).status).toBe(200);
    });
  });

  it('one is at most maxDeadlineMs away', async () => {
    const ask = async (client: Client) => {
      const { text } = await client.get('/', { 'x-envoy-expected-rq-timeout-ms': '999999999999' });
      expect(text).toBe('TimeoutError');
    };
    await protectedBy(host, ONE, tellingWhy, ask, { ...reader(envoyTimeout), maxDeadlineMs: 5 });
  });
});

const [host] = hosts;

it.each([Number.NaN, undefined, 'soon', null])('a deadline function that says %p says none', async (said) => {
  const { app } = holding();
  const ask = async (client: Client) => {
    expect((await client.get('/')).status).toBe(200);
  };
  await protectedBy(host!, ONE, app, ask, { deadline: (() => said) as never });
});

it.each([0, -1, Number.NEGATIVE_INFINITY])('a deadline of %p has passed', async (said) => {
  const { app, handled } = holding();
  const ask = async (client: Client, shedder: LoadShedder) => {
    expect((await client.get('/')).status).toBe(503);
    expect(shedder.stats().shed).toMatchObject({ deadline: 1 });
  };
  await protectedBy(host!, ONE, app, ask, { deadline: (() => said) as never });
  expect(handled).toEqual([]);
});

it('who waits beyond its deadline is refused, and holds no slot', async () => {
  const { app, held, handled, letGo } = holding();
  let nowMs = 0;
  const limits = { limit: 1, whenFull: 'wait', now: () => nowMs } as const;
  const deadline = (req: { headers: Record<string, string> }) => Number(req.headers['x-deadline'] ?? 60_000);
  const ask = async (client: Client, shedder: LoadShedder) => {
    const first = client.get('/held');
    await until(() => held.length === 1);
    const late = client.get('/late', { 'x-deadline': '50' });
    await until(() => shedder.stats().queued === 1);
    nowMs += 51;
    letGo();
    expect((await late).status).toBe(503);
    expect((await first).status).toBe(200);
    expect(handled).toEqual(['/held']);
    expect(shedder.stats()).toMatchObject({ inFlight: 0, queued: 0 });
    expect((await client.get('/next')).status).toBe(200);
  };
  await protectedBy(host!, limits, app, ask, { deadline: deadline as never });
});
