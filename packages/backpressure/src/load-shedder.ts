import { type Clock, checkOptions, load, monotonic } from '@spillway/core';
import { AdaptiveLimit } from './adaptive-limit';
import { Admission, type IsDone, type Owner, type Priority, type ShedReason } from './admission';
import { Classes } from './classes';
import { limitChanged, shed } from './events';
import { FairShare } from './fair-share';
import { FixedLimit } from './fixed-limit';
import { Gate } from './gate';
import { GREEDY, SHEDDABLE } from './level';
import type { Limit } from './limit';
import { type LoadShedderOptions, loadShedderChecks } from './load-shedder-options';
import { Rates } from './rates';
import { retryAfterSeconds } from './retry-after';
import { TurnBudget } from './turn-budget';
import type { Refusal } from './visit';
import { CODEL } from './waiting-queue';

/** What is asked for one request. */
export interface Asked {
  /** @default 'default' */
  readonly priority?: Priority | undefined;
  /** Class of requests with a limit of its own. */
  readonly key?: string | undefined;
  /** Who asks, for fairness; asked only while load is shed. */
  readonly client?: (() => string | undefined) | undefined;
  /** Milliseconds that are left for it. @default Infinity */
  readonly deadlineMs?: number | undefined;
  /** Asked only where slots are short. */
  readonly isDone?: IsDone | undefined;
}

/** What goes on. */
export interface Stats {
  /** Requests that have a slot. */
  readonly inFlight: number;
  readonly queued: number;
  /** Requests that may run at once: of what has no class. */
  readonly limit: number;
  /** All requests since the start. */
  readonly admitted: number;
  readonly skipped: number;
  readonly shed: Readonly<Record<ShedReason, number>>;
  readonly shedByPriority: Readonly<Record<Priority, number>>;
  readonly classes: Readonly<
    Record<string, { readonly inFlight: number; readonly queued: number; readonly limit: number }>
  >;
}

/** Load of others from which on sheddable requests are refused. */
const SATURATED = 0.9;

const REPORT_MS = 100;

let shedders = 0;

/** Says of each request whether it can be served in time. Without options for both kinds of server: those that burn CPU, and those that wait. */
export class LoadShedder implements Owner {
  readonly now: Clock;
  readonly #turn: TurnBudget;
  readonly #classes: Classes;
  readonly #fairShare = new FairShare();
  readonly #rates: Rates;
  readonly #source = `backpressure ${++shedders}`;
  readonly #shed = { turn: 0, full: 0, timeout: 0, deadline: 0, load: 0 };
  readonly #shedByPriority = { critical: 0, default: 0, sheddable: 0 };
  #admitted = 0;
  #skipped = 0;
  /** In all classes, with a slot or without. */
  #running = 0;
  #calmDown: NodeJS.Timeout | undefined;

