import fc from 'fast-check';
import { type Flight, Flights, type Landing } from '../dist/flights';

const WAIT_MS = 100;

/** Lets promises go on. */
const settled = async (): Promise<void> => {
  for (let i = 0; i < 5; i++) await Promise.resolve();
};

beforeEach(() => {
  jest.useFakeTimers({ doNotFake: ['nextTick', 'queueMicrotask', 'setImmediate'] });
});

afterEach(() => {
  jest.useRealTimers();
});

/** One who waits, and what was told. */
interface Waiter {
  readonly leave: () => void;
  readonly told: Landing[];
}

function waitFor(flights: Flights, flight: Flight): Waiter | undefined {
  const joined = flights.join(flight);
  if (joined === undefined) return undefined;
  const told: Landing[] = [];
  void joined.landed.then((landing) => told.push(landing));
  return { leave: joined.leave, told };
}

const howOf = (waiters: readonly (Waiter | undefined)[]) =>
  waiters.map((waiter) => waiter?.told.map(({ how }) => how).join());

describe('a flight', () => {
  const start = (waiting: number, maxWaiting = 10) => {
    const flights = new Flights(WAIT_MS, maxWaiting);
    const flight = flights.start('a');
    const leader = flight.lead();
    const waiters = Array.from({ length: waiting }, () => waitFor(flights, flight));
    return { flights, flight, leader, waiters };
  };

  it.each<Landing>([{ how: 'stored', names: ['accept'] }, { how: 'failed' }, { how: 'pass' }])(
    'that lands by %j tells all at once, and is over',
    async (landing) => {
      const { flights, flight, waiters } = start(3);
      expect([flights.find('a'), flights.waiting]).toEqual([flight, 3]);
      flight.land(landing);
      expect([flights.find('a'), flights.waiting, jest.getTimerCount()]).toEqual([undefined, 0, 0]);
      await settled();
      expect(waiters.map((waiter) => waiter?.told)).toEqual([[landing], [landing], [landing]]);
    },
  );

  it('that loses its leader is led by the first of those who wait, and the others go on waiting', async () => {
    const { flights, flight, leader, waiters } = start(3);
    flight.lose(leader);
    await settled();
    expect(howOf(waiters)).toEqual(['lead', '', '']);
    expect([flights.find('a'), flights.waiting]).toEqual([flight, 2]);
    flight.lead();
    flight.land({ how: 'pass' });
    await settled();
    expect(howOf(waiters)).toEqual(['lead', 'pass', 'pass']);
  });

  it('is not lost by one who leads no more', async () => {
    const { flight, leader, waiters } = start(3);
    flight.lose(leader);
    const second = flight.lead();
    flight.lose(leader);
    await settled();
    expect(howOf(waiters)).toEqual(['lead', '', '']);
    flight.lose(second);
    await settled();
    expect(howOf(waiters)).toEqual(['lead', 'lead', '']);
  });

  it('that nobody waits for is over where it is lost', () => {
    const { flights, flight, leader } = start(0);
    flight.lose(leader);
    expect([flights.find('a'), jest.getTimerCount()]).toEqual([undefined, 0]);
  });

  it('that takes too long is led by one more each time, and any of them lands it', async () => {
    const { flights, flight, waiters } = start(3);
    jest.advanceTimersByTime(WAIT_MS - 1);
    await settled();
    expect(howOf(waiters)).toEqual(['', '', '']);
    jest.advanceTimersByTime(1);
    await settled();
    expect(howOf(waiters)).toEqual(['lead', '', '']);
    jest.advanceTimersByTime(WAIT_MS - 1);
    await settled();
    expect(howOf(waiters)).toEqual(['lead', '', '']);
    jest.advanceTimersByTime(1);
    await settled();
    expect(howOf(waiters)).toEqual(['lead', 'lead', '']);
    flight.land({ how: 'failed' });
    await settled();
    expect(howOf(waiters)).toEqual(['lead', 'lead', 'failed']);
    expect([flights.waiting, jest.getTimerCount()]).toEqual([0, 0]);
  });

  it('gives who leads from now on all its time', async () => {
    const { flight, leader, waiters } = start(3);
    jest.advanceTimersByTime(WAIT_MS - 1);
    flight.lose(leader);
    jest.advanceTimersByTime(WAIT_MS - 1);
    await settled();
    expect(howOf(waiters)).toEqual(['lead', '', '']);
    jest.advanceTimersByTime(1);
    await settled();
    expect(howOf(waiters)).toEqual(['lead', 'lead', '']);
  });

  it('runs no timer while nobody waits', () => {
    const { flights, flight, leader } = start(0);
    expect(jest.getTimerCount()).toBe(0);
    waitFor(flights, flight);
    expect(jest.getTimerCount()).toBe(1);
    flight.lose(leader);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('forgets who leaves, and tells him nothing', async () => {
    const { flights, flight, leader, waiters } = start(3);
    waiters[0]!.leave();
    waiters[0]!.leave();
    expect(flights.waiting).toBe(2);
    flight.lose(leader);
    await settled();
    expect(howOf(waiters)).toEqual(['', 'lead', '']);
    waiters[1]!.leave();
    expect(flights.waiting).toBe(1);
    waiters[2]!.leave();
    flight.land({ how: 'pass' });
    await settled();
    expect([howOf(waiters), flights.waiting]).toEqual([['', 'lead', ''], 0]);
  });

  it('is joined by as many as may wait, over all keys', () => {
    const { flights, flight, waiters } = start(2, 2);
    const other = flights.start('b');
    expect([waitFor(flights, flight), waitFor(flights, other)]).toEqual([undefined, undefined]);
    waiters[0]!.leave();
    expect(waitFor(flights, other)).toBeDefined();
    expect(waitFor(flights, other)).toBeUndefined();
    flight.land({ how: 'pass' });
    expect(waitFor(flights, other)).toBeDefined();
    expect(start(1, 0).waiters).toEqual([undefined]);
  });

  it('is not found under another key, and ends none that took its place', () => {
    const { flights, flight } = start(0);
    expect(flights.find('b')).toBeUndefined();
    const next = flights.start('a');
    flight.land({ how: 'pass' });
    expect(flights.find('a')).toBe(next);
    next.land({ how: 'pass' });
    expect(flights.find('a')).toBeUndefined();
  });
});

type Told = Landing['how'] | 'left' | undefined;

/** A flight as one would tell it: who waits, in what order, and until when. */
class SlowFlight {
  readonly key: string;
  leaders = 0;
  waiting: number[] = [];
  overdueMs = Number.POSITIVE_INFINITY;

  constructor(key: string) {
    this.key = key;
  }
}

/** All of them, and what each waiter was told. */
class SlowFlights {
  nowMs = 0;
  readonly flights: SlowFlight[] = [];
  readonly current = new Map<string, SlowFlight>();
  readonly told: Told[] = [];
  readonly maxWaiting: number;

  constructor(maxWaiting: number) {
    this.maxWaiting = maxWaiting;
  }

  get waiting(): number {
    return this.flights.reduce((sum, flight) => sum + flight.waiting.length, 0);
  }

  get timers(): number {
    return this.flights.filter(({ overdueMs }) => overdueMs < Number.POSITIVE_INFINITY).length;
  }

  join(flight: SlowFlight): boolean {
    if (this.waiting === this.maxWaiting) return false;
    flight.waiting.push(this.told.push(undefined) - 1);
    flight.overdueMs = Math.min(flight.overdueMs, this.nowMs + WAIT_MS);
    return true;
  }

  leave(waiter: number): void {
    for (const flight of this.flights) {
      if (!flight.waiting.includes(waiter)) continue;
      flight.waiting = flight.waiting.filter((each) => each !== waiter);
      this.told[waiter] = 'left';
    }
  }

  land(flight: SlowFlight, how: Landing['how']): void {
    for (const waiter of flight.waiting) this.told[waiter] = how;
    flight.waiting = [];
    this.#end(flight);
  }

  handOver(flight: SlowFlight): void {
    const next = flight.waiting.shift();
    if (next === undefined) return this.#end(flight);
    this.told[next] = 'lead';
    flight.overdueMs = flight.waiting.length > 0 ? this.nowMs + WAIT_MS : Number.POSITIVE_INFINITY;
  }

  advance(ms: number): void {
    for (let i = 0; i < ms; i++) {
      this.nowMs++;
      for (const flight of this.flights) if (flight.overdueMs === this.nowMs) this.handOver(flight);
    }
  }

  #end(flight: SlowFlight): void {
    flight.overdueMs = Number.POSITIVE_INFINITY;
    if (this.current.get(flight.key) === flight) this.current.delete(flight.key);
  }
}

describe('flights', () => {
  const which = fc.nat(20);
  const does = <Name extends string>(name: Name) =>
    fc.record({ does: fc.constant(name), which, other: which });
  const step = fc.oneof(
    { arbitrary: does('start'), weight: 2 },
    { arbitrary: does('join'), weight: 8 },
    { arbitrary: does('lead'), weight: 2 },
    { arbitrary: does('leave'), weight: 1 },
    { arbitrary: does('land'), weight: 2 },
    { arbitrary: does('lose'), weight: 1 },
    { arbitrary: does('advance'), weight: 1 },
  );
  const steps = fc.array(step, { minLength: 10, maxLength: 40, size: 'max' });
  const HOWS = ['failed', 'pass', 'stored'] as const;

  it('tell each who waits once, or never where he leaves, and count who waits', async () => {
    const seen = new Map<Told, number>();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 6 }), steps, async (max, steps) => {
        jest.clearAllTimers();
        const flights = new Flights(WAIT_MS, max);
        const model = new SlowFlights(max);
        const all: Flight[] = [];
        const waiters: Waiter[] = [];
        for (const { does, which, other } of steps) {
          const i = which % Math.max(1, all.length);
          const [flight, slow] = [all[i], model.flights[i]];
          if (does === 'start') {
            const key = 'ab'[which % 2]!;
            const started = new SlowFlight(key);
            all.push(flights.start(key));
            model.flights.push(started);
            model.current.set(key, started);
          } else if (does === 'leave' && waiters.length > 0) {
            waiters[which % waiters.length]!.leave();
            model.leave(which % waiters.length);
          } else if (does === 'advance') {
            jest.advanceTimersByTime(which * 10);
            model.advance(which * 10);
          } else if (flight && slow) {
            if (does === 'join') {
              const waiter = waitFor(flights, flight);
              expect(waiter !== undefined).toBe(model.join(slow));
              if (waiter) waiters.push(waiter);
            }
            if (does === 'lead') expect(flight.lead()).toBe(++slow.leaders);
            if (does === 'land') {
              const how = HOWS[other % 3]!;
              flight.land(how === 'stored' ? { how, names: [] } : { how });
              model.land(slow, how);
            }
            if (does === 'lose') {
              const leader = other % (slow.leaders + 2);
              flight.lose(leader);
              if (leader === slow.leaders) model.handOver(slow);
            }
          }
          await settled();
          expect(flights.waiting).toBe(model.waiting);
          expect(jest.getTimerCount()).toBe(model.timers);
          for (const key of 'ab') {
            const found = flights.find(key);
            expect(found && model.flights[all.indexOf(found)]).toBe(model.current.get(key));
          }
          const told = waiters.map((waiter) => waiter.told.map(({ how }) => how));
          expect(told).toEqual(model.told.map((how) => (how === undefined || how === 'left' ? [] : [how])));
        }
        for (const how of model.told) seen.set(how, (seen.get(how) ?? 0) + 1);
      }),
      { numRuns: 150 },
    );
    expect(seen.size).toBe(6);
    expect(Math.min(...seen.values())).toBeGreaterThan(15);
  });
});
