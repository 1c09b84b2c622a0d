import { AimdLimit, FixedLimit } from '@spillway/backpressure';
import { FakeClock } from '@spillway/core/testing';
import { CRITICAL, DEFAULT, GREEDY, SHEDDABLE } from '../dist/level';
import type { Interval, Limit } from '../dist/limit';
import { gateOf, now, type TestVisit } from './visits';

beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
afterEach(() => jest.useRealTimers());

/** A limit that notes what it is told. */
function noting(value: number) {
  const seen: Interval[] = [];
  return {
    seen,
    limit: { value, intervalMs: 100, update: (interval: Interval) => void seen.push(interval) },
  };
}

/** A limit that a test sets. */
const settable = (value: number): Limit & { value: number } => ({ value, intervalMs: 100, update() {} });

const states = (visits: readonly TestVisit[]) => visits.map(({ state }) => state);

describe('slots', () => {
  it('are as many as the limit; as many may wait, and the rest is refused', () => {
    const { gate, comeAll } = gateOf(3);
    const visits = comeAll(8);
    expect(states(visits)).toEqual([
      ...Array(3).fill('running'),
      ...Array(3).fill('waiting'),
      ...Array(2).fill('over'),
    ]);
    expect([gate.running, gate.waiting]).toEqual([3, 3]);
    expect(visits.flatMap(({ told }) => told)).toEqual([]);
  });

  it('go to who has waited longest', () => {
    const { comeAll, leave } = gateOf(1, { maxWaiting: 3 });
    const [first, ...others] = comeAll(4);
    leave(first!);
    expect(states(others)).toEqual(['running', 'waiting', 'waiting']);
    expect(others.map(({ told }) => told)).toEqual([['runs'], [], []]);
  });

  it('come back once, however often one leaves', () => {
    const { gate, comeAll, leave } = gateOf(2, { maxWaiting: 5 });
    const visits = comeAll(7);
    for (let i = 0; i < 3; i++) leave(visits[0]!);
    expect([gate.running, gate.waiting]).toEqual([2, 4]);
  });

  it('beyond a limit that went down are given to nobody', () => {
    const limit = settable(4);
    const { gate, comeAll, leave } = gateOf(4, { limit });
    const visits = comeAll(6);
    limit.value = 2;
    leave(visits[0]!);
    leave(visits[1]!);
    expect([gate.running, gate.waiting]).toEqual([2, 2]);
    leave(visits[2]!);
    expect([gate.running, gate.waiting]).toEqual([2, 1]);
  });

  it('of a limit that went up are all given once one comes back', () => {
    const limit = settable(1);
    const { gate, comeAll, leave } = gateOf(1, { limit, maxWaiting: 5 });
    const visits = comeAll(6);
    limit.value = 4;
    leave(visits[0]!);
    expect([gate.running, gate.waiting]).toEqual([4, 1]);
  });

  it('that a limit grows by while one is refused are given at once', () => {
    const limit: Limit & { value: number } = {
      value: 2,
      intervalMs: 100,
      update() {
        this.value = 4;
      },
    };
    const { gate, comeAll, come, pass } = gateOf(2, {
      limit,
      patience: { usualMs: 5_000, standingMs: 5_000 },
    });
    comeAll(4);
    pass(1_000);
    come();
    expect([limit.value, gate.running, gate.waiting]).toEqual([4, 4, 0]);
  });

  it('nobody who comes takes before those who wait', () => {
    const limit = settable(1);
    const { come, leave } = gateOf(1, { limit, maxWaiting: 5 });
    const first = come();
    const second = come();
    limit.value = 2;
    const third = come();
    expect(states([second, third])).toEqual(['waiting', 'waiting']);
    leave(first);
    expect(states([second, third])).toEqual(['running', 'running']);
  });
});

