import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import {
  type Body,
  type BodyAction,
  type Closed,
  type Hooks,
  isAbandoned,
  markStable,
  type ResponseHead,
  takingPart,
} from '@spillway/core';
import type { Flight } from '../flights';
import { textOf } from '../policy/fields';
import { withMore } from '../policy/key';
import { isReusable, mayReplaceError } from '../policy/reuse';
import type { Stored } from '../policy/stored';
import { parseVary, selects } from '../policy/vary';
import type { ResponseCache } from '../response-cache';
import { answer, isKnown, notModifiedFields } from './answer';
import type { Asked } from './asked';
import { assess, type Storable } from './assess';
import { Collector, declaredLength, own, swallow } from './body';
import { forwarded, type Outcome } from './cache-status';
import { askedOfApplication, hasConditions, isValidatable } from './conditions';
import type { Detached } from './detached';
import { reassess } from './reassess';
import { send } from './send';
import type { Settings } from './settings';
import { say, tell } from './told';
import { type Trip, tripOf, whyOf } from './trip';

/** Takes the answer of the application, stores it where it may be stored, and has it sent. */
export class Fill<Context> implements Hooks {
  readonly #settings: Settings<Context>;
  readonly #trip: Trip<Context>;
  readonly requestHeaders?: IncomingHttpHeaders;
  /** Whether the client's conditions are answered here. */
  readonly #judges: boolean;
  readonly #since: number;
  /** Those who wait for this answer. */
  readonly #flight: Flight | undefined;
  /** Whose client waits elsewhere. */
  readonly #detached: Detached | undefined;
  readonly #leader: number | undefined;
  /** The client had left before the application was asked: it won't be. */
  readonly #isVain: boolean;
  #isAnswered = false;
  /** Its answer is on its way into the store. */
  #isKept = false;
  /** Nobody waits for this answer any more. */
  #isOver = false;

  /** @param stored what was stored, and could not be used as it is. */
  constructor(
    settings: Settings<Context>,
    asked: Asked<Context>,
    stored: Stored | undefined,
    flight?: Flight,
    detached?: Detached,
  ) {
    const { headers, key, request } = asked;
    this.#detached = detached;
    this.#settings = settings;
    this.#trip = tripOf(asked, stored);
    this.#isVain = isAbandoned(request);
    this.#flight = flight;
    // A part is not stored, and asking for all of it could be asking for very much. Where nothing can be stored, the application may
    // as well judge itself.
    this.#judges =
      stored !== undefined || (headers.range === undefined && !settings.cache.uncacheable.has(key, headers));
    const shown = this.#judges ? askedOfApplication(headers, stored) : undefined;
    if (shown) this.requestHeaders = shown;
    this.#since = settings.cache.begin();
    this.#leader = flight?.lead();
  }

