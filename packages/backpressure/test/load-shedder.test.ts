import {
  type Admission,
  type Asked,
  FixedLimit,
  LoadShedder,
  type LoadShedderOptions,
  limitChanged,
  type ShedReason,
  shed,
} from '@spillway/backpressure';
import { load } from '@spillway/core';
import { eventsOf } from '@spillway/core/testing';
import { now } from './visits';

beforeEach(() => jest.useFakeTimers({ now: 1_000_000 }));
afterEach(() => {
  load.report('another', 0, 'over');
  // What a shedder reports it takes back itself, once the last one who waits has been told.
  jest.advanceTimersByTime(20_000);
  jest.useRealTimers();
});

type Answer = Admission | ShedReason;

function shedderOf(options: LoadShedderOptions = {}) {
  const shedder = new LoadShedder({ limit: 2, turnBudgetMs: 10_000, now, ...options });
  const ask = (asked?: Asked): Answer => shedder.ask(asked);
  const askAll = (count: number, asked?: Asked) => Array.from({ length: count }, () => ask(asked));
  return { shedder, ask, askAll, pass: (ms: number) => jest.advanceTimersByTime(ms) };
}

const stateOf = (answer: Answer) => (typeof answer === 'string' ? answer : answer.state);

const leave = (answer: Answer) => {
  if (typeof answer !== 'string') answer.leave();
};

/** What becomes of one that waits. */
function fateOf(answer: Answer) {
  const fate: unknown[] = [];
  void (answer as Admission).whenSettled().then((refusal) => fate.push(refusal ?? 'runs'));
  return fate;
}

describe('a load shedder', () => {
  it('lets in what it has slots for, lets as many wait, and refuses the rest', () => {
    const { askAll, shedder } = shedderOf();
    expect(askAll(5).map(stateOf)).toEqual(['running', 'running', 'waiting', 'waiting', 'full']);
    expect(shedder.stats()).toEqual({
      inFlight: 2,
      queued: 2,
      limit: 2,
      admitted: 2,
      skipped: 0,
      shed: { turn: 0, full: 1, timeout: 0, deadline: 0, load: 0 },
      shedByPriority: { critical: 0, default: 1, sheddable: 0 },
      classes: {},
    });
  });

  it('tells one that waits that it runs, or why not', async () => {
    const { askAll, pass, shedder } = shedderOf();
    const [runs, , first, second] = askAll(4);
    const fates = [first, second].map((answer) => fateOf(answer!));
    leave(runs!);
    pass(100);
    await Promise.resolve();
    expect(fates).toEqual([['runs'], ['timeout']]);
    expect(shedder.stats()).toMatchObject({ inFlight: 2, queued: 0, admitted: 3, shed: { timeout: 1 } });
  });

  it('counts one that leaves while it waits neither as admitted nor as shed', () => {
    const { askAll, shedder } = shedderOf();
    const answers = askAll(3);
    leave(answers[2]!);
    leave(answers[2]!);
    expect(shedder.stats()).toMatchObject({ inFlight: 2, queued: 0, admitted: 2, shed: { timeout: 0 } });
  });

  it('gets each slot back once', () => {
    const { askAll, shedder, ask } = shedderOf({ maxWaiting: 0 });
    const [one] = askAll(2);
    for (let i = 0; i < 3; i++) leave(one!);
    expect(shedder.stats().inFlight).toBe(1);
    expect([ask(), ask()].map(stateOf)).toEqual(['running', 'full']);
  });

  it('counts what passes without being asked for', () => {
    const { shedder } = shedderOf();
    shedder.skip();
    shedder.skip();
    expect(shedder.stats()).toMatchObject({ skipped: 2, admitted: 0, inFlight: 0 });
  });

  it('publishes what it refuses, with reason, priority and class', async () => {
    const { askAll } = shedderOf({ maxWaiting: 0 });
    const events = await eventsOf(shed, () => askAll(4, { priority: 'sheddable', key: 'report' }));
    expect(events).toEqual(Array(2).fill({ reason: 'full', priority: 'sheddable', key: 'report' }));
  });

  it('publishes that a limit is another one, and of which class', async () => {
    const limit = () => ({
      value: 5,
      intervalMs: 1,
      update() {
        this.value = 6;
      },
    });
    const { askAll, pass } = shedderOf({ limit });
    const events = await eventsOf(limitChanged, () => {
      const answers = askAll(2, { key: 'slow' });
      pass(10);
      answers.forEach(leave);
    });
    expect(events).toEqual([{ key: 'slow', limit: 6, before: 5 }]);
  });

  it('says whole numbers of a limit that is not whole', () => {
    const { shedder } = shedderOf({ limit: () => ({ value: 7.9, intervalMs: 100, update() {} }) });
    expect(shedder.stats().limit).toBe(7);
  });

  it('sheds what comes too late in a turn', () => {
    const { ask, shedder } = shedderOf({ limit: 100, turnBudgetMs: 10 });
    ask();
    jest.setSystemTime(now() + 41);
    expect(ask()).toBe('turn');
    expect(shedder.stats().shed.turn).toBe(1);
  });

  it('sheds critical requests of a turn last, and none in the next turn', () => {
    const { ask, pass } = shedderOf({ limit: 100, turnBudgetMs: 25 });
    const critical: Asked = { priority: 'critical' };
    ask();
    jest.setSystemTime(now() + 101);
    expect([ask(), ask({ priority: 'sheddable' }), ask(critical)].map(stateOf)).toEqual([
      'turn',
      'turn',
      'running',
    ]);
    jest.setSystemTime(now() + 100);
    expect(ask(critical)).toBe('turn');
    pass(1);
    expect(stateOf(ask())).toBe('running');
  });

  it('leaves no timer, and no setImmediate, while it has nothing to do', () => {
    const { askAll, pass } = shedderOf();
    expect(jest.getTimerCount()).toBe(0);
    const answers = askAll(5);
    answers.forEach(leave);
    pass(2_500);
    expect(jest.getTimerCount()).toBe(0);
  });
});

