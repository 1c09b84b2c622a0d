import {
  Admission,
  type Asked,
  LoadShedder,
  type LoadShedderOptions,
  limitChanged,
} from '@spillway/backpressure';
import { load, OptionError } from '@spillway/core';
import { eventsOf, FakeClock } from '@spillway/core/testing';

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

const clocks: FakeClock[] = [];

beforeEach(() => jest.useFakeTimers({ doNotFake: ['setImmediate'] }));

/** What one shedder reports, others would hear. */
afterEach(() => {
  // Twice: who still waits is refused first.
  for (let i = 0; i < 2; i++) {
    for (const clock of clocks) clock.advance(10_000);
    jest.advanceTimersByTime(100);
  }
  clocks.length = 0;
  jest.useRealTimers();
});

/** A shedder by a clock that stands, and whom it has let in. */
function shedderOf(options: LoadShedderOptions = {}) {
  const clock = new FakeClock(10_000_000);
  clocks.push(clock);
  const shedder = new LoadShedder({ now: clock.now, ...options });
  const ask = (asked?: Asked) => shedder.ask(asked);
  const enter = (asked?: Asked): Admission => {
    const answer = ask(asked);
    if (!(answer instanceof Admission)) throw new Error(answer);
    return answer;
  };
  return { clock, shedder, ask, enter };
}

const FULL = { limit: 1, maxWaiting: 0 };

