import type { IncomingHttpHeaders } from 'node:http';
import {
  type Filter,
  type Hooks,
  type HttpRequest,
  isReplay,
  load,
  type Outcome,
  problemReply,
  type Wait,
} from '@spillway/core';
import { answer } from './answer';
import type { Asked } from './assess';
import { requestDirectives } from './cache-control';
import { forwarded } from './cache-status';
import { Detached } from './detached';
import { Fill } from './fill';
import type { Flight, Landing } from './flights';
import { updateByHead } from './head-update';
import { urlKeyOf, withMore } from './key';
import type { CacheResponseOptions } from './options';
import { mayReplaceError, useOf } from './reuse';
import { type Settings, settingsOf } from './settings';
import { type Credentials, mayShare } from './storable';
import type { Stored } from './stored';
import { invalidate, invalidatedBy, isOwnContent, isUnsafe } from './unsafe';
import { selectingOf } from './vary';

/**
 * A filter that answers requests from stored responses, and stores those of the application (RFC 9111).
 * @param inFront it stands before the application: who comes with credentials gets what says `public`, and nothing else.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createCacheResponse<Context>(
  options: CacheResponseOptions<Context> = {},
  inFront = false,
): Filter<Context> {
  const cache = new Handler(settingsOf(options, inFront));
  return (request, context) => cache.handle(request, context);
}

/** Above, stale responses are sent without asking the application first. */
const OVERLOAD = 0.8;
const isOverloaded = (): boolean => load.level() >= OVERLOAD;

/** A refresh is nobody's own, and asks for a whole response. */
const OF_ONE_CLIENT = ['if-none-match', 'if-modified-since', 'if-range', 'range', 'cache-control', 'pragma'];
const OF_ONE_USER = [...OF_ONE_CLIENT, 'cookie', 'authorization'];

const droppedFrom = ({ credentials }: Pick<Asked<unknown>, 'credentials'>): readonly string[] =>
  credentials.keyed ? OF_ONE_CLIENT : OF_ONE_USER;

type Decided = Outcome | Wait;

/** What becomes of one request. */
class Handler<Context> {
  readonly #settings: Settings<Context>;
  /** Of requests that come without any, which are most. */
  readonly #none: Credentials;
  /** Requests sent once more whose client waits, by key. */
  readonly #detached = new Map<string, Detached>();

  constructor(settings: Settings<Context>) {
    this.#settings = settings;
    this.#none = { authorization: false, cookie: false, keyed: false, inFront: settings.inFront };
  }

  handle(request: HttpRequest, context: Context): Decided | Promise<Decided> {
    const settings = this.#settings;
    const { cache } = settings;
    const { method, headers } = request;
    if (settings.skip?.(context)) return undefined;
    const url = urlKeyOf(request);
    if (url === undefined) return undefined;
    const more = settings.key?.(context) ?? '';
    const isStored = settings.methods.has(method);
    if (!isStored && !isUnsafe(method)) return undefined;
    const asked: Asked<Context> = {
      request,
      context,
      key: keyOf(method, cache.searchRules.canonical(url), isStored ? more : ''),
      url,
      headers,
      wants: requestDirectives(headers['cache-control'], headers.pragma),
      credentials: this.#credentialsOf(headers, more !== ''),
      askedMs: cache.now(),
    };
    if (!isStored) return this.#watchUnsafe(asked);
    // These are about the state at the application (RFC 9110, 13.2.1).
    if (headers['if-match'] !== undefined || headers['if-unmodified-since'] !== undefined) return undefined;
    const found = cache.find(asked.key, headers);
    return found instanceof Promise
      ? found.then((stored) => this.#meet(asked, stored))
      : this.#meet(asked, found);
  }

  #meet(asked: Asked<Context>, found: Stored | undefined): Decided {
    if (isReplay(asked.request)) return this.#answerDetached(asked, found);
    const stored = found && this.#mayShare(asked, found) ? found : undefined;
    const answered = stored && this.#use(asked, stored);
    if (answered) return answered;
    if (asked.wants.onlyIfCached)
      return gatewayTimeout(asked.request, 'Nothing is stored that could be sent.');
    if (asked.request.method === 'HEAD') return updateByHead(this.#settings, { ...asked, stored });
    return this.#mayWait(asked, stored)
      ? this.#board(asked, stored, asked.key, false)
      : this.#forward(asked, stored, undefined);
  }

  #mayShare({ credentials }: Asked<Context>, { by, use }: Stored): boolean {
    return (
      credentials === this.#none ||
      mayShare(credentials, { by, authorized: use.authorized, public: use.public })
    );
  }

