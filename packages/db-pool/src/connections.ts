import { setTimeout as delay } from 'node:timers/promises';
import type { Clock } from '@spillway/core';
import { Errand } from './errand';
import { QueryTimeoutError } from './errors';
import { type CloseReason, closed, connectFailed, opened } from './events';
import { Member, type MemberOwner } from './member';
import { Members } from './members';
import { Opener } from './opener';
import type { PoolSettings } from './pool-options';
import type { Statements } from './statements';

/** Milliseconds that a database has to say itself that a statement took too long. */
const GRACE_MS = 1_000;
/** Milliseconds that a statement has to end after the order to. */
const CANCEL_AGAIN_MS = 50;
/** Lifetimes differ by as much: what was opened at once must not end at once. */
const LIFETIME_JITTER = 0.1;

/** The connections of a pool: opened as they are needed, kept well, and found by who needs one. */
export class Connections<Native> implements MemberOwner {
  readonly now: Clock;
  readonly #settings: PoolSettings<Native>;
  readonly #statements: Statements;
  /** Milliseconds after which a statement is not waited for any more. */
  readonly #unansweredMs: number;
  readonly #onFree: () => void;
  readonly #members: Members<Native>;
  readonly #opener: Opener;
  /** When it was looked after last. */
  lookedMs: number;
  /** Whether there will never be one again. */
  isClosed = false;