describe('a load shedder', () => {
  it('lets in as many as the limit, and says why not more', () => {
    const { ask, enter, shedder } = shedderOf({ limit: 2, maxWaiting: 0 });
    const first = enter();
    enter();
    expect(ask()).toBe('full');
    first.leave();
    first.leave();
    expect(enter().state).toBe('running');
    expect(ask()).toBe('full');
    expect(shedder.stats()).toMatchObject({
      inFlight: 2,
      queued: 0,
      limit: 2,
      admitted: 3,
      shed: { full: 2 },
    });
  });

  it('counts who was refused by priority', () => {
    const { ask, enter, shedder } = shedderOf({ ...FULL, reserved: 0 });
    enter();
    for (const priority of ['critical', 'default', 'sheddable', undefined, 'urgent', '__proto__'] as never[])
      expect(ask({ priority })).toBe('full');
    expect(shedder.stats().shedByPriority).toEqual({ critical: 1, default: 4, sheddable: 1 });
  });

  it('refuses what comes late in a turn, critical requests last', async () => {
    const { clock, ask, shedder } = shedderOf();
    ask();
    clock.advance(101);
    expect([ask(), ask({ priority: 'sheddable' })]).toEqual(['turn', 'turn']);
    expect(ask({ priority: 'critical' })).toBeInstanceOf(Admission);
    clock.advance(100);
    expect(ask({ priority: 'critical' })).toBe('turn');
    await nextTurn();
    expect(ask()).toBeInstanceOf(Admission);
    expect(shedder.stats().shed.turn).toBe(3);
  });

  it('refuses who has less time than it would wait', () => {
    const { clock, ask, enter } = shedderOf({ limit: 10, maxWaiting: 100 });
    expect([ask({ deadlineMs: 0 }), ask({ deadlineMs: -5 })]).toEqual(['deadline', 'deadline']);
    const all = Array.from({ length: 10 }, () => enter());
    clock.advance(100);
    for (const admission of all) admission.leave();
    for (let i = 0; i < 10; i++) enter();
    // At 100 ms each and ten at once, a slot comes back every 10 ms.
    expect(ask({ deadlineMs: 10 })).toBe('deadline');
    expect(ask({ deadlineMs: 11 })).toBeInstanceOf(Admission);
    expect(ask({ deadlineMs: 11 })).toBe('deadline');
  });

  it('keeps classes apart, and shares one among those beyond the bound', () => {
    const { ask, enter, shedder } = shedderOf({ ...FULL, maxKeys: 100 });
    for (let i = 0; i < 100; i++) enter({ key: `${i}` });
    expect(ask({ key: '7' })).toBe('full');
    const beyond = enter({ key: '100' });
    for (let i = 101; i < 1_000; i++) expect(ask({ key: `${i}` })).toBe('full');
    expect(ask()).toBe('full');
    beyond.leave();
    enter();
    expect(Object.keys(shedder.stats().classes)).toHaveLength(100);
    expect(shedder.stats()).toMatchObject({ inFlight: 101, limit: 1 });
  });

  it('lets who had less go first, while load is shed', () => {
    const { ask, enter } = shedderOf({ limit: 1, whenFull: 'wait' });
    const of = (name: string): Asked => ({ client: () => name });
    expect(ask({ deadlineMs: 0 })).toBe('deadline');
    const first = enter(of('greedy'));
    const modest = enter(of('modest'));
    const more = [enter(of('greedy')), enter(of('greedy'))];
    const late = enter(of('modest'));
    const states = () => [modest, ...more, late].map(({ state }) => state);
    first.leave();
    expect(states()).toEqual(['running', 'waiting', 'waiting', 'waiting']);
    modest.leave();
    expect(states()).toEqual(['over', 'waiting', 'waiting', 'running']);
    late.leave();
    expect(states()).toEqual(['over', 'running', 'waiting', 'over']);
  });

  it('asks nobody who they are while all are served', () => {
    const { enter } = shedderOf({ limit: 5 });
    const client = jest.fn(() => 'somebody');
    for (let i = 0; i < 10; i++) enter({ client });
    expect(client).not.toHaveBeenCalled();
  });

  it('says when a limit is another one', async () => {
    const limit = { value: 5, intervalMs: 100, update: () => void limit.value++ };
    const { clock, enter } = shedderOf({ limit: () => limit });
    const told = await eventsOf(limitChanged, () => {
      const admission = enter({ key: 'a' });
      clock.advance(1_000);
      admission.leave();
    });
    expect(told).toEqual([{ key: 'a', limit: 6, before: 5 }]);
  });

  it('goes on where the clock jumps an hour forward or back', async () => {
    for (const ms of [3_600_000, -3_600_000]) {
      const { clock, ask, enter, shedder } = shedderOf({ limit: 2 });
      const running = [enter(), enter()];
      const waits = enter();
      clock.advance(ms);
      await nextTurn();
      running[0]!.leave();
      expect(waits.state).toBe('over');
      expect(shedder.stats()).toMatchObject({ inFlight: 1, queued: 0, shed: { timeout: 1 } });
      expect(ask()).toBeInstanceOf(Admission);
    }
  });

  it('says when to come back: later the more are refused, and not the same to all', () => {
    const { ask, enter, shedder } = shedderOf(FULL);
    enter();
    ask();
    const few = Array.from({ length: 50 }, () => shedder.retryAfterSeconds());
    for (let i = 0; i < 20; i++) ask();
    const many = Array.from({ length: 50 }, () => shedder.retryAfterSeconds());
    expect(Math.min(...few, ...many)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...few)).toBeLessThanOrEqual(2);
    expect(Math.max(...many)).toBeGreaterThan(2);
    expect(Math.max(...many)).toBeLessThanOrEqual(60);
    expect(new Set(many).size).toBeGreaterThan(3);
  });

  it.each([
    [{ limit: 0 }, 'limit'],
    [{ limit: 1.5 }, 'limit'],
    [{ turnBudgetMs: 0 }, 'turnBudgetMs'],
    [{ maxWaiting: -1 }, 'maxWaiting'],
    [{ maxWaitMs: 0 }, 'maxWaitMs'],
    [{ reserved: -0.1 }, 'reserved'],
    [{ maxKeys: 0 }, 'maxKeys'],
    [{ now: 5 }, 'now'],
    [{ maxConcurrency: 5 }, 'maxConcurrency'],
  ])('refuses %p', (options, option) => {
    expect(() => new LoadShedder(options as never)).toThrow(OptionError);
    expect(() => new LoadShedder(options as never)).toThrow(`LoadShedder: ${option} `);
  });
});

describe("the process's load", () => {
  it('is told while requests are shed, and taken back after; no timer is left', () => {
    const { clock, ask, enter } = shedderOf(FULL);
    const running = enter();
    expect([load.level(), jest.getTimerCount()]).toEqual([0, 0]);
    ask();
    expect(load.current()).toMatchObject({ level: 1, reason: 'requests are shed' });
    running.leave();
    expect(jest.getTimerCount()).toBe(1);
    clock.advance(2_000);
    jest.advanceTimersByTime(100);
    expect([load.level(), jest.getTimerCount()]).toEqual([0, 0]);
  });

  it('of others keeps sheddable requests out, and its own does not', () => {
    const { ask, enter } = shedderOf({ limit: 5, maxWaiting: 0 });
    const sheddable: Asked = { priority: 'sheddable' };
    load.report('pool', 0.89, 'test');
    enter(sheddable).leave();
    load.report('pool', 0.9, 'test');
    expect(ask(sheddable)).toBe('load');
    enter().leave();
    load.report('pool', 0, 'test');
    expect(load.level()).toBeGreaterThan(0);
    enter(sheddable).leave();
  });
});