describe('priorities', () => {
  it('decide who has to make room, and who is served first', async () => {
    const { ask } = shedderOf({ limit: 1, reserved: 0 });
    const runs = ask();
    const sheddable = fateOf(ask({ priority: 'sheddable' }));
    const usual = ask();
    const usualFate = fateOf(usual);
    const critical = fateOf(ask({ priority: 'critical' }));
    leave(runs);
    await Promise.resolve();
    expect([sheddable, usualFate, critical]).toEqual([['full'], ['full'], ['runs']]);
  });

  it('have slots of their own where they are critical', () => {
    const { askAll } = shedderOf({ limit: 10, maxWaiting: 0, reserved: 0.2 });
    askAll(10);
    expect(askAll(3, { priority: 'critical' }).map(stateOf)).toEqual(['running', 'running', 'full']);
  });

  it('that are none are the default', () => {
    const { askAll, ask, shedder } = shedderOf({ maxWaiting: 0, reserved: 0 });
    askAll(2);
    for (const priority of [undefined, 'urgent', '__proto__'] as never[]) ask({ priority });
    expect(shedder.stats().shedByPriority).toEqual({ critical: 0, default: 3, sheddable: 0 });
  });

  it('are counted', () => {
    const { askAll, shedder } = shedderOf({ maxWaiting: 0, reserved: 0 });
    askAll(3);
    askAll(2, { priority: 'critical' });
    askAll(3, { priority: 'sheddable' });
    expect(shedder.stats().shedByPriority).toEqual({ critical: 2, default: 1, sheddable: 3 });
  });
});

