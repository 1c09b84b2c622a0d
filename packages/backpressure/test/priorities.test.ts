import { hosts } from './hosts';
import { holding, protectedBy, until } from './support';

const [host] = hosts;

it('critical ones are served first, sheddable ones last, and what no priority is counts as default', async () => {
  const { app, held, handled, letGo } = holding();
  const priority = (req: { headers: Record<string, string> }) => req.headers['x-priority'];
  await protectedBy(
    host!,
    { limit: 1, whenFull: 'wait', reserved: 0 },
    app,
    async (client, shedder) => {
      const first = client.get('/held');
      await until(() => held.length === 1);
      const waiting: Promise<unknown>[] = [];
      for (const name of ['sheddable', 'constructor', 'critical']) {
        waiting.push(client.get(`/${name}`, { 'x-priority': name }));
        await until(() => shedder.stats().queued === waiting.length);
      }
      letGo();
      await Promise.all([first, ...waiting]);
      expect(handled).toEqual(['/held', '/critical', '/constructor', '/sheddable']);
    },
    { priority: priority as never },
  );
});