describe('who waits', () => {
  it('and leaves is neither run nor told', () => {
    const { gate, comeAll, leave } = gateOf(1, { maxWaiting: 2 });
    const [first, second, third] = comeAll(3);
    leave(second!);
    expect(gate.waiting).toBe(1);
    leave(first!);
    expect([second!.state, third!.state]).toEqual(['over', 'running']);
    expect(second!.told).toEqual([]);
  });

  it('goes by levels: critical, default, greedy, sheddable', () => {
    const { come, leave } = gateOf(1, { maxWaiting: 10 });
    let running = come();
    const waiting = [SHEDDABLE, GREEDY, DEFAULT, CRITICAL, GREEDY, DEFAULT].map((level) => come(level));
    const order: number[] = [];
    while (waiting.some(({ state }) => state === 'waiting')) {
      leave(running);
      running = waiting.find(({ state }) => state === 'running')!;
      order.push(running.level);
    }
    expect(order).toEqual([CRITICAL, DEFAULT, DEFAULT, GREEDY, GREEDY, SHEDDABLE]);
  });

  it('makes room for who is more urgent, the least urgent first', () => {
    const { come } = gateOf(1, { maxWaiting: 3 });
    come();
    const waiting = [SHEDDABLE, GREEDY, DEFAULT].map((level) => come(level));
    const urgent = [DEFAULT, CRITICAL, CRITICAL, CRITICAL].map((level) => come(level));
    expect(waiting.map(({ told }) => told)).toEqual([['full'], ['full'], ['full']]);
    expect(states(urgent)).toEqual(['over', 'waiting', 'waiting', 'waiting']);
    // It gave way to the third critical one.
    expect(urgent[0]!.told).toEqual(['full']);
  });

  it('makes no room for who is as urgent while the queue does not stand', () => {
    const { come } = gateOf(1, { maxWaiting: 1 });
    come();
    const waits = come();
    expect([come().state, waits.state]).toEqual(['over', 'waiting']);
  });

  it('waits 100 ms, to the millisecond', () => {
    const { come, pass } = gateOf(1);
    come();
    const waits = come();
    pass(99);
    expect(waits.told).toEqual([]);
    pass(1);
    expect([waits.told, waits.state]).toEqual([['timeout'], 'over']);
  });

  it('waits 5 ms where the queue has stood for 100, though critical ones 100', () => {
    const { come, pass } = gateOf(1, { maxWaiting: 10 });
    come();
    come();
    pass(50);
    come();
    const critical = come(CRITICAL);
    pass(49);
    expect(critical.told).toEqual([]);
    pass(1);
    const late = come();
    pass(4);
    expect(late.told).toEqual([]);
    pass(1);
    expect([late.told, critical.told]).toEqual([['timeout'], []]);
    pass(45);
    expect(critical.told).toEqual(['timeout']);
  });

  it.each([
    [99, 'oldest'],
    [100, 'newest'],
  ])('goes, where the queue is not empty for %d ms, %s first', (standsMs, first) => {
    const { come, pass, leave } = gateOf(1, { maxWaiting: 10 });
    const runs = come();
    // Critical ones wait for 100 ms however long the queue stands: two keep it from going empty.
    const critical = [come(CRITICAL)];
    pass(50);
    critical.push(come(CRITICAL));
    pass(standsMs - 50);
    const [oldest, newest] = [come(), come()];
    critical.forEach(leave);
    leave(runs);
    expect([oldest.state, newest.state]).toEqual(
      first === 'oldest' ? ['running', 'waiting'] : ['waiting', 'running'],
    );
  });

  it('is nobody sheddable where the queue stands, though there is room', () => {
    const { come, pass } = gateOf(1, { maxWaiting: 10 });
    come();
    come(CRITICAL);
    pass(50);
    come(CRITICAL);
    pass(49);
    expect(come(SHEDDABLE).state).toBe('waiting');
    pass(1);
    expect([come(SHEDDABLE), come(GREEDY)].map(({ state }) => state)).toEqual(['over', 'waiting']);
  });

  it('waits 5 ms at once where most found no slot before, though the queue was empty since', () => {
    const { comeAll, come, leave, pass } = gateOf(10, { maxWaiting: 30 });
    const visits = comeAll(30);
    pass(50);
    visits.slice(0, 9).forEach(leave);
    pass(50);
    visits.forEach(leave);
    comeAll(10);
    const waits = come();
    pass(4);
    expect(waits.told).toEqual([]);
    pass(1);
    expect(waits.told).toEqual(['timeout']);
  });

  it('is told of nothing twice', () => {
    const { comeAll, leave, pass } = gateOf(2, { maxWaiting: 6 });
    const visits = comeAll(8);
    leave(visits[0]!);
    pass(200);
    for (const visit of visits) leave(visit);
    for (const { told } of visits.slice(2)) expect(told).toHaveLength(1);
  });
});

