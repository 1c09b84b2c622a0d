import { AdaptiveLimit, AimdLimit, FixedLimit } from '@spillway/backpressure';
import { limitContract } from '@spillway/backpressure/testing';

const healthyMs = 20;

limitContract('AdaptiveLimit', { make: () => ({ limit: new AdaptiveLimit(), healthyMs }) });
limitContract('AdaptiveLimit of 1 to 1', {
  make: () => ({ limit: new AdaptiveLimit({ min: 1, max: 1 }), healthyMs }),
});
limitContract('AimdLimit', { make: () => ({ limit: new AimdLimit({ latencyMs: 100 }), healthyMs }) });
limitContract('FixedLimit', { make: () => ({ limit: new FixedLimit(7), healthyMs }) });

describe('the contract of a limit refuses', () => {
  const claims = new Map<string, () => Promise<void>>();
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => claims.set(name, body),
  };

  /** The claims that a limit fails. */
  async function failed(changes: { value?: () => number; intervalMs?: () => number; update?: () => void }) {
    const make = () => ({
      healthyMs,
      limit: {
        get value() {
          return changes.value?.() ?? 10;
        },
        get intervalMs() {
          return changes.intervalMs?.() ?? 100;
        },
        update: () => changes.update?.(),
      },
    });
    limitContract('a wrong one', { make, runner });
    const results = await Promise.allSettled([...claims.values()].map((show) => show()));
    return [...claims.keys()].filter((_, i) => results[i]!.status === 'rejected');
  }

  it('nothing that does not change', async () => {
    expect(await failed({})).toEqual([]);
  });

  it.each([0, 0.5, -1, Number.NaN, Number.POSITIVE_INFINITY])('a value of %p', async (value) => {
    expect(await failed({ value: () => value })).toContain(
      'lets at least one run, and never all, whatever it sees',
    );
  });

  it.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('intervals of %p ms', async (intervalMs) => {
    expect(await failed({ intervalMs: () => intervalMs })).toContain(
      'wants intervals of a length that passes',
    );
  });

  it('a value that is another each time', async () => {
    let value = 10;
    expect(await failed({ value: () => value++ })).toContain('is the same until the next interval');
  });

  it('one that falls while nothing is wrong', async () => {
    let value = 1e6;
    expect(await failed({ value: () => value, update: () => (value *= 0.999) })).toContain(
      'does not go down while demand is below it and nothing is slow',
    );
  });

  it('one that grows without need', async () => {
    let value = 10;
    expect(await failed({ value: () => value, update: () => value++ })).toEqual([
      'does not grow for ever while demand is below it',
    ]);
  });
});
