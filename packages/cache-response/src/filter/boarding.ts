import {
  type Hooks,
  type HttpRequest,
  nodeRequestOf,
  nodeResponseOf,
  type Outcome,
  originalOf,
  problemReply,
  type Reply,
  type Wait,
} from '@spillway/core';
import type { Flight, Landing } from '../flights';
import { withMore } from '../policy/key';
import { mayReplaceError } from '../policy/reuse';
import type { Stored } from '../policy/stored';
import { selectingOf } from '../policy/vary';
import { type Asked, isAnonymous, maySee } from './asked';
import { forwarded, type Outcome as Told } from './cache-status';
import { Detached } from './detached';
import { Fill, type Outer } from './fill';
import { send } from './send';
import type { Settings } from './settings';
import { droppedFrom, useStored } from './use';

type Decided = Outcome | Wait;

/** How requests get to the application: each alone, or one for all that want the same. */
export class Boarding<Context> {
  readonly #settings: Settings<Context>;
  /** Requests that were sent once more while their client waits, by node's own. */
  readonly #detached = new WeakMap<object, Detached>();

  constructor(settings: Settings<Context>) {
    this.#settings = settings;
  }

  /** @param stored what may be used once it is validated. */
  board(asked: Asked<Context>, stored: Stored | undefined): Decided {
    if (this.#mayWait(asked, stored)) return this.#boardTogether(asked, stored, asked.key, false);
    return this.#ask(asked, stored);
  }

  alone(asked: Asked<Context>, stored: Stored | undefined, flight?: Flight): Hooks {
    return new Fill(this.#settings, asked, stored, flight);
  }

  /** A request that has passed another mount of this cache already: only one of them stores its answer, and says for how long. */
  takeOver(outer: Outer, asked: Asked<Context>, found: Stored | undefined): Decided {
    const flight = outer.resign();
    const own = { ...asked, headers: outer.clientHeaders };
    if (outer.key !== asked.key) {
      flight?.land({ how: 'pass' });
      return (found && useStored(this.#settings, own, found)) ?? this.alone(own, found);
    }
    return new Fill(this.#settings, own, found, flight, outer.detached);
  }

  /** A request that was sent once more. */
  boardReplay(asked: Asked<Context>, stored: Stored | undefined): Hooks {
    const original = originalOf(asked.request);
    const detached = original && this.#detached.get(original);
    return new Fill(this.#settings, asked, stored, detached?.flight, detached);
  }

  /**
   * Whether another's answer would do: nothing private is asked for, and nothing newer than that. One who has begun to answer leads nobody
   * either: no answer would come by here.
   */
  #mayWait(asked: Asked<Context>, stored: Stored | undefined): boolean {
    const { wants, headers, key, request } = asked;
    return (
      isAnonymous(asked) &&
      !wants.noCache &&
      !wants.noStore &&
      wants.maxAge === undefined &&
      (stored !== undefined || headers.range === undefined) &&
      !nodeResponseOf(request)?.headersSent &&
      !this.#settings.cache.uncacheable.has(key, headers)
    );
  }

  #boardTogether(asked: Asked<Context>, stored: Stored | undefined, key: string, isSecond: boolean): Decided {
    const { flights } = this.#settings.cache;
    const flight = flights.find(key);
    if (flight === undefined) return this.#ask(asked, stored, flights.start(key));
    const joined = flights.join(flight);
    if (joined === undefined) return this.alone(asked, stored);
    const wait = joined.landed.then((landing) => this.#land(asked, stored, landing, flight, isSecond));
    return { wait: wait as Promise<Outcome>, onAbort: joined.leave };
  }

  #ask(asked: Asked<Context>, stored: Stored | undefined, flight?: Flight): Decided {
    const isDetached =
      !this.#settings.isSafe &&
      stored !== undefined &&
      asked.request.method === 'GET' &&
      asked.headers.range === undefined &&
      // What is asked for everybody knows nothing of what one client wants of a cache.
      !asked.wants.noStore &&
      asked.wants.staleIfError === undefined &&
      isAnonymous(asked);
    return isDetached
      ? { wait: this.#askDetached(asked, stored, flight) }
      : this.alone(asked, stored, flight);
  }

  async #land(
    earlier: Asked<Context>,
    before: Stored | undefined,
    landing: Landing,
    flight: Flight,
    isSecond: boolean,
  ): Promise<Decided> {
    const { cache } = this.#settings;
    const key = withMore(cache.searchRules.canonical(earlier.url), earlier.more);
    const asked = { ...earlier, key, askedMs: cache.now() };
    if (landing.how === 'lead') return this.alone(asked, before, flight);
    if (landing.how === 'pass') return this.alone(asked, before);
    const stored = await cache.find(asked.key, asked.headers);
    const status = forwarded(cache.name, before ? 'stale' : 'uri-miss', { collapsed: true });
    if (stored !== undefined) {
      return landing.how === 'failed' &&
        maySee(asked, stored) &&
        mayReplaceError(stored, asked.wants, asked.askedMs)
        ? send(cache, stored, asked.request, asked.askedMs, status)
        : (useStored(this.#settings, asked, stored, status) ?? this.alone(asked, stored));
    }
    if (landing.how !== 'stored' || isSecond || landing.names.length === 0) return this.alone(asked, stored);
    // It was chosen by what differs here: those of the same choice ask once again, together.
    const chosen = selectingOf(landing.names, asked.headers);
    return this.#boardTogether(asked, undefined, `${asked.key} ${JSON.stringify(chosen)}`, true);
  }

  /**
   * Asks the application without the client's connection: where it cuts that one off in place of an answer, the cache is
   * disconnected from it, and may send what is stale (RFC 9111, 4.2.4).
   */
  async #askDetached(asked: Asked<Context>, stored: Stored, flight?: Flight): Promise<Outcome> {
    const { cache, app } = this.#settings;
    const { request } = asked;
    const detached = new Detached(flight);
    this.#detached.set(nodeRequestOf(request), detached);
    const wasAnswered = await cache.ask(request, droppedFrom(asked), app);
    const { answer: got } = detached;
    if (got === undefined && wasAnswered === false) return this.#disconnected(request, stored);
    // It was not sent, or somebody further out answered it.
    if (got === undefined || got === 'too-long') {
      flight?.land({ how: 'pass' });
      return this.alone(asked, stored);
    }
    return 'selecting' in got ? this.#reply(request, got, { stored: true }) : got;
  }

  #disconnected(request: HttpRequest, stored: Stored): Reply {
    return stored.use.stale
      ? this.#reply(request, stored, { detail: 'disconnected' })
      : gatewayTimeout(request, 'The application gave no answer.');
  }

  #reply(request: HttpRequest, stored: Stored, told: Told): Reply {
    const { cache } = this.#settings;
    return send(cache, stored, request, cache.now(), forwarded(cache.name, 'stale', told));
  }
}

export const gatewayTimeout = (request: HttpRequest, detail: string): Reply =>
  problemReply(request, { status: 504, detail });
