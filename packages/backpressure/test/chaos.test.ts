import type { Stats } from '@spillway/backpressure';

interface Result {
  readonly mount: string;
  readonly policy: string;
  readonly left: Readonly<Record<string, number>>;
  readonly stats: Stats;
  readonly served: number;
}
const { chaos } = require('../chaos/leavers') as {
  chaos(options: { clients: number }): Promise<readonly Result[]>;
};

it('clients that leave by the hundred, wherever they are, take no slot with them', async () => {
  const results = await chaos({ clients: 300 });
  expect(results).toHaveLength(4);
  for (const { left, stats, served } of results) {
    expect(Object.values(left).reduce((sum, count) => sum + count, 0)).toBe(300);
    expect(Math.min(...Object.values(left))).toBeGreaterThan(10);
    expect(stats).toMatchObject({ inFlight: 0, queued: 0, limit: 5 });
    expect(stats.admitted).toBeGreaterThan(5);
    expect(served).toBe(5);
  }
}, 20_000);
