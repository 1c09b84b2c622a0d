import { CRITICAL, DEFAULT, GREEDY, type Level, SHEDDABLE } from '../dist/level';
import type { Visit } from '../dist/visit';
import { CODEL, WaitingQueue } from '../dist/waiting-queue';
import { TestVisit } from './visits';

/** A queue with one of each level and time. */
function queueOf(patience: typeof CODEL, ...waiters: readonly (readonly [Level, number])[]) {
  const queue = new WaitingQueue(patience);
  const visits = waiters.map(([level, sinceMs]) => new TestVisit(level, sinceMs));
  for (const visit of visits) queue.add(visit);
  const indexOf = (visit: Visit | undefined) => visits.indexOf(visit as TestVisit);
  return { queue, visits, indexOf };
}

const SAME = { usualMs: 1_000, standingMs: 1_000 };

describe('a queue', () => {
  it('stands once it has not been empty for its usual patience', () => {
    const { queue, visits } = queueOf(CODEL, [DEFAULT, 0], [DEFAULT, 90]);
    queue.remove(visits[0]!);
    expect([queue.isStanding(99), queue.isStanding(100)]).toEqual([false, true]);
  });

  it('that was empty begins anew', () => {
    const { queue, visits } = queueOf(CODEL, [DEFAULT, 0]);
    queue.remove(visits[0]!);
    expect(queue.isStanding(200)).toBe(false);
    queue.add(new TestVisit(DEFAULT, 200));
    expect([queue.isStanding(299), queue.isStanding(300)]).toEqual([false, true]);
  });

  it('that comes back stands at once, though not while nobody waits', () => {
    const { queue } = queueOf(CODEL);
    queue.comesBack = true;
    expect(queue.isStanding(1_000)).toBe(false);
    queue.add(new TestVisit(DEFAULT, 1_000));
    expect(queue.isStanding(1_000)).toBe(true);
  });

  it('has a length, by whatever way one goes', () => {
    const { queue, visits } = queueOf(CODEL, [CRITICAL, 0], [DEFAULT, 0], [GREEDY, 0], [SHEDDABLE, 0]);
    expect(queue.length).toBe(4);
    queue.remove(visits[1]!);
    queue.next(1);
    queue.yielding(CRITICAL, 1);
    expect(queue.length).toBe(1);
    expect(queue.expired(500)).toBe(visits[2]);
    expect([queue.length, queue.next(500)]).toEqual([0, undefined]);
  });
});

describe('next is', () => {
  it('the oldest of the most urgent', () => {
    const { queue, indexOf } = queueOf(CODEL, [SHEDDABLE, 0], [DEFAULT, 1], [DEFAULT, 2]);
    expect([1, 2, 3].map(() => indexOf(queue.next(50)))).toEqual([1, 2, 0]);
  });

  it('the newest of the most urgent where the queue stands', () => {
    const { queue, indexOf } = queueOf(CODEL, [SHEDDABLE, 0], [DEFAULT, 98], [DEFAULT, 99]);
    expect([1, 2, 3].map(() => indexOf(queue.next(100)))).toEqual([2, 1, 0]);
  });

  it('the oldest, however long it stands, where patience is no shorter then', () => {
    const { queue, indexOf } = queueOf(SAME, [DEFAULT, 0], [DEFAULT, 1]);
    expect([1, 2].map(() => indexOf(queue.next(5_000)))).toEqual([0, 1]);
  });
});

describe('who makes room is', () => {
  const waiters = [
    [GREEDY, 0],
    [DEFAULT, 1],
    [SHEDDABLE, 2],
    [SHEDDABLE, 3],
  ] as const;

  it('the oldest of the least urgent', () => {
    const { queue, indexOf } = queueOf(CODEL, ...waiters);
    expect([1, 2, 3, 4, 5].map(() => indexOf(queue.yielding(CRITICAL, 50)))).toEqual([2, 3, 0, 1, -1]);
  });

  it('nobody who is as urgent, unless the newest goes first', () => {
    const { queue, indexOf } = queueOf(CODEL, [SHEDDABLE, 0]);
    expect(indexOf(queue.yielding(SHEDDABLE, 50))).toBe(-1);
    expect(indexOf(queue.yielding(SHEDDABLE, 100))).toBe(0);
    const patient = queueOf(SAME, [SHEDDABLE, 0]);
    expect(patient.queue.yielding(SHEDDABLE, 5_000)).toBeUndefined();
  });

  it('never who is more urgent', () => {
    const { queue } = queueOf(CODEL, [CRITICAL, 0], [DEFAULT, 0]);
    for (const nowMs of [50, 500]) expect(queue.yielding(GREEDY, nowMs)).toBeUndefined();
  });
});

describe('patience', () => {
  it('is 100 ms while the queue does not stand', () => {
    const { queue, visits, indexOf } = queueOf(CODEL, [DEFAULT, 0], [DEFAULT, 60]);
    expect(queue.expiresInMs(60)).toBe(40);
    queue.remove(visits[0]!);
    queue.remove(visits[1]!);
    queue.add(visits[1]!);
    expect([queue.expired(159), indexOf(queue.expired(160))]).toEqual([undefined, 1]);
  });

  it('is 5 ms while it does, 100 ms for critical ones', () => {
    const { queue, indexOf } = queueOf(CODEL, [CRITICAL, 50], [DEFAULT, 196]);
    expect([queue.expiresInMs(149), indexOf(queue.expired(150))]).toEqual([1, 0]);
    expect(queue.expiresInMs(200)).toBe(1);
    expect([queue.expired(200), indexOf(queue.expired(201))]).toEqual([undefined, 1]);
    expect(queue.expiresInMs(201)).toBeUndefined();
  });

  it('is over at once where it has been exceeded', () => {
    const { queue } = queueOf(CODEL, [DEFAULT, 0]);
    expect(queue.expiresInMs(10_000)).toBe(0);
  });

  it('is over for who came after now, as the clock has jumped back', () => {
    const { queue, indexOf } = queueOf(CODEL, [DEFAULT, 1_000]);
    expect([indexOf(queue.expired(999)), queue.length]).toEqual([0, 0]);
  });
});