describe('reserved slots', () => {
  it('are for critical requests alone, beside the limit', () => {
    const { gate, comeAll } = gateOf(10, { reserved: 0.2, maxWaiting: 0 });
    expect(states(comeAll(11))).toEqual([...Array(10).fill('running'), 'over']);
    expect(states(comeAll(3, CRITICAL))).toEqual(['running', 'running', 'over']);
    expect(gate.running).toBe(12);
  });

  it('are one at least, where there are any', () => {
    const { comeAll } = gateOf(1, { reserved: 0.01, maxWaiting: 0 });
    expect(states(comeAll(3, CRITICAL))).toEqual(['running', 'running', 'over']);
  });

  it('are none with a share of 0', () => {
    const { comeAll } = gateOf(2, { reserved: 0, maxWaiting: 0 });
    expect(states(comeAll(3, CRITICAL))).toEqual(['running', 'running', 'over']);
  });

  it('let critical requests pass those who wait', () => {
    const { comeAll, come } = gateOf(10, { reserved: 0.1 });
    comeAll(15);
    expect(come(CRITICAL).state).toBe('running');
  });

  it('go to the critical one that has waited when they come back, not to one that comes then', () => {
    const { comeAll, come, leave } = gateOf(10, { reserved: 0.1 });
    comeAll(10);
    const reserved = come(CRITICAL);
    const waited = come(CRITICAL);
    expect([reserved.state, waited.state]).toEqual(['running', 'waiting']);
    leave(reserved);
    const comes = come(CRITICAL);
    expect([waited.state, comes.state]).toEqual(['running', 'waiting']);
  });
});

describe('a slot given back', () => {
  it('goes to who waits, and is taken back beyond the limit', () => {
    const { gate, comeAll } = gateOf(1, { maxWaiting: 1 });
    const [uploads, waits] = comeAll(2);
    gate.release(uploads!, now());
    expect([uploads!.state, waits!.state, gate.running]).toEqual(['idle', 'running', 1]);
    gate.retake(uploads!, now());
    expect([uploads!.state, gate.running]).toEqual(['running', 2]);
  });

  it('is given back once, and taken back once', () => {
    const { gate, come, leave } = gateOf(2);
    const visit = come();
    gate.release(visit, now());
    gate.release(visit, now());
    expect(gate.running).toBe(0);
    gate.retake(visit, now());
    gate.retake(visit, now());
    expect(gate.running).toBe(1);
    leave(visit);
    gate.retake(visit, now());
    gate.release(visit, now());
    expect([gate.running, visit.state]).toEqual([0, 'over']);
  });

  it('is nobody to learn from: what a client took for its upload is no latency', () => {
    const { limit, seen } = noting(20);
    const { gate, comeAll, leave, pass } = gateOf(20, { limit });
    const visits = comeAll(10);
    for (const visit of visits) gate.release(visit, now());
    pass(500);
    for (const visit of visits) gate.retake(visit, now());
    pass(30);
    visits.forEach(leave);
    expect(seen).toEqual([{ durationMs: 530, completed: 10, latencyMs: 30, limited: false }]);
  });
});

