import { MAX_BACKLOG_MS, type Member } from './member';

/** The connections that a pool has, and which of them serves whom. */
export class Members<Native> {
  readonly #all: Member<Native>[] = [];
  readonly #isLifo: boolean;
  /** Kept free for somebody who needs one of his own. */
  #reserved: Member<Native> | undefined;
  #uses = 0;

  constructor(order: 'lifo' | 'fifo') {
    this.#isLifo = order === 'lifo';
  }

  get all(): readonly Member<Native>[] {
    return this.#all;
  }

  add(member: Member<Native>): void {
    this.#all.push(member);
  }

  /** @returns whether it was there. */
  remove(member: Member<Native>): boolean {
    const place = this.#all.indexOf(member);
    if (place === -1) return false;
    this.#all.splice(place, 1);
    this.unreserve(member);
    return true;
  }

  /** Notes that somebody uses it. */
  use(member: Member<Native>): void {
    member.lastUse = ++this.#uses;
  }

  /** One on which nothing is: that used last, or that used first. */
  idle(): Member<Native> | undefined {
    let best: Member<Native> | undefined;
    for (const member of this.#all) if (member.isIdle && this.#isBefore(member, best)) best = member;
    return best;
  }

  /** Of those that a statement may share with others, and that were opened no earlier. */
  idleToShare(sinceMs = Number.NEGATIVE_INFINITY): Member<Native> | undefined {
    let best: Member<Native> | undefined;
    for (const member of this.#all) {
      if (member.isIdle && this.#mayShare(member, sinceMs) && this.#isBefore(member, best)) best = member;
    }
    return best;
  }

  /** Of the same the one that is free soonest, where that is soon. */
  soonestFree(nowMs: number, sinceMs = Number.NEGATIVE_INFINITY): Member<Native> | undefined {
    let best: Member<Native> | undefined;
    let least = MAX_BACKLOG_MS;
    for (const member of this.#all) {
      const backlogMs = this.#mayShare(member, sinceMs) ? member.backlogMs(nowMs) : MAX_BACKLOG_MS;
      if (backlogMs >= least) continue;
      least = backlogMs;
      best = member;
    }
    return best;
  }

  /** Keeps statements off the one that is free soonest; nothing where there is such a one already. */
  reserve(nowMs: number): void {
    if (this.#reserved) return;
    let least = Number.POSITIVE_INFINITY;
    for (const member of this.#all) {
      const backlogMs = member.state === 'shared' ? member.backlogMs(nowMs) : least;
      if (backlogMs >= least) continue;
      least = backlogMs;
      this.#reserved = member;
    }
  }

  /** @param member only where it is this one. @default any */
  unreserve(member?: Member<Native>): void {
    if (member === undefined || member === this.#reserved) this.#reserved = undefined;
  }

  #mayShare(member: Member<Native>, sinceMs: number): boolean {
    return member.state === 'shared' && member !== this.#reserved && member.bornMs >= sinceMs;
  }

  #isBefore(one: Member, other: Member | undefined): boolean {
    if (other === undefined) return true;
    return this.#isLifo ? one.lastUse > other.lastUse : one.lastUse < other.lastUse;
  }
}