describe('the load', () => {
  it('is reported by the share that is refused, and taken back two seconds later', () => {
    const { askAll, pass } = shedderOf({ maxWaiting: 0 });
    const answers = askAll(2);
    expect(load.level()).toBe(0);
    askAll(1);
    expect(load.current()).toEqual({ level: 1, reason: 'requests are shed' });
    answers.forEach(leave);
    pass(100);
    // Two were served, and one refused.
    expect(load.level()).toBeCloseTo((1 + 1 / 3) / 2);
    pass(1_900);
    expect(load.level()).toBe(0);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('is reported by a timer that keeps no process alive', () => {
    const armed = jest.spyOn(globalThis, 'setInterval');
    const { askAll } = shedderOf({ maxWaiting: 0 });
    askAll(3);
    expect(armed.mock.results.map(({ value }) => value.hasRef())).toEqual([false]);
  });

  it('is reported by one timer, however much is refused', () => {
    const { askAll, pass } = shedderOf({ maxWaiting: 0 });
    askAll(1_000);
    // The end of the turn is awaited, too.
    pass(1);
    expect(jest.getTimerCount()).toBe(1);
  });

  it.each([
    [0.9, 'load'],
    [0.89, 'running'],
  ])('of %d from elsewhere decides about sheddable requests: %s', (level, outcome) => {
    const { ask, shedder } = shedderOf();
    load.report('another', level, 'test');
    expect(stateOf(ask({ priority: 'sheddable' }))).toBe(outcome);
    expect([ask(), ask({ priority: 'critical' })].map(stateOf)).not.toContain('load');
    expect(shedder.stats().shed.load).toBe(outcome === 'load' ? 1 : 0);
  });

  it('of its own refuses nothing more', () => {
    const { askAll, ask } = shedderOf({ maxWaiting: 0 });
    const answers = askAll(50);
    expect(load.level()).toBe(1);
    answers.forEach(leave);
    expect(stateOf(ask({ priority: 'sheddable' }))).toBe('running');
  });

  it('of two shedders is that of the one that sheds more', () => {
    const one = shedderOf({ maxWaiting: 0 });
    const other = shedderOf({ maxWaiting: 0 });
    one.askAll(10);
    expect(stateOf(other.ask({ priority: 'sheddable' }))).toBe('load');
  });
});

describe('clients', () => {
  const as = (client: string, asked: Asked = {}): Asked => ({ ...asked, client: () => client });

  it('are not asked for while all are served', () => {
    const client = jest.fn(() => 'a');
    const { askAll, ask } = shedderOf({ limit: 3, maxWaiting: 0 });
    askAll(3, { client });
    expect(client).toHaveBeenCalledTimes(0);
    expect(ask({ client })).toBe('full');
    ask({ client });
    expect(client).toHaveBeenCalledTimes(1);
  });

  it('are not asked for where priority says more', () => {
    const client = jest.fn(() => 'a');
    const { askAll } = shedderOf({ maxWaiting: 0 });
    askAll(5);
    askAll(2, { client, priority: 'critical' });
    askAll(2, { client, priority: 'sheddable' });
    expect(client).toHaveBeenCalledTimes(0);
  });

  it('who had more than their share wait behind the others', async () => {
    const { askAll, ask } = shedderOf({ limit: 10, maxWaiting: 2 });
    askAll(8).forEach(leave);
    const blockers = askAll(13);
    blockers.forEach(leave);
    const greedy = askAll(9, as('greedy'));
    const modest = ask(as('modest'));
    const waits = [ask(as('greedy')), ask(as('modest'))].map(fateOf);
    leave(greedy[0]!);
    await Promise.resolve();
    expect(stateOf(modest)).toBe('running');
    expect(waits).toEqual([[], ['runs']]);
  });

  it('who had more than their share make room for the others', async () => {
    const { askAll, ask } = shedderOf({ limit: 10, maxWaiting: 1 });
    askAll(12).forEach(leave);
    askAll(9, as('greedy'));
    ask(as('modest'));
    const greedy = fateOf(ask(as('greedy')));
    expect(stateOf(ask(as('modest')))).toBe('waiting');
    await Promise.resolve();
    expect(greedy).toEqual(['full']);
  });

  it('who are nobody have a share of nothing', () => {
    const { askAll, ask } = shedderOf({ limit: 1, maxWaiting: 1 });
    askAll(3);
    expect(stateOf(ask({ client: () => undefined }))).toBe('full');
  });
});

describe('a deadline', () => {
  /** A shedder that has seen requests of 100 ms, 10 at once. */
  function seasoned() {
    const given = shedderOf({ limit: 10, maxWaiting: 20 });
    const answers = given.askAll(10);
    given.pass(100);
    answers.forEach(leave);
    return given;
  }

  it.each([0, -1, Number.NEGATIVE_INFINITY])('of %d is missed already', (deadlineMs) => {
    const { ask, shedder } = shedderOf();
    expect(ask({ deadlineMs })).toBe('deadline');
    expect(shedder.stats().shed.deadline).toBe(1);
  });

  it('that is sooner than its turn is refused at once, a later one waits', () => {
    const { ask, askAll } = seasoned();
    askAll(10);
    askAll(4);
    // Four wait: the fifth runs after 5 of 10 have ended.
    expect(ask({ deadlineMs: 50 })).toBe('deadline');
    expect(stateOf(ask({ deadlineMs: 51 }))).toBe('waiting');
  });

  it('is no reason to refuse where there is a slot, or where nothing is known', () => {
    const { ask, askAll } = seasoned();
    askAll(9);
    expect(stateOf(ask({ deadlineMs: 0.001 }))).toBe('running');
    const fresh = shedderOf();
    fresh.askAll(2);
    expect(stateOf(fresh.ask({ deadlineMs: 1 }))).toBe('waiting');
  });

  it('of a critical request is missed later: it waits for one alone', () => {
    const { ask, askAll } = seasoned();
    askAll(25);
    expect(ask({ deadlineMs: 20 })).toBe('deadline');
    expect(stateOf(ask({ deadlineMs: 20, priority: 'critical' }))).toBe('running');
  });

  it('is not missed for those who need their slot no more', () => {
    const { ask, askAll } = seasoned();
    askAll(10, { isDone: () => true });
    expect(stateOf(ask({ deadlineMs: 5 }))).toBe('running');
  });
});

describe('with whenFull: wait', () => {
  it('nobody is refused before the time that is given, to the millisecond', async () => {
    const { askAll, pass } = shedderOf({ whenFull: 'wait', maxWaitMs: 3_000 });
    const fates = askAll(102).slice(2).map(fateOf);
    pass(2_999);
    await Promise.resolve();
    expect(fates.flat()).toEqual([]);
    pass(1);
    await Promise.resolve();
    expect(fates).toEqual(Array(100).fill(['timeout']));
  });

  it('a thousand wait, or as many as are given; the rest is refused', () => {
    const usual = shedderOf({ whenFull: 'wait' });
    expect(usual.askAll(1_003).map(stateOf).lastIndexOf('waiting')).toBe(1_001);
    expect(usual.shedder.stats().shed.full).toBe(1);
    const given = shedderOf({ whenFull: 'wait', maxWaiting: 3 });
    expect(
      given
        .askAll(6)
        .map(stateOf)
        .filter((state) => state === 'waiting'),
    ).toHaveLength(3);
  });

  it('the first one comes first, however long the queue stands', async () => {
    const { askAll, ask, pass } = shedderOf({ limit: 1, whenFull: 'wait' });
    const runs = ask();
    const fates = askAll(3).map(fateOf);
    pass(5_000);
    leave(runs);
    await Promise.resolve();
    expect(fates).toEqual([['runs'], [], []]);
  });
});

describe('classes', () => {
  it('have a limit of their own each', () => {
    const { askAll, ask, shedder } = shedderOf({ maxWaiting: 0 });
    askAll(3, { key: 'slow' });
    expect([ask({ key: 'fast' }), ask()].map(stateOf)).toEqual(['running', 'running']);
    expect(shedder.stats()).toMatchObject({
      inFlight: 4,
      classes: { slow: { inFlight: 2, queued: 0, limit: 2 }, fast: { inFlight: 1, queued: 0, limit: 2 } },
    });
  });

  it('are made a limit each', () => {
    const limit = jest.fn(() => new FixedLimit(1));
    const { ask } = shedderOf({ limit });
    for (const key of [undefined, 'a', 'b', 'a', undefined]) ask({ key });
    expect(limit).toHaveBeenCalledTimes(3);
  });

  it('that nobody sane would name are classes like others', () => {
    const { ask, shedder } = shedderOf();
    const keys = ['__proto__', 'constructor', '', '\0', 'x'.repeat(100_000)];
    for (const key of keys) expect(stateOf(ask({ key }))).toBe('running');
    expect(Object.keys(shedder.stats().classes).sort()).toEqual(keys.toSorted());
    expect(Object.hasOwn(shedder.stats().classes, '__proto__')).toBe(true);
  });

  it('beyond the bound, a thousand of a hostile client, share what those without one have', () => {
    const { ask, shedder } = shedderOf({ maxKeys: 10, maxWaiting: 0, reserved: 0 });
    const answers = Array.from({ length: 1_000 }, (_, i) => ask({ key: `hostile ${i}` }));
    // One in each of ten classes, and two in the common one.
    expect(answers.map(stateOf).filter((state) => state === 'running')).toHaveLength(12);
    expect(shedder.stats().inFlight).toBe(12);
    expect(Object.keys(shedder.stats().classes)).toHaveLength(10);
    answers.forEach(leave);
    expect(shedder.stats().inFlight).toBe(0);
    expect(stateOf(ask({ key: 'new' }))).toBe('running');
    expect(Object.keys(shedder.stats().classes)).toHaveLength(10);
  });
});

describe('when to come back', () => {
  it('is in a second or two while nothing is refused, and later the more is', () => {
    const { shedder, askAll } = shedderOf({ maxWaiting: 0 });
    const several = () => Array.from({ length: 300 }, () => shedder.retryAfterSeconds());
    expect(new Set(several())).toEqual(new Set([1, 2]));
    // Two run, and twenty were refused: ten seconds.
    askAll(22);
    const later = several();
    expect([Math.min(...later), Math.max(...later)]).toEqual([1, 11]);
  });

  it('knows who has left, once only', () => {
    const { shedder, askAll, pass } = shedderOf({ maxWaiting: 5 });
    const latest = () => Math.max(...Array.from({ length: 300 }, () => shedder.retryAfterSeconds()));
    const [one, other, ...waiting] = askAll(7);
    waiting.forEach(leave);
    leave(one!);
    pass(5_000);
    // One runs, nobody was served of late, and five wait.
    const late = askAll(26);
    expect(latest()).toBe(11);
    late.forEach(leave);
    leave(other!);
    pass(5_000);
    expect(latest()).toBe(2);
  });
});

describe('a clock that jumps by an hour', () => {
  const HOUR = 3_600_000;

  it.each([HOUR, -HOUR])('of %d ms: who waits is refused, and all goes on', async (ms) => {
    const { askAll, ask, pass, shedder } = shedderOf({ turnBudgetMs: 25 });
    const answers = askAll(4);
    const fates = answers.slice(2).map(fateOf);
    pass(1);
    jest.setSystemTime(now() + ms);
    const late = ask();
    await Promise.resolve();
    expect([fates, stateOf(late)]).toEqual([[['timeout'], ['timeout']], 'waiting']);
    answers.forEach(leave);
    expect(stateOf(late)).toBe('running');
    leave(late);
    pass(2_500);
    expect([shedder.stats().inFlight, load.level(), jest.getTimerCount()]).toEqual([0, 0, 0]);
    expect(stateOf(ask())).toBe('running');
  });
});

describe('a wrong option throws at construction, naming option, expectation and value', () => {
  it.each<[object, string]>([
    [{ limit: 0 }, 'LoadShedder: limit must be an integer of at least 1 or a function, got 0'],
    [{ limit: 1.5 }, 'got 1.5'],
    [{ limit: '5' }, "got '5'"],
    [{ turnBudgetMs: 0 }, 'LoadShedder: turnBudgetMs must be an integer from 1 to 10000, got 0'],
    [{ turnBudgetMs: 10_001 }, 'got 10001'],
    [{ whenFull: 'queue' }, "LoadShedder: whenFull must be one of 'refuse', 'wait', got 'queue'"],
    [{ maxWaiting: -1 }, 'LoadShedder: maxWaiting must be an integer of at least 0, got -1'],
    [{ maxWaitMs: 0 }, 'LoadShedder: maxWaitMs must be an integer from 1 to 2147483647, got 0'],
    [{ maxWaitMs: 2 ** 31 }, 'got 2147483648'],
    [{ maxWaitMs: Infinity }, 'got Infinity'],
    [{ reserved: 1.01 }, 'LoadShedder: reserved must be a number from 0 to 1, got 1.01'],
    [{ reserved: -0.1 }, 'got -0.1'],
    [{ reserved: Number.NaN }, 'got NaN'],
    [{ maxKeys: 0 }, 'LoadShedder: maxKeys must be an integer of at least 1, got 0'],
    [{ now: 5 }, 'LoadShedder: now must be a function, got 5'],
    [{ maxInFlight: 5 }, 'LoadShedder: maxInFlight is not an option (options: limit,'],
  ])('%p', (options, message) => {
    expect(() => new LoadShedder(options as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });

  it('options that are none', () => {
    for (const options of [5, null, [], 'x'])
      expect(() => new LoadShedder(options as never)).toThrow('LoadShedder: ');
  });
});
