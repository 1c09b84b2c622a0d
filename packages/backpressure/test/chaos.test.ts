import type { Stats } from '@spillway/backpressure';

interface Result {
  readonly stats: Stats;
  readonly served: number;
}
const { chaos } = require('../chaos/leavers') as {
  chaos(options: { clients: number }): Promise<Record<string, Result>>;
};

it('clients that leave by the hundred, wherever they are, take no slot with them', async () => {
  for (const { stats, served } of Object.values(await chaos({ clients: 300 }))) {
    expect(stats).toMatchObject({ inFlight: 0, queued: 0 });
    expect(stats.admitted).toBeGreaterThan(5);
    expect(served).toBe(stats.limit);
  }
}, 20_000);
