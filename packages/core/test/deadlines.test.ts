import { type Filter, type Hooks, signalOf } from '@spillway/core';
import type { App, Handled } from '@spillway/core/testing';
import { hosts, onKoa } from './hosts';
import { deferred, TEXT } from './support';

const within = (deadlineMs: number) => (): Hooks => ({ deadlineMs });

const reasonOf = ({ reason }: AbortSignal) => (reason as Error | undefined)?.name;

/** Answers with the reason for which its signal aborts. */
const untilAborted: App = async ({ req }) => {
  const signal = signalOf(req);
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return { headers: TEXT, body: reasonOf(signal)! };
};

describe.each(hosts)('on $name', (host) => {
  it.each([[[5]], [[5, 60_000]], [[60_000, 5]], [[Number.POSITIVE_INFINITY, 5]]])(
    'of the deadlines %p the first one aborts the signal',
    async (deadlines) => {
      await host.serve(deadlines.map(within), untilAborted, async (client) => {
        expect((await client.get()).text).toBe('TimeoutError');
      });
    },
  );

  it.each([0, -1, Number.NEGATIVE_INFINITY])('a deadline of %p has passed before', async (deadlineMs) => {
    const app: App = ({ req }) => ({ headers: TEXT, body: String(reasonOf(signalOf(req))) });
    await host.serve([within(deadlineMs)], app, async (client) => {
      expect((await client.get()).text).toBe('TimeoutError');
    });
  });

  it('one that is set after the signal was asked for counts too', async () => {
    const asking: Filter<object> = (_request, context) => void signalOf(context);
    await host.serve([asking, within(5)], untilAborted, async (client) => {
      expect((await client.get()).text).toBe('TimeoutError');
    });
  });

  it('Infinity: only the client aborts it, by leaving', async () => {
    const begun = deferred<AbortSignal>();
    const app: App = ({ req }) => begun.resolve(signalOf(req));
    await host.serve([within(Number.POSITIVE_INFINITY)], app, async (client) => {
      const opened = client.open({});
      const signal = await begun.promise;
      expect(signal.aborted).toBe(false);
      const aborted = new Promise((resolve) => signal.addEventListener('abort', resolve));
      opened.abort();
      await aborted;
      expect(reasonOf(signal)).toBe('AbortError');
    });
  });

  it('does not abort the signal of a request that was answered before', async () => {
    const signals: AbortSignal[] = [];
    const app: App = (handled) => {
      signals.push(signalOf(handled.req));
      return handled.req.url === '/' ? { headers: TEXT, body: 'x' } : untilAborted(handled);
    };
    await host.serve([within(20)], app, async (client) => {
      expect((await client.get('/')).text).toBe('x');
      // Its deadline is later than that of the first one, and has passed.
      expect((await client.get('/late')).text).toBe('TimeoutError');
      expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
    });
  });

  it('makes no signal that nobody asks for', async () => {
    const made = jest.spyOn(globalThis, 'AbortController');
    const filters = [within(60_000), within(Number.POSITIVE_INFINITY)];
    try {
      const app: App = ({ req }) => {
        if (req.url === '/asks') signalOf(req);
        return { headers: TEXT, body: 'x' };
      };
      await host.serve(filters, app, async (client) => {
        await client.get('/');
        expect(made).not.toHaveBeenCalled();
        await client.get('/asks');
        expect(made).toHaveBeenCalledTimes(1);
      });
    } finally {
      made.mockRestore();
    }
  });
});

describe.each(onKoa)('on $name', (host) => {
  const signalIn = (state: Handled['provided']) => Object.getOwnPropertyDescriptor(state, 'signal');

  it.each([5, Number.POSITIVE_INFINITY])(
    'with a deadline of %p, ctx.state.signal is the signal',
    async (ms) => {
      const same: boolean[] = [];
      const app: App = ({ req, provided }) => {
        same.push(provided.signal === signalOf(req));
        return { headers: TEXT, body: 'x' };
      };
      await host.serve([within(ms)], app, (client) => client.get());
      expect(same).toEqual([true]);
    },
  );

  it('without one there is none', async () => {
    const found: unknown[] = [];
    const app: App = ({ provided }) => {
      found.push(signalIn(provided));
      return { headers: TEXT, body: 'x' };
    };
    await host.serve([(): Hooks => ({})], app, (client) => client.get());
    expect(found).toEqual([undefined]);
  });

  it('one of the application stays', async () => {
    const own = Symbol('own');
    const seen: unknown[] = [];
    const app: App = ({ provided }) => {
      seen.push(provided.signal);
      return { headers: TEXT, body: 'x' };
    };
    await host.serve([(): Hooks => ({ provide: { signal: own } }), within(5)], app, (client) => client.get());
    expect(seen).toEqual([own]);
  });
});
