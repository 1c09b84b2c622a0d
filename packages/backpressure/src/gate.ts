import type { Clock } from '@spillway/core';
import { LinkedList } from '@spillway/core';
import { CRITICAL, type Level, SHEDDABLE } from './level';
import type { Limit } from './limit';
import { Tally } from './tally';
import type { Refusal, Visit } from './visit';
import { type Patience, WaitingQueue } from './waiting-queue';

export interface GateSettings {
  readonly limit: Limit;
  readonly patience: Patience;
  /** How many may wait. @default as many as may run */
  readonly maxWaiting?: number | undefined;
  /** Slots for critical requests alone, beside the limit and as a share of it. */
  readonly reserved: number;
  readonly now: Clock;
  /** Told when the limit is another one. */
  readonly onLimit?: (limit: number, before: number) => void;
}

/** Not more often it is looked for those who need no slot. */
const SWEEP_MS = 10;

/** Those who wait are looked after at least so often. */
const WAKE_MS = 100;

/** Requests that have to end before an interval tells anything; it is stretched for them as many times. */
const ENOUGH = 10;
const STRETCH = 10;

/** So many run at once, so many wait, the rest is refused; and what is seen here teaches the limit. */
export class Gate {
  readonly #settings: GateSettings;
  readonly #limit: Limit;
  readonly #queue: WaitingQueue;
  readonly #tally: Tally;
  readonly #visits = new LinkedList<Visit>();
  #running = 0;
  /** Who runs without a slot. */
  #idle = 0;
  #latencyMs = 0;
  #sweptMs = Number.NEGATIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #wakesMs = 0;

