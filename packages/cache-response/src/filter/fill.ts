import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { Transform } from 'node:stream';
import {
  type Body,
  type BodyAction,
  type Closed,
  type Hooks,
  markStable,
  type ResponseHead,
} from '@spillway/core';
import { handled } from '../events';
import type { Flight } from '../flights';
import { isNotModified } from '../policy/conditional';
import { textOf } from '../policy/fields';
import { dateOf } from '../policy/freshness';
import { mayReplaceError } from '../policy/reuse';
import type { Stored } from '../policy/stored';
import { answer, notModifiedFields, prepare } from './answer';
import type { Asked } from './asked';
import { assess, type Storable } from './assess';
import { type Forwarded, forwarded, type Outcome } from './cache-status';
import { Collector } from './collector';
import { askedOfApplication, hasConditions, isValidatable } from './conditions';
import type { Detached } from './detached';
import { reassess } from './reassess';
import type { Settings } from './settings';
import { toldFields } from './told';

/** A request on its way to the application. */
export interface Trip<Context> extends Asked<Context> {
  /** What was stored, and could not be used as it is. */
  readonly stored: Stored | undefined;
}

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
  #isAnswered = false;
  /** Nobody waits for this answer any more. */
  #isOver = false;

  constructor(settings: Settings<Context>, trip: Trip<Context>, flight?: Flight, detached?: Detached) {
    this.#detached = detached;
    this.#settings = settings;
    this.#trip = trip;
    this.#flight = flight;
    // A part is not stored, and asking for all of it could be asking for very much. Where nothing can be stored, the application may
    // as well judge itself.
    const { stored, headers, key } = trip;
    this.#judges = stored !== undefined || (headers.range === undefined && !settings.cache.hasGivenUp(key));
    const asked = this.#judges ? askedOfApplication(headers, stored) : undefined;
    if (asked) this.requestHeaders = asked;
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
    const whyNot = 'whyNot' in assessed ? assessed.whyNot : this.#whyNotBody(head, whole, bytes);
    if (whyNot !== undefined || 'whyNot' in assessed) return this.#pass(head, whole, outer, whyNot!);
    return whole === undefined
      ? this.#collect(head, bytes, assessed.storable)
      : this.#keepWhole(head, whole, assessed.storable);
  };

  readonly onClose = ({ aborted }: Closed): void => {
    if (this.#isOver) return;
    // The application may still answer, though its client has left: those who wait get that.
    if (aborted && !this.#isAnswered && !this.#detached) this.#awaitAnswer();
    else this.#lose();
  };

  // What becomes of the answer.

  /** Ours is still right (RFC 9111, 4.3.4). */
  #freshen(stored: Stored, head: ResponseHead, outer: Readonly<OutgoingHttpHeaders>): BodyAction {
    const { request } = this.#trip;
    const { cache } = this.#settings;
    const { fresh, whyNot } = reassess(this.#settings, this.#trip, stored, head, outer);
    if (whyNot === undefined) this.#keep(fresh);
    else this.#land({ how: 'pass' });
    const status = this.#status({ status: 304, stored: whyNot === undefined, detail: whyNot });
    const reply = answer(fresh, request, cache.name, cache.now(), status);
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
    return { answer: answer(stored, this.#trip.request, cache.name, cache.now(), status) };
  }

  #whyNotBody(head: ResponseHead, whole: Body | undefined, bytes: number | undefined): string | undefined {
    if (bytes !== undefined && bytes > this.#settings.maxBodyBytes) return 'body-size';
    const declared = declaredLength(head);
    return whole !== undefined && declared !== undefined && declared > bytes! ? 'length' : undefined;
  }

  /** Not to be stored: so nobody waits for the next one either. */
  #pass(
    head: ResponseHead,
    whole: Body | undefined,
    outer: Readonly<OutgoingHttpHeaders>,
    whyNot: string,
  ): BodyAction | undefined {
    const failed = head.statusCode >= 500;
    if (this.#leader !== undefined && !failed) this.#settings.cache.giveUp(this.#trip.key);
    this.#land({ how: failed ? 'failed' : 'pass' });
    this.#say(head, { detail: whyNot });
    if (this.#detached) return this.#detached.takeFrom(head, whole, outer, this.#settings.maxBodyBytes);
    if (!this.#isKnown(head)) return undefined;
    notModifiedFields(head);
    return { replace: '' };
  }

  #keepWhole(head: ResponseHead, whole: Body, storable: Storable): BodyAction {
    const { request } = this.#trip;
    const { cache } = this.#settings;
    const stored = { ...storable, body: own(whole).subarray(0, declaredLength(head)) };
    this.#keep(stored);
    this.#tell(head, stored, true);
    if (this.#judges && hasConditions(this.#trip.headers)) {
      const reply = answer(stored, request, cache.name, cache.now(), this.#status({ stored: true }));
      if (reply.status !== stored.status) return { answer: reply };
    }
    return { replace: stored.body };
  }

  /** A client that knows the response already gets none of it; it is stored all the same. */
  #collect(head: ResponseHead, bytes: number | undefined, storable: Storable): BodyAction {
    const collector = new Collector(this.#settings.maxBodyBytes);
    const tap = (chunk: Buffer): void => {
      if (!collector.take(chunk)) this.#giveUp();
    };
    const end = (): void => {
      const body = collector.body();
      if (this.#isOver) return;
      if (bytes !== undefined && bytes > body.length) this.#giveUp();
      else this.#keep({ ...storable, body: body.subarray(0, bytes) });
    };
    this.#tell(head, storable, false);
    if (!this.#isKnown(head)) return { tap, end };
    notModifiedFields(head);
    return { through: swallow(tap, end) };
  }

  #isKnown(head: ResponseHead): boolean {
    if (!this.#judges || head.statusCode !== 200 || !hasConditions(this.#trip.headers)) return false;
    const wallMs = Date.now();
    const headers = head.getHeaders();
    const validators = {
      etag: textOf(headers.etag),
      lastModified: textOf(headers['last-modified']),
      dateMs: dateOf(headers, wallMs),
    };
    return isNotModified(this.#trip.headers, validators, wallMs);
  }

  // The end of the trip.

  #keep(stored: Stored): void {
    const { cache } = this.#settings;
    const { key, url } = this.#trip;
    cache.searchRules.learn(url, textOf(stored.headers['no-vary-search']));
    markStable(stored.body);
    prepare(stored, cache.name, cache.now());
    this.#detached?.take(stored);
    const landing = { how: 'stored', names: stored.selecting.map(([name]) => name) } as const;
    const kept = cache.keep(cache.searchRules.canonical(key), stored, this.#since);
    if (kept instanceof Promise) void kept.then(() => this.#land(landing));
    else this.#land(landing);
  }

  #giveUp(): void {
    if (this.#leader !== undefined) this.#settings.cache.giveUp(this.#trip.key);
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

  // What is said of it.

  #status(outcome: Outcome): string {
    return forwarded(this.#settings.cache.name, whyOf(this.#trip), outcome);
  }

  #say(head: ResponseHead, outcome: Outcome): void {
    const earlier = textOf(head.getHeader('Cache-Status'));
    const status = this.#status(outcome);
    if (handled.hasSubscribers) handled.publish({ cache: this.#settings.cache.name, status });
    head.setHeader('Cache-Status', earlier === undefined ? status : `${earlier}, ${status}`);
  }

  #tell(head: ResponseHead, stored: Storable, isStored: boolean): void {
    this.#say(head, { stored: isStored });
    const told: OutgoingHttpHeaders = {};
    for (const name of TOLD) if (stored.headers[name] !== undefined) told[name] = stored.headers[name];
    toldFields(told, stored, 0);
    for (const name in told) head.setHeader(name, told[name]!);
  }
}

/** Errors that a stored response may stand in for (RFC 5861, 4). */
const REPLACEABLE = new Set([500, 502, 503, 504]);

/** Fields that the cache itself adds to. */
const TOLD = ['vary', 'surrogate-key', 'cache-tag', 'surrogate-control', 'cdn-cache-control'];

function whyOf<Context>({ wants, stored }: Trip<Context>): Forwarded {
  if (wants.noCache || wants.noStore || wants.maxAge !== undefined) return 'request';
  return stored === undefined ? 'uri-miss' : 'stale';
}

function declaredLength(head: ResponseHead): number | undefined {
  const field = head.getHeader('Content-Length');
  return field === undefined ? undefined : Number(field);
}

/** Bytes of our own: the application may write to its own again, and a slice of node's pool would keep all of it. */
function own(body: Body): Buffer {
  const copy = Buffer.allocUnsafeSlow(Buffer.byteLength(body));
  if (typeof body === 'string') copy.write(body);
  else body.copy(copy);
  return copy;
}

const swallow = (tap: (chunk: Buffer) => void, end: () => void): Transform =>
  new Transform({
    transform(chunk, _encoding, done) {
      tap(chunk);
      done();
    },
    flush(done) {
      end();
      done();
    },
  });