  /** @param onFree called whenever somebody may find a connection who found none before. */
  constructor(settings: PoolSettings<Native>, statements: Statements, onFree: () => void) {
    this.#settings = settings;
    this.#statements = statements;
    this.#members = new Members(settings.order);
    this.#unansweredMs = settings.statementTimeoutMs + GRACE_MS;
    this.now = settings.now;
    this.lookedMs = settings.now();
    this.#onFree = onFree;
    this.#opener = new Opener({
      open: () => this.#open(),
      onFailure: (error, retryInMs) => connectFailed.publish({ pool: settings.name, error, retryInMs }),
      onDue: onFree,
    });
  }

  get all(): readonly Member<Native>[] {
    return this.#members.all;
  }

  get opening(): number {
    return this.#opener.opening;
  }

  /** Why the database can't be reached; undefined where it can, or nobody has tried. */
  get fault(): unknown {
    return this.#opener.fault;
  }

  /** Whether there are some, or should be. */
  get areWanted(): boolean {
    return this.all.length + this.opening + this.#settings.min > 0;
  }

  /** Whether nothing is on any of them, and nobody has one. */
  get areQuiet(): boolean {
    return this.all.every(({ isIdle }) => isIdle);
  }

  /** One on which nothing is: that used last, or that used first. */
  idle(): Member<Native> | undefined {
    return this.#members.idle();
  }

  /**
   * One for a statement that leaves nothing behind: an idle one, else that which is free soonest, where that is soon.
   * @param sinceMs opened no earlier.
   */
  sharable(sinceMs?: number): Member<Native> | undefined {
    const idle = this.#members.idleToShare(sinceMs);
    if (idle) return idle;
    this.grow(1);
    return this.#members.soonestFree(this.now(), sinceMs);
  }

  /** Keeps statements off the connection that is free soonest, for somebody who needs one of his own. One at a time. */
  reserve(isWanted: boolean): void {
    if (isWanted) this.#members.reserve(this.now());
    else this.#members.unreserve();
  }

  /** Opens more, where there is room for them: as many as are wanted at most. */
  grow(wanted: number): void {
    const room = this.#settings.max - this.all.length;
    if (room > 0) this.#opener.open(Math.min(room, wanted));
  }

  /** Opens as many as are kept. @throws why one can't be opened. */
  async warmUp(): Promise<void> {
    const length = Math.max(0, this.#settings.min - this.all.length - this.opening);
    await Promise.all(Array.from({ length }, () => this.#opener.attempt()));
  }

  async #open(): Promise<void> {
    const { driver, connectTimeoutMs, statementTimeoutMs, maxLifetimeMs, name } = this.#settings;
    let member: Member<Native> | undefined;
    const connection = await driver.connect({
      timeoutMs: connectTimeoutMs,
      statementTimeoutMs,
      onLost: (error) => {
        if (member) void this.#remove(member, 'lost', error);
      },
    });
    if (this.isClosed) return connection.close();
    const now = this.now();
    const diesMs = now + maxLifetimeMs * (1 - Math.random() * LIFETIME_JITTER);
    member = new Member(connection, now, diesMs, this);
    this.#members.add(member);
    if (opened.hasSubscribers) opened.publish({ pool: name, size: this.all.length });
    this.#onFree();
  }

  /** Gives it to one caller. */
  lend(member: Member<Native>): void {
    member.state = 'leased';
    this.#members.unreserve(member);
  }

  /** Takes it back from who had it. */
  free(member: Member<Native>): void {
    this.use(member);
    member.state = 'shared';
    this.#onFree();
  }

  /** Notes that somebody uses it. */
  use(member: Member<Native>): void {
    this.#members.use(member);
    member.usedMs = this.lookedMs;
  }

  /** Takes it back once nothing runs on it, and nothing is left on it. */
  async clean(member: Member<Native>, isDirty: boolean): Promise<void> {
    const { reset } = this.#settings.driver.dialect;
    try {
      await member.whenIdle();
      if (member.connection.isOccupied) throw new Error('The client itself is still at something');
      if (member.connection.transaction !== 'none') await this.#run(member, 'ROLLBACK');
      if (isDirty && reset) await this.#run(member, reset);
      member.connection.isPipelined = true;
      if (member.state === 'leased') this.free(member);
    } catch (error) {
      void this.#remove(member, 'unclean', error);
    }
  }

  /** Stops what runs on it. @returns resolves once it has ended, and no later statement can be hit. */
  async cancel(member: Member<Native>): Promise<void> {
    try {
      if (member.connection.isOccupied) await member.connection.cancel();
      while (member.inFlight > 0) {
        await member.connection.cancel();
        // An order that overtakes its statement stops nothing, and is given again.
        await Promise.race([member.whenIdle(), delay(CANCEL_AGAIN_MS, undefined, { ref: false })]);
      }
    } catch (error) {
      void this.#remove(member, 'unclean', error);
    }
  }

  /** Stops the one statement that runs on it, and lets nobody near it meanwhile. */
  async stop(member: Member<Native>): Promise<void> {
    this.lend(member);
    await this.cancel(member);
    await this.clean(member, false);
  }

  onEnded(member: Member): void {
    if (member.state === 'shared') this.#onFree();
    else if (member.state === 'closing' && member.inFlight === 0)
      void this.#remove(member as Member<Native>, member.lost ? 'lost' : 'old', member.lost);
  }

  /** Ends what hangs or has lived long enough, asks the idle whether they live, and keeps as many as are to be kept. @returns the time. */
  look(): number {
    const now = this.now();
    this.lookedMs = now;
    const { idleTimeoutMs, keepAliveMs, min } = this.#settings;
    for (const member of [...this.all]) {
      if (member.runsMs(now) > this.#unansweredMs) this.#giveUp(member);
      else if (member.state !== 'shared') continue;
      else if (now >= member.diesMs) this.#retire(member);
      else if (member.inFlight > 0) continue;
      else if (now - member.usedMs > idleTimeoutMs && this.all.length > min)
        void this.#remove(member, 'idle');
      else if (now - member.heardMs > keepAliveMs) void this.#check(member);
    }
    this.grow(min - this.all.length);
    return now;
  }

  /** Ends all of them, for ever. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.#opener.stop();
    await Promise.all([...this.all].map((member) => this.#remove(member, 'drained')));
  }

  #giveUp(member: Member<Native>): void {
    member.fault = new QueryTimeoutError(this.#unansweredMs);
    void this.#remove(member, 'unanswered', member.fault);
  }

  /** What runs on it may end. */
  #retire(member: Member<Native>): void {
    member.state = 'closing';
    this.#members.unreserve(member);
    if (member.inFlight === 0) void this.#remove(member, 'old');
  }

  /** Where it fails the connection is gone, and that is told elsewhere. */
  async #check(member: Member<Native>): Promise<void> {
    await this.#run(member, this.#settings.driver.dialect.check).catch(() => {});
  }

  async #run(member: Member<Native>, text: string): Promise<void> {
    await new Promise<void>((resolve, reject) =>
      member.send(new Errand(this.#statements.of(text), resolve, reject)),
    );
  }

  #remove(member: Member<Native>, reason: CloseReason, error?: unknown): Promise<void> {
    if (!this.#members.remove(member)) return Promise.resolve();
    member.state = 'closing';
    const gone = member.connection.close();
    if (closed.hasSubscribers)
      closed.publish({ pool: this.#settings.name, size: this.all.length, reason, error });
    this.#onFree();
    return gone;
  }
}