describe('those who need no slot', () => {
  it('give it back where slots are short', () => {
    const { gate, comeAll, come } = gateOf(3);
    const visits = comeAll(3);
    visits[1]!.done = true;
    expect(come().state).toBe('running');
    expect([visits[1]!.state, gate.running]).toEqual(['idle', 3]);
  });

  it('are not asked while there are slots, nor twice in 10 ms', () => {
    const { comeAll, come, pass } = gateOf(2, { maxWaiting: 10 });
    const [first] = comeAll(1);
    const isDone = jest.spyOn(first!, 'isDone');
    come();
    expect(isDone).toHaveBeenCalledTimes(0);
    comeAll(5);
    expect(isDone).toHaveBeenCalledTimes(1);
    pass(9);
    come();
    expect(isDone).toHaveBeenCalledTimes(1);
    pass(1);
    come();
    expect(isDone).toHaveBeenCalledTimes(2);
  });

  it('are still asked after the clock has jumped back', () => {
    const { come } = gateOf(1);
    const stuck = come();
    come();
    jest.setSystemTime(now() - 3_600_000);
    stuck.done = true;
    expect(come().state).toBe('running');
  });
});

describe('the timer', () => {
  it('is one, however many wait, and none when nobody does', () => {
    const { comeAll, come, pass } = gateOf(1, { maxWaiting: 50 });
    come();
    expect(jest.getTimerCount()).toBe(0);
    comeAll(50);
    expect(jest.getTimerCount()).toBe(1);
    pass(100);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is left for no longer than patience lasts when all have left', () => {
    const { come, leave, pass } = gateOf(1);
    come();
    leave(come());
    pass(100);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('wakes in time for who came when an older one had left', () => {
    const { come, leave, pass } = gateOf(1);
    come();
    const leaves = come();
    pass(60);
    leave(leaves);
    const stays = come();
    pass(99);
    expect(stays.told).toEqual([]);
    pass(1);
    expect(stays.told).toEqual(['timeout']);
  });

  it('keeps no process alive', () => {
    jest.useRealTimers();
    const { comeAll, leave } = gateOf(1, { now: new FakeClock().now });
    const before = process.getActiveResourcesInfo();
    const visits = comeAll(2);
    expect(process.getActiveResourcesInfo()).toEqual(before);
    visits.forEach(leave);
  });
});

describe('a wait is expected', () => {
  it('not where there is a slot, nor before anything is known', () => {
    const { gate, comeAll } = gateOf(2);
    expect(gate.expectedWaitMs(DEFAULT)).toBe(0);
    comeAll(2);
    expect(gate.expectedWaitMs(DEFAULT)).toBe(0);
  });

  it('as long as those ahead take, at the latency of before', () => {
    const { gate, comeAll, leave, pass } = gateOf(10, { maxWaiting: 100 });
    const first = comeAll(10);
    pass(100);
    first.forEach(leave);
    comeAll(10);
    expect(gate.expectedWaitMs(DEFAULT)).toBe(10);
    comeAll(9);
    expect(gate.expectedWaitMs(DEFAULT)).toBe(100);
    expect(gate.expectedWaitMs(CRITICAL)).toBe(10);
  });
});

describe('an interval', () => {
  it('lasts as long as the limit wants, and until ten have ended', () => {
    const { limit, seen } = noting(100);
    const { comeAll, leave, pass } = gateOf(100, { limit });
    const visits = comeAll(20);
    pass(99);
    visits.slice(0, 10).forEach(leave);
    expect(seen).toEqual([]);
    pass(1);
    leave(visits[10]!);
    expect(seen).toEqual([{ durationMs: 100, completed: 11, latencyMs: expect.any(Number), limited: false }]);
  });

  it('is not awaited ten times as long, for fewer', () => {
    const { limit, seen } = noting(100);
    const { comeAll, leave, pass } = gateOf(100, { limit });
    const visits = comeAll(2);
    pass(999);
    leave(visits[0]!);
    expect(seen).toHaveLength(0);
    pass(1);
    leave(visits[1]!);
    expect(seen).toHaveLength(1);
  });

  it('was limited where most who came found no slot', () => {
    const { limit, seen } = noting(10);
    const { comeAll, leave, pass } = gateOf(10, { limit, maxWaiting: 30 });
    for (const waiting of [10, 11]) {
      const visits = comeAll(10 + waiting);
      pass(50);
      // They run, and do not come anew.
      visits.slice(0, 9).forEach(leave);
      pass(50);
      visits.forEach(leave);
    }
    expect(seen.map(({ limited }) => limited)).toEqual([false, true]);
  });

  it('counts those who still run', () => {
    const { limit, seen } = noting(20);
    const { comeAll, leave, pass } = gateOf(20, { limit });
    const visits = comeAll(20);
    pass(100);
    visits.slice(0, 10).forEach(leave);
    // 20 ran for 100 ms, and 10 have ended.
    expect(seen).toMatchObject([{ completed: 10, latencyMs: 200 }]);
  });

  it('in which none has ended knows no latency', () => {
    const { limit, seen } = noting(2);
    const { comeAll, pass } = gateOf(2, { limit });
    comeAll(2);
    pass(1_000);
    comeAll(5);
    expect(seen).toEqual([
      { durationMs: 1_000, completed: 0, latencyMs: Number.POSITIVE_INFINITY, limited: true },
    ]);
  });

  it('tells of a burst after a pause how long each one took, and not of the pause', () => {
    const { limit, seen } = noting(20);
    const { comeAll, leave, pass } = gateOf(20, { limit });
    for (let i = 0; i < 3; i++) {
      pass(2_000);
      const visits = comeAll(20);
      pass(50);
      visits.forEach(leave);
    }
    // Those who still run count too.
    for (const { latencyMs } of seen) expect(latencyMs).toBeLessThan(2 * 50);
    expect(seen.length).toBeGreaterThan(0);
  });

  it('with a burst after a pause makes no limit go down that minds latency', () => {
    const limit = new AimdLimit({ latencyMs: 100 });
    const { comeAll, leave, pass } = gateOf(20, { limit });
    for (let i = 0; i < 20; i++) {
      pass(2_000);
      const visits = comeAll(20);
      pass(50);
      visits.forEach(leave);
    }
    expect(limit.value).toBeGreaterThanOrEqual(20);
  });

  it('after which the limit is another one is told of, and no other', () => {
    const changes: number[][] = [];
    const limit = settable(10);
    const onLimit = (value: number, before: number) => void changes.push([value, before]);
    const { comeAll, leave, pass } = gateOf(10, { limit, onLimit });
    const end = () => {
      const visits = comeAll(10);
      pass(100);
      visits.forEach(leave);
    };
    end();
    limit.update = () => {
      limit.value = 12;
    };
    end();
    end();
    expect(changes).toEqual([[12, 10]]);
  });

  it('a fixed limit learns nothing from', () => {
    const limit = new FixedLimit(3);
    limit.update();
    expect([limit.value, limit.intervalMs]).toEqual([3, 100]);
  });
});

describe('a clock that jumps by an hour', () => {
  const HOUR = 3_600_000;

  it.each([HOUR, -HOUR])(
    'of %d ms: who waits is refused, who runs runs on, and who comes is let in',
    (ms) => {
      const { gate, comeAll, come, leave } = gateOf(2);
      const visits = comeAll(4);
      jest.setSystemTime(now() + ms);
      const late = come();
      expect(visits.map(({ told }) => told)).toEqual([[], [], ['timeout'], ['timeout']]);
      expect(late.state).toBe('waiting');
      leave(visits[0]!);
      expect([late.state, gate.running]).toEqual(['running', 2]);
    },
  );

  it('back makes no time: the interval lasts as long as it did', () => {
    const { limit, seen } = noting(20);
    const { comeAll, leave, pass } = gateOf(20, { limit });
    const visits = comeAll(20);
    pass(60);
    visits.slice(0, 5).forEach(leave);
    jest.setSystemTime(now() - HOUR);
    visits.slice(5, 9).forEach(leave);
    pass(50);
    visits.slice(9).forEach(leave);
    expect(seen).toMatchObject([{ durationMs: 110, completed: 10 }]);
    expect(seen[0]!.latencyMs).toBeGreaterThan(0);
  });
});