  /** @returns undefined where it has to be validated first. */
  #use(asked: Asked<Context>, stored: Stored, status?: string): Outcome {
    const { cache, app } = this.#settings;
    const { request } = asked;
    const use = useOf(stored, asked.wants, asked.askedMs, isOverloaded);
    if (use === 'validate') return undefined;
    if (use === 'revalidate' && request.method === 'GET')
      cache.refresh(asked.key, request, droppedFrom(asked), app);
    return answer(stored, request, cache.name, asked.askedMs, status);
  }

  /** Whether another's answer would do: nothing private is asked for, and nothing newer than that. */
  #mayWait({ credentials, wants, headers, key }: Asked<Context>, stored: Stored | undefined): boolean {
    const isShared = credentials.keyed || !(credentials.cookie || credentials.authorization);
    return (
      isShared &&
      !wants.noCache &&
      !wants.noStore &&
      wants.maxAge === undefined &&
      (stored !== undefined || headers.range === undefined) &&
      !this.#settings.cache.hasGivenUp(key)
    );
  }

  /** Asks the application for all who want the same, or waits for who does. */
  #board(asked: Asked<Context>, stored: Stored | undefined, key: string, isSecond: boolean): Decided {
    const { flights } = this.#settings.cache;
    const flight = flights.find(key);
    if (flight === undefined) return this.#lead(asked, stored, flights.start(key));
    const joined = flights.join(flight);
    if (joined === undefined) return this.#forward(asked, stored, undefined);
    const wait = joined.landed.then((landing) => this.#land(asked, stored, landing, flight, isSecond));
    return { wait: wait as Promise<Outcome>, onAbort: joined.leave };
  }

  #lead(asked: Asked<Context>, stored: Stored | undefined, flight: Flight): Decided {
    const { isSafe } = this.#settings;
    return !isSafe && stored !== undefined && asked.request.method === 'GET'
      ? { wait: this.#askDetached(asked, stored, flight) as Promise<Outcome> }
      : this.#forward(asked, stored, flight);
  }

  /**
   * Asks the application without the client's connection: where it cuts that one off in place of an answer, the cache is
   * disconnected from it, and may send what is stale (RFC 9111, 4.2.4).
   */
  async #askDetached(asked: Asked<Context>, stored: Stored, flight: Flight): Promise<Decided> {
    const { cache, app } = this.#settings;
    const { request, key } = asked;
    const detached = new Detached(flight);
    this.#detached.set(key, detached);
    const failure = await cache.ask(request, droppedFrom(asked), app);
    if (this.#detached.get(key) === detached) this.#detached.delete(key);
    const { answer: got } = detached;
    const now = cache.now();
    if (failure !== undefined) return this.#forward(asked, stored, flight);
    if (got === undefined) return this.#disconnected(asked, stored);
    if (got === 'too-long') return this.#forward(asked, stored, undefined);
    return 'body' in got && 'selecting' in got
      ? answer(got, request, cache.name, now, forwarded(cache.name, 'stale', { stored: true }))
      : got;
  }

  #disconnected({ request }: Asked<Context>, stored: Stored): Outcome {
    const { cache } = this.#settings;
    if (!stored.use.stale) return gatewayTimeout(request, 'The application gave no answer.');
    const status = forwarded(cache.name, 'stale', { detail: 'disconnected' });
    return answer(stored, request, cache.name, cache.now(), status);
  }

  async #land(
    earlier: Asked<Context>,
    before: Stored | undefined,
    landing: Landing,
    flight: Flight,
    isSecond: boolean,
  ): Promise<Decided> {
    const { cache } = this.#settings;
    const asked = { ...earlier, askedMs: cache.now() };
    if (landing.how === 'lead') return this.#forward(asked, before, flight);
    if (landing.how === 'pass') return this.#forward(asked, before, undefined);
    const stored = await cache.find(asked.key, asked.headers);
    if (stored !== undefined && this.#mayShare(asked, stored)) {
      const status = forwarded(cache.name, before ? 'stale' : 'uri-miss', { collapsed: true });
      const used =
        landing.how === 'failed' && mayReplaceError(stored, asked.wants, asked.askedMs)
          ? answer(stored, asked.request, cache.name, asked.askedMs, status)
          : this.#use(asked, stored, status);
      if (used) return used;
    }
    // It was chosen by what differs here: those of the same choice ask once again, together.
    if (landing.how === 'stored' && !isSecond && stored === undefined && landing.names.length > 0) {
      const chosen = selectingOf(landing.names, asked.headers);
      return this.#board(asked, undefined, `${asked.key} ${JSON.stringify(chosen)}`, true);
    }
    return this.#forward(asked, stored, undefined);
  }

  #answerDetached(asked: Asked<Context>, stored: Stored | undefined): Hooks {
    const detached = this.#detached.get(asked.key);
    this.#detached.delete(asked.key);
    return new Fill(this.#settings, { ...asked, stored }, detached?.flight, detached);
  }

  #forward(asked: Asked<Context>, stored: Stored | undefined, flight: Flight | undefined): Hooks {
    return new Fill(this.#settings, { ...asked, stored }, flight);
  }

  /** Its answer makes what is stored out of date, and may be the new one (RFC 9111, 4.4; RFC 9110, 9.3.3). */
  #watchUnsafe(asked: Asked<Context>): Hooks {
    const { cache } = this.#settings;
    let fill: Fill<Context> | undefined;
    return {
      onHead: (head, whole, outer) => {
        invalidate(cache, invalidatedBy(asked.request, head));
        if (!isOwnContent(asked.request, head)) return undefined;
        fill = new Fill(this.#settings, { ...asked, stored: undefined, explicitOnly: true }, undefined);
        return fill.onHead(head, whole, outer);
      },
      onClose: () => fill?.onClose(),
    };
  }

  #credentialsOf({ cookie, authorization }: IncomingHttpHeaders, keyed: boolean): Credentials {
    if (cookie === undefined && authorization === undefined && !keyed) return this.#none;
    return {
      authorization: authorization !== undefined,
      cookie: cookie !== undefined,
      keyed,
      inFront: this.#settings.inFront,
    };
  }
}

/** A response to GET is that to HEAD as well. */
const keyOf = (method: string, url: string, more: string): string =>
  withMore(
    url,
    method === 'GET' || method === 'HEAD' || (isUnsafe(method) && more === '') ? more : `${method} ${more}`,
  );

const gatewayTimeout = (request: HttpRequest, detail: string): Outcome =>
  problemReply(request, { status: 504, detail });