  constructor(settings: GateSettings) {
    this.#settings = settings;
    this.#limit = settings.limit;
    this.#queue = new WaitingQueue(settings.patience);
    this.#tally = new Tally(settings.now());
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  get limit(): number {
    return this.#limit.value;
  }

  /** Whether nobody is in it. */
  get isEmpty(): boolean {
    return this.#running + this.#idle + this.#queue.length === 0;
  }

  /** Milliseconds that a newcomer would wait, as things go. */
  expectedWaitMs(level: Level): number {
    if (!this.#isFree(level)) this.#sweep(this.#settings.now());
    if (this.#isFree(level)) return 0;
    const ahead = level === CRITICAL ? 1 : this.#queue.length + 1;
    return (ahead * this.#latencyMs) / this.#limit.value;
  }

  /** Whether a newcomer runs at once. */
  enter(visit: Visit, nowMs: number): boolean {
    if (!this.#isFree(visit.level)) this.#sweep(nowMs);
    const isFree = this.#isFree(visit.level);
    this.#tally.come(isFree);
    if (isFree) this.#run(visit, nowMs);
    return isFree;
  }

  /** Whether one who could not enter may wait. */
  wait(visit: Visit, nowMs: number): boolean {
    this.#expire(nowMs);
    if (!this.#hasRoom(visit.level, nowMs)) {
      this.#learn(nowMs);
      this.#serve(nowMs);
      return false;
    }
    this.#see(nowMs);
    visit.state = 'waiting';
    this.#queue.add(visit);
    this.#wakeIn(Math.min(this.#queue.patienceMs(visit.level, nowMs), visit.untilMs - nowMs), nowMs);
    return true;
  }

  /** A running one gives its slot back, and runs on. */
  release(visit: Visit, nowMs: number): void {
    if (visit.state !== 'running') return;
    this.#see(nowMs);
    visit.state = 'idle';
    this.#visits.remove(visit);
    this.#running--;
    this.#idle++;
    this.#serve(nowMs);
  }

  /** One that runs on without a slot has one again, whether there is one or not. */
  retake(visit: Visit, nowMs: number): void {
    if (visit.state !== 'idle') return;
    this.#see(nowMs);
    visit.state = 'running';
    // What it waited for meanwhile was not its server.
    visit.startedMs = nowMs;
    this.#visits.add(visit);
    this.#running++;
    this.#idle--;
  }

  /** It is over, wherever it is. */
  leave(visit: Visit, nowMs: number): void {
    const { state } = visit;
    if (state === 'over') return;
    this.#see(nowMs);
    visit.state = 'over';
    if (state === 'waiting') return this.#queue.remove(visit);
    if (state === 'idle') return void this.#idle--;
    this.#visits.remove(visit);
    this.#running--;
    this.#tally.complete(nowMs - visit.startedMs);
    this.#learn(nowMs);
    this.#serve(nowMs);
  }

  /** Nobody overtakes those who wait, but who is more urgent than all of them. */
  #isFree(level: Level): boolean {
    return this.#running < this.#slots(level) && (level === CRITICAL || this.#queue.length === 0);
  }

  #slots(level: Level): number {
    const { value } = this.#limit;
    return level === CRITICAL ? value + Math.ceil(value * this.#settings.reserved) : value;
  }

  #run(visit: Visit, nowMs: number): void {
    // After a pause nothing is known of a queue.
    if (this.#running === 0 && this.#tally.pause(nowMs, this.#limit.intervalMs))
      this.#queue.comesBack = false;
    this.#see(nowMs);
    visit.state = 'running';
    visit.startedMs = nowMs;
    this.#running++;
    this.#visits.add(visit);
  }

  #hasRoom(level: Level, nowMs: number): boolean {
    if (level === SHEDDABLE && this.#queue.isStanding(nowMs)) return false;
    const room = this.#settings.maxWaiting ?? this.#limit.value;
    while (this.#queue.length >= room) {
      const yielding = this.#queue.yielding(level, nowMs);
      if (!yielding) return false;
      this.#dismiss(yielding, 'full');
    }
    return true;
  }

  #dismiss(visit: Visit, refusal: Refusal): void {
    visit.state = 'over';
    visit.settle(refusal);
  }

  #serve(nowMs: number): void {
    this.#expire(nowMs);
    for (;;) {
      const level = this.#queue.mostUrgent;
      if (level === undefined || this.#running >= this.#slots(level)) return;
      const next = this.#queue.next(nowMs)!;
      this.#run(next, nowMs);
      next.settle();
    }
  }

  #expire(nowMs: number): void {
    for (;;) {
      const expired = this.#queue.expired(nowMs);
      if (!expired) return;
      this.#dismiss(expired, expired.untilMs <= nowMs ? 'deadline' : 'timeout');
    }
  }

  /** The only timer, and only while somebody waits. */
  #wakeIn(patienceMs: number, nowMs: number): void {
    const ms = Math.min(patienceMs, WAKE_MS);
    if (this.#timer && this.#wakesMs <= nowMs + ms) return;
    clearTimeout(this.#timer);
    this.#wakesMs = nowMs + ms;
    this.#timer = setTimeout(this.#wake, ms).unref();
  }

  readonly #wake = (): void => {
    const nowMs = this.#settings.now();
    this.#timer = undefined;
    this.#see(nowMs);
    this.#sweep(nowMs);
    this.#serve(nowMs);
    const leftMs = this.#queue.expiresInMs(nowMs);
    if (leftMs !== undefined) this.#wakeIn(leftMs, nowMs);
  };

  /** Slots of those who wait for nothing but their client come back; looked for where slots are short. */
  #sweep(nowMs: number): void {
    if (Math.abs(nowMs - this.#sweptMs) < SWEEP_MS) return;
    this.#sweptMs = nowMs;
    let visit = this.#visits.oldest;
    while (visit) {
      const { newer } = visit;
      if (visit.isDone(nowMs)) this.release(visit, nowMs);
      visit = newer;
    }
  }

  #see(nowMs: number): void {
    this.#tally.see(nowMs, this.#running);
  }

  #learn(nowMs: number): void {
    const tally = this.#tally;
    const ageMs = tally.ageMs(nowMs);
    const { intervalMs } = this.#limit;
    if (ageMs < intervalMs || (tally.completed < ENOUGH && ageMs < STRETCH * intervalMs)) return;
    this.#see(nowMs);
    const interval = tally.take(nowMs);
    if (interval.completed > 0) this.#latencyMs = interval.latencyMs;
    // Those who find no slot are most of all: the queue stands, even if impatience empties it now and then.
    this.#queue.comesBack = interval.limited;
    const before = this.#limit.value;
    this.#limit.update(interval);
    if (this.#limit.value !== before) this.#settings.onLimit?.(this.#limit.value, before);
  }
}