  readonly onHead: NonNullable<Hooks['onHead']> = (head, whole, outer) => {
    if (this.#isOver) return undefined;
    this.#isAnswered = true;
    const { stored } = this.#trip;
    if (head.statusCode === 304 && stored && isValidatable(stored)) return this.#freshen(stored, head, outer);
    if (stored && this.#isReplaceable(head.statusCode, stored)) return this.#replaceError(stored, head);
    const assessed = assess(this.#settings, this.#trip, head, outer);
    const bytes = whole === undefined ? declaredLength(head) : Buffer.byteLength(whole);
    if ('whyNot' in assessed) {
      for (const name in assessed.surrogate) head.setHeader(name, assessed.surrogate[name]!);
      return this.#pass(head, whole, outer, assessed.whyNot);
    }
    const whyNot = this.#whyNotKnown(assessed.storable) ?? this.#whyNotBody(head, whole, bytes);
    if (whyNot !== undefined) {
      tell(head, assessed.storable);
      return this.#pass(head, whole, outer, whyNot);
    }
    return whole === undefined
      ? this.#collect(head, bytes, assessed.storable)
      : this.#keepWhole(head, whole, assessed.storable);
  };

  readonly onClose = ({ aborted }: Closed): void => {
    if (this.#isOver || this.#isKept) return;
    // The application may still answer, though its client has left: those who wait get that.
    if (aborted && !this.#isAnswered && !this.#isVain && !this.#detached) this.#awaitAnswer();
    else this.#lose();
  };

  /** A mount of the same cache further in takes the answer. @returns who waits for it. */
  resign(): Flight | undefined {
    if (this.#isOver) return undefined;
    this.#isOver = true;
    this.#settings.cache.finish();
    return this.#flight;
  }

  get cache(): ResponseCache {
    return this.#settings.cache;
  }

  get key(): string {
    return this.#trip.key;
  }

  get clientHeaders(): IncomingHttpHeaders {
    return this.#trip.headers;
  }

  get detached(): Detached | undefined {
    return this.#detached;
  }

  // What becomes of the answer.

  /** Ours is still right (RFC 9111, 4.3.4). */
  #freshen(stored: Stored, head: ResponseHead, outer: Readonly<OutgoingHttpHeaders>): BodyAction {
    const { request } = this.#trip;
    const { cache } = this.#settings;
    const { fresh, whyNot } = reassess(this.#settings, this.#trip, stored, head, outer);
    if (whyNot === undefined) this.#keep(fresh);
    else this.#land({ how: 'pass' });
    const status = this.#status({ status: 304, stored: whyNot === undefined, detail: whyNot });
    const reply = send(cache, fresh, request, cache.now(), status);
    if (whyNot !== undefined) this.#detached?.take(reply);
    return { answer: reply };
  }

  #isReplaceable(status: number, stored: Stored): boolean {
    const { cache } = this.#settings;
    return REPLACEABLE.has(status) && mayReplaceError(stored, this.#trip.wants, cache.now());
  }

  #replaceError(stored: Stored, { statusCode }: ResponseHead): BodyAction {
    const { cache } = this.#settings;
    this.#land({ how: 'failed' });
    const status = this.#status({ status: statusCode, detail: 'stale-if-error' });
    const reply = send(cache, stored, this.#trip.request, cache.now(), status);
    this.#detached?.take(reply);
    return { answer: reply };
  }

  /** What the application itself made of a field that its answer was chosen by, nobody can send. */
  #whyNotKnown({ selecting }: Storable): string | undefined {
    const shown = this.requestHeaders ?? this.#trip.request.headers;
    return selects(shown, selecting, undefined) ? undefined : 'vary';
  }

  #whyNotBody(head: ResponseHead, whole: Body | undefined, bytes: number | undefined): string | undefined {
    const declared = declaredLength(head);
    if (Number.isNaN(declared) || (whole !== undefined && declared !== undefined && declared > bytes!))
      return 'length';
    return bytes !== undefined && bytes > this.#settings.maxBodyBytes ? 'body-size' : undefined;
  }

  /** Not to be stored: so nobody waits for the next one either. */
  #pass(
    head: ResponseHead,
    whole: Body | undefined,
    outer: Readonly<OutgoingHttpHeaders>,
    whyNot: string,
  ): BodyAction | undefined {
    const { cache, maxBodyBytes } = this.#settings;
    const failed = head.statusCode >= 500;
    if (failed) this.#land({ how: 'failed' });
    else this.#giveUp(parseVary(textOf(head.getHeader('Vary')), this.#settings.vary));
    say(head, cache.name, this.#status({ detail: whyNot }));
    if (this.#detached) return this.#detached.takeFrom(head, whole, outer, maxBodyBytes);
    if (!this.#isKnownAlready(head)) return undefined;
    notModifiedFields(head);
    return { replace: '' };
  }

  #keepWhole(head: ResponseHead, whole: Body, stored: Storable): BodyAction | undefined {
    const { request } = this.#trip;
    const { cache } = this.#settings;
    stored.body = own(whole, declaredLength(head) ?? Buffer.byteLength(whole));
    const status = this.#status({ stored: true });
    this.#keep(stored);
    if (this.#judges && hasConditions(this.#trip.headers)) {
      const isWhole = answer(stored, request, cache.name, cache.now()).status === stored.status;
      if (!isWhole) return { answer: send(cache, stored, request, cache.now(), status) };
    }
    say(head, cache.name, status);
    tell(head, stored);
    // A trailer can't follow a body of known length.
    return head.getHeader('Trailer') === undefined ? { replace: stored.body } : undefined;
  }

  /** A client that knows the response already gets none of it; it is stored all the same. */
  #collect(head: ResponseHead, bytes: number | undefined, storable: Storable): BodyAction {
    const collector = new Collector(this.#settings.maxBodyBytes);
    const names = namesOf(storable);
    const tap = (chunk: Buffer): void => {
      if (!collector.take(chunk)) this.#giveUp(names);
    };
    const end = (): void => {
      const body = collector.body();
      if (this.#isOver) return;
      if (bytes !== undefined && bytes > body.length) return this.#giveUp(names);
      storable.body = body.subarray(0, bytes);
      this.#keep(storable);
    };
    say(head, this.#settings.cache.name, this.#status({}));
    tell(head, storable);
    if (!this.#isKnownAlready(head)) return { tap, end };
    notModifiedFields(head);
    return { through: swallow(tap, end) };
  }

  #isKnownAlready(head: ResponseHead): boolean {
    return this.#judges && head.statusCode === 200 && isKnown(this.#trip.headers, head.getHeaders());
  }

  // The end of the trip.

  #keep(stored: Stored): void {
    const { cache } = this.#settings;
    const { url, more } = this.#trip;
    cache.searchRules.learn(url, textOf(stored.headers['no-vary-search']));
    markStable(stored.body);
    this.#detached?.take(stored);
    const landing = { how: 'stored', names: namesOf(stored) } as const;
    const key = withMore(cache.searchRules.canonical(url), more);
    // Those who wait want what is right now.
    if (cache.isOutdated(key, stored, this.#since)) return this.#lose();
    this.#isKept = true;
    const kept = cache.keep(key, stored, this.#since);
    // Each has to have it validated: to wait for one another would be in vain.
    if (this.#leader !== undefined && !isReusable(stored, cache.now()))
      cache.uncacheable.add(key, namesOf(stored), this.#trip.headers);
    if (kept instanceof Promise) void kept.then(() => this.#land(landing));
    else this.#land(landing);
  }

  /** @param names what the answer was chosen by; undefined: who knows. */
  #giveUp(names: readonly string[] = []): void {
    const { key, headers } = this.#trip;
    if (this.#leader !== undefined) this.#settings.cache.uncacheable.add(key, names, headers);
    this.#land({ how: 'pass' });
  }

  #land(landing: Parameters<Flight['land']>[0]): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settings.cache.finish();
    this.#flight?.land(landing);
  }

  #awaitAnswer(): void {
    setTimeout(() => this.#lose(), this.#settings.cache.waitMs).unref();
  }

  #lose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#settings.cache.finish();
    if (this.#detached) this.#flight?.land({ how: 'failed' });
    else if (this.#leader !== undefined) this.#flight!.lose(this.#leader);
  }

  #status(outcome: Outcome): string {
    return forwarded(this.#settings.cache.name, whyOf(this.#trip), outcome);
  }
}

/** A mount of a cache that waits for an answer, to another one of it further in. */
export type Outer = Pick<Fill<never>, 'key' | 'clientHeaders' | 'detached' | 'resign'>;

/** The mount of a cache that a request has passed already: a route may have one of the cache that the whole application has. */
export const underWay = (request: object, cache: object): Outer | undefined =>
  takingPart(request).findLast(
    (hooks): hooks is Fill<never> => hooks instanceof Fill && hooks.cache === cache,
  );

const namesOf = ({ selecting }: Pick<Stored, 'selecting'>): readonly string[] =>
  selecting.map(([name]) => name);

/** Errors that a stored response may stand in for (RFC 5861, 4). */
const REPLACEABLE = new Set([500, 502, 503, 504]);
