import { type LoadShedder, shed } from '@spillway/backpressure';
import { type App, type Client, eventsOf } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, protectedBy, until } from './support';

/** From a field of the test's. */
const deadline = ({ headers }: { headers: Record<string, string | undefined> }) =>
  headers['x-deadline'] === undefined ? undefined : Number(headers['x-deadline']);
const reading = { deadline: deadline as never };

const within = (ms: number) => ({ 'x-deadline': `${ms}` });

type Run = (client: Client, shedder: LoadShedder) => Promise<void>;

describe.each(hosts)('on $name', (host) => {
  it('who waits beyond its deadline counts as shed by it, once, and as admitted by nobody', async () => {
    const { app, held, letGo } = holding();
    let nowMs = 0;
    const run: Run = async (client, shedder) => {
      const events = await eventsOf(shed, async () => {
        const first = client.get('/held');
        await until(() => held.length === 1);
        const late = client.get('/late', within(50));
        await until(() => shedder.stats().queued === 1);
        nowMs += 51;
        letGo();
        expect([(await first).status, (await late).status]).toEqual([200, 503]);
      });
      expect(events).toMatchObject([{ reason: 'deadline', priority: 'default' }]);
      expect(shedder.stats()).toMatchObject({ admitted: 1, shed: { deadline: 1 }, inFlight: 0, queued: 0 });
    };
    await protectedBy(host, { limit: 1, whenFull: 'wait', now: () => nowMs }, app, run, reading);
  });

  it('keeps no place in the queue that others could have', async () => {
    const { app, held, handled, letGo } = holding();
    let nowMs = 0;
    const limits = { limit: 1, whenFull: 'wait', maxWaiting: 1, now: () => nowMs } as const;
    const run: Run = async (client, shedder) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      const late = client.get('/late', within(50));
      await until(() => shedder.stats().queued === 1);
      nowMs += 51;
      const next = client.get('/next');
      expect((await late).status).toBe(503);
      letGo();
      expect([(await first).status, (await next).status]).toEqual([200, 200]);
      expect(handled).toEqual(['/held', '/next']);
    };
    await protectedBy(host, limits, app, run, reading);
  });

  it('who has less time than it would wait is refused at once, who has more waits', async () => {
    const { app: waiting, held, letGo } = holding();
    let nowMs = 0;
    const app: App = (handled) => {
      if (handled.req.url === '/step') nowMs += 100;
      return waiting(handled);
    };
    const run: Run = async (client, shedder) => {
      for (let i = 0; i < 11; i++) await client.get('/step');
      const first = client.get('/held');
      await until(() => held.length === 1);
      expect((await client.get('/late', within(100))).status).toBe(503);
      const waits = client.get('/waits', within(101));
      await until(() => shedder.stats().queued === 1);
      expect((await client.get('/later', within(200))).status).toBe(503);
      letGo();
      expect([(await first).status, (await waits).status]).toEqual([200, 200]);
      expect(shedder.stats().shed).toMatchObject({ deadline: 2 });
    };
    await protectedBy(host, { limit: 1, whenFull: 'wait', now: () => nowMs }, app, run, reading);
  });

  it('asks for no signal of its own', async () => {
    const made = jest.spyOn(globalThis, 'AbortController');
    try {
      const { app } = holding();
      await protectedBy(
        host,
        { limit: 1 },
        app,
        async (client) => {
          expect((await client.get('/', within(1_000))).status).toBe(200);
        },
        reading,
      );
      expect(made).not.toHaveBeenCalled();
    } finally {
      made.mockRestore();
    }
  });
});
