import assert from 'node:assert/strict';
import { type Contract, defineContract } from '@spillway/core/testing';
import type { Interval, Limit } from './limit';

/** A limit under test. */
export interface LimitSubject {
  readonly limit: Limit;
  /** Milliseconds of mean latency at which it sees nothing wrong. */
  readonly healthyMs: number;
}

const MOST = 1e9;

const DURATIONS_MS = [1, 100, 1_000, MOST];
const COMPLETED = [1, 10, 1_000, MOST];
const LATENCIES_MS = [0, 1e-6, 1, 100, 60_000, MOST];

const ENDED = COMPLETED.flatMap((completed) => LATENCIES_MS.map((latencyMs) => ({ completed, latencyMs })));
const NONE_ENDED = { completed: 0, latencyMs: Number.POSITIVE_INFINITY };

/** All that a gate can see, and more than it ever will. */
const ALL: readonly Interval[] = [true, false].flatMap((limited) =>
  DURATIONS_MS.flatMap((durationMs) =>
    [NONE_ENDED, ...ENDED].map((ended) => ({ durationMs, limited, ...ended })),
  ),
);

/** Each goes through all of them, in an order of its own: they divide no number of intervals. */
const STEPS = [1, 7, 31, 83, 131];

/** What the limit says after each of many intervals, in several orders. */
function afterEach(limit: Limit, look: () => void): void {
  look();
  for (const step of STEPS) {
    for (let i = 0; i < ALL.length; i++) {
      limit.update(ALL[(i * step) % ALL.length]!);
      look();
    }
  }
}

/** As many intervals in which all found a slot, and nothing was slower than it should be. */
function rest({ limit, healthyMs }: LimitSubject, times: number): void {
  for (let i = 0; i < times; i++) {
    const { intervalMs, value } = limit;
    const completed = Math.ceil((value / 2) * (intervalMs / healthyMs));
    limit.update({ durationMs: intervalMs, completed, latencyMs: healthyMs, limited: false });
  }
}

/** What every limit of this package has to do; run it against yours. */
export const limitContract: Contract<LimitSubject> = defineContract<LimitSubject>('limit', {
  'lets at least one run, and never all, whatever it sees': ({ limit }) =>
    afterEach(limit, () => {
      assert.ok(Number.isFinite(limit.value) && limit.value >= 1, `the limit is ${limit.value}`);
    }),

  'wants intervals of a length that passes': ({ limit }) =>
    afterEach(limit, () => {
      const { intervalMs } = limit;
      assert.ok(Number.isFinite(intervalMs) && intervalMs > 0, `the interval is ${intervalMs} ms`);
    }),

  'is the same until the next interval': ({ limit }) =>
    afterEach(limit, () => assert.deepEqual(valuesOf(limit), valuesOf(limit))),

  'does not go down while demand is below it and nothing is slow': (subject) => {
    afterEach(subject.limit, () => {});
    for (let i = 0; i < 100; i++) {
      const before = subject.limit.value;
      rest(subject, 1);
      assert.ok(subject.limit.value >= before, `${before} fell to ${subject.limit.value}`);
    }
  },

  'does not grow for ever while demand is below it': (subject) => {
    rest(subject, 100);
    const { value } = subject.limit;
    rest(subject, 1_000);
    assert.equal(subject.limit.value, value);
  },
});

const valuesOf = ({ value, intervalMs }: Limit): readonly number[] => [value, intervalMs];
