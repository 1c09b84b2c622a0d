import { hookError } from '@spillway/core';
import { eventsOf } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, protectedBy, until } from './support';

const throws = () => {
  throw new Error('bug');
};

/** By its own path, so that others can still be asked for. */
const throwsAt = (path: string) => (context: { url: string }) =>
  context.url === path ? throws() : undefined;

describe.each(hosts)('on $name', (host) => {
  it.each(['priority', 'key', 'client', 'deadline'])(
    'a %s that throws while load is shed takes neither slot nor place, and is told',
    async (name) => {
      const { app, held, handled, letGo } = holding();
      const limits = { limit: 1, maxWaiting: 1, whenFull: 'wait' } as const;
      await protectedBy(
        host,
        limits,
        app,
        async (client, shedder) => {
          const first = client.get('/held');
          await until(() => held.length === 1);
          const waits = client.get('/waits');
          await until(() => shedder.stats().queued === 1);
          // From the first refusal on it is asked who asks.
          expect((await client.get('/refused')).status).toBe(503);
          const failed = await eventsOf(hookError, async () => {
            for (let i = 0; i < 3; i++) expect((await client.get('/bug')).status).toBe(500);
          });
          expect(failed).toMatchObject(Array(3).fill({ hook: 'filter' }));
          expect(shedder.stats()).toMatchObject({ inFlight: 1, queued: 1, admitted: 1, shed: { full: 1 } });
          letGo();
          expect(await Promise.all([first, waits])).toMatchObject([{ status: 200 }, { status: 200 }]);
          expect(shedder.stats()).toMatchObject({ inFlight: 0, queued: 0 });
          expect(handled).toEqual(['/held', '/waits']);
        },
        { [name]: throwsAt('/bug') as never },
      );
    },
  );
});