  /** @throws {OptionError} naming the option that is wrong. */
  constructor(options: LoadShedderOptions = {}) {
    checkOptions('LoadShedder', options, loadShedderChecks);
    const { limit, turnBudgetMs = 25, whenFull = 'refuse', maxWaiting, maxWaitMs = 10_000 } = options;
    const { reserved = 0.1, maxKeys = 100, now = monotonic } = options;
    const waits = whenFull === 'wait';
    const makeLimit = typeof limit === 'function' ? limit : () => limitOf(limit);
    this.now = now;
    this.#turn = new TurnBudget(turnBudgetMs);
    this.#rates = new Rates(now());
    this.#classes = new Classes(
      (key) =>
        new Gate({
          limit: makeLimit(),
          patience: waits ? { usualMs: maxWaitMs, standingMs: maxWaitMs } : CODEL,
          maxWaiting: maxWaiting ?? (waits ? 1_000 : undefined),
          reserved,
          now,
          onLimit: (limit, before) =>
            limitChanged.hasSubscribers && limitChanged.publish({ key, limit, before }),
        }),
      maxKeys,
    );
  }

  /**
   * Asks for one request. What it gives must be left once the request is over; one that waits tells what becomes of it.
   * @returns an admission, or why there is none.
   */
  ask({
    priority: wanted,
    key,
    client,
    deadlineMs = Number.POSITIVE_INFINITY,
    isDone,
  }: Asked = {}): Admission | ShedReason {
    const nowMs = this.now();
    const priority = priorityOf(wanted);
    const gate = this.#classes.of(key);
    const admission = new Admission(this, gate, priority, key, nowMs, nowMs + deadlineMs, isDone);
    // Who asks matters only while not all are served.
    if (priority === 'default' && this.#rates.isShedding(nowMs))
      this.#tellApart(admission, client?.(), nowMs);
    const reason = this.#refusal(admission, gate, deadlineMs, nowMs);
    if (reason) this.#refused(admission, reason, nowMs);
    return reason ?? admission;
  }

  /** A request that passes without being asked for. */
  skip(): void {
    this.#skipped++;
  }

  /** Seconds, whole ones, after which somebody who was refused should come back. They are not the same for all. */
  retryAfterSeconds(): number {
    return retryAfterSeconds(this.#rates.drainSeconds(this.now(), this.#running), Math.random());
  }

  stats(): Stats {
    const classes = this.#classes.entries().map(([key, { running, waiting, limit }]) => ({
      key,
      inFlight: running,
      queued: waiting,
      limit: Math.floor(limit),
    }));
    const sum = (name: 'inFlight' | 'queued') =>
      classes.reduce((total, { [name]: value }) => total + value, 0);
    return {
      inFlight: sum('inFlight'),
      queued: sum('queued'),
      limit: classes[0]!.limit,
      admitted: this.#admitted,
      skipped: this.#skipped,
      shed: { ...this.#shed },
      shedByPriority: { ...this.#shedByPriority },
      classes: Object.fromEntries(classes.slice(1).map(({ key, ...numbers }) => [key, numbers])),
    };
  }

  /** @internal */
  settled(admission: Admission, refusal: Refusal | undefined): void {
    if (refusal) this.#refused(admission, refusal, this.now());
    else this.#runs(admission);
  }

  /** @internal */
  left(): void {
    this.#running--;
    this.#rates.serve(this.now());
  }

  #refusal(admission: Admission, gate: Gate, deadlineMs: number, nowMs: number): ShedReason | undefined {
    const { level } = admission;
    if (this.#turn.isLate(nowMs, level)) return 'turn';
    if (level === SHEDDABLE && load.level(this.#source) >= SATURATED) return 'load';
    if (deadlineMs <= gate.expectedWaitMs(level)) return 'deadline';
    if (gate.enter(admission, nowMs)) return void this.#runs(admission);
    return gate.wait(admission, nowMs) ? undefined : 'full';
  }

  #tellApart(admission: Admission, client: string | undefined, nowMs: number): void {
    if (client === undefined) return;
    admission.client = client;
    if (this.#fairShare.isGreedy(client, nowMs)) admission.level = GREEDY;
  }

  #runs({ client }: Admission): void {
    this.#admitted++;
    this.#running++;
    if (client !== undefined) this.#fairShare.count(client);
  }

  #refused({ priority, key }: Admission, reason: ShedReason, nowMs: number): void {
    this.#shed[reason]++;
    this.#shedByPriority[priority]++;
    this.#rates.refuse(nowMs);
    if (shed.hasSubscribers) shed.publish({ reason, priority, key });
    if (this.#calmDown) return;
    this.#report();
    this.#calmDown = setInterval(this.#report, REPORT_MS).unref();
  }

  /** Says how loaded the process is, as long as it is. */
  readonly #report = (): void => {
    const share = this.#rates.refusedShare(this.now());
    if (share > 0) return load.report(this.#source, (1 + share) / 2, 'requests are shed');
    load.report(this.#source, 0, 'no request is shed');
    clearInterval(this.#calmDown);
    this.#calmDown = undefined;
  };
}

/** A function of the user's may say anything. */
const priorityOf = (wanted: Priority | undefined): Priority =>
  wanted === 'critical' || wanted === 'sheddable' ? wanted : 'default';

const limitOf = (limit: number | undefined): Limit =>
  limit === undefined ? new AdaptiveLimit() : new FixedLimit(limit);
