import { connect } from 'node:net';
import { defineEvent, monotonic } from '@spillway/core';
import { type Client, defineContract, eventsOf, FakeClock, type Runner, serve } from '@spillway/core/testing';

describe('the testing kit', () => {
  it('closes its server when the test throws', async () => {
    let kept: Client | undefined;
    const run = serve(
      (_req, res) => res.write('never ends'),
      async (client) => {
        kept = client;
        await client.open({}).response;
        throw new Error('the test fails');
      },
    );
    await expect(run).rejects.toThrow('the test fails');
    const refused = new Promise((resolve) => connect(kept!.port, '127.0.0.1').once('error', resolve));
    expect(await refused).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('has a clock that stands still until it is moved', () => {
    const clock = new FakeClock(100);
    const { now } = clock;
    clock.advance(50);
    expect([now(), clock.now()]).toEqual([150, 150]);
    expect(monotonic()).toBeLessThanOrEqual(monotonic());
  });

  it('records what an event publishes while something runs, and no longer', async () => {
    const event = defineEvent<{ readonly n: number }>('spillway:test');
    const heard = await eventsOf(event, async () => {
      expect(event.hasSubscribers).toBe(true);
      event.publish({ n: 1 });
    });
    event.publish({ n: 2 });
    expect([heard, event.hasSubscribers]).toEqual([[{ n: 1 }], false]);
  });

  it('runs a contract as tests of any runner, with a fresh subject for each claim, disposed of', async () => {
    const log: string[] = [];
    const bodies: (() => Promise<void>)[] = [];
    const runner: Runner = {
      describe: (name, body) => {
        log.push(name);
        body();
      },
      it: (name, body) => {
        log.push(name);
        bodies.push(body);
      },
    };
    const contract = defineContract<{ id: number }>('store', {
      keeps: ({ id }) => log.push(`keeps ${id}`),
      forgets: async ({ id }) => {
        throw new Error(`forgets ${id}`);
      },
    });
    let made = 0;
    contract('memory', {
      make: () => ({ id: ++made }),
      dispose: ({ id }) => log.push(`disposed ${id}`),
      runner,
    });
    await bodies[0]!();
    await expect(bodies[1]!()).rejects.toThrow('forgets 2');
    expect(log).toEqual(['memory as a store', 'keeps', 'forgets', 'keeps 1', 'disposed 1', 'disposed 2']);
  });
});

defineContract<Map<string, number>>('map', {
  'keeps what it is given': (map) => {
    map.set('a', 1);
    if (map.get('a') !== 1) throw new Error('lost');
  },
})('the built-in one', { make: () => new Map() });
