import type { IncomingHttpHeaders, RequestListener } from 'node:http';
import {
  type Clock,
  checkOptions,
  isFunction,
  isInteger,
  isObject,
  isText,
  monotonic,
  replay,
} from '@spillway/core';
import type { EdgeCache, EdgePurge } from './edge';
import { failed, type Task } from './events';
import { nameInStatus } from './filter/cache-status';
import { Flights } from './flights';
import { targetOf } from './policy/key';
import type { Stored } from './policy/stored';
import { SearchRules } from './search-rules';
import { Journal } from './store/journal';
import { MemoryStore } from './store/memory-store';
import type { InvalidateBy, Invalidation, ResponseStore } from './store/store';
import { Uncacheable } from './uncacheable';

export interface ResponseCacheOptions {
  /** Bytes that the responses take, where no `store` is given. At least 65,536. @default 64 MiB */
  readonly maxBytes?: number | undefined;
  /** Where responses are kept. @default a MemoryStore */
  readonly store?: ResponseStore | undefined;
  /** What Cache-Status calls this cache. @default 'Spillway' */
  readonly name?: string | undefined;
  /** A cache in front of this one, told what is purged or expired here. @default none */
  readonly edge?: EdgeCache | undefined;
  /** Milliseconds for which requests wait for another's answer before one of them asks the application itself. @default 10_000 */
  readonly waitMs?: number | undefined;
  /** Requests that wait at a time; more ask the application. @default 10_000 */
  readonly maxWaiting?: number | undefined;
  /** @default a monotonic clock */
  readonly now?: Clock | undefined;
}

/** Refreshes at a time; a response that finds no room is refreshed by a later request. */
const MAX_REFRESHES = 64;
/** A refresh that takes longer no longer keeps another one from being tried. */
const REFRESH_MS = 30_000;

/** Responses that several mounts of `cacheResponse` may share, and what invalidates them. */
export class ResponseCache {
  readonly name: string;
  readonly flights: Flights;
  readonly now: Clock;
  readonly waitMs: number;
  /** What nobody has to wait for. */
  readonly uncacheable: Uncacheable;
  /** By which part of their query URLs differ. */
  readonly searchRules = new SearchRules();
  readonly #store: ResponseStore;
  readonly #edge: EdgeCache | undefined;
  readonly #journal = new Journal();
  readonly #refreshes = new Map<string, number>();

  /** @throws {OptionError} naming the option that is wrong. */
  constructor(options: ResponseCacheOptions = {}) {
    checkOptions('ResponseCache', options, {
      maxBytes: isInteger(65_536),
      store: isObject,
      name: isText,
      edge: isObject,
      waitMs: isInteger(1, 2_147_483_647),
      maxWaiting: isInteger(0),
      now: isFunction,
    });
    const {
      maxBytes,
      name = 'Spillway',
      edge,
      waitMs = 10_000,
      maxWaiting = 10_000,
      now = monotonic,
    } = options;
    this.name = nameInStatus(name);
    this.now = now;
    this.waitMs = waitMs;
    this.flights = new Flights(waitMs, maxWaiting);
    this.#store = options.store ?? new MemoryStore({ maxBytes, now });
    this.#edge = edge;
    this.uncacheable = new Uncacheable(now);
  }

  /** Removes responses: nobody gets them again. Rejects where the store or the cache in front failed. */
  purge(what: Invalidation): Promise<void> {
    return this.#invalidate(what, 'purge');
  }

  /**
   * Makes responses stale: they may still be sent while they are refreshed, or instead of an error. Rejects where the store or the
   * cache in front failed.
   */
  expire(what: Invalidation): Promise<void> {
    return this.#invalidate(what, 'expire');
  }

  /** What a request with these fields selects; nothing where the store failed. */
  find(key: string, headers: IncomingHttpHeaders): Stored | undefined | Promise<Stored | undefined> {
    return this.#guard(() => this.#store.get(key, headers));
  }

  /** A response is asked for. @returns what `keep` takes, and `finish` once. */
  begin(): number {
    return this.#journal.begin();
  }

  /** It has come, or never will. */
  finish(): void {
    this.#journal.finish();
  }

  /** Whether a response was invalidated since it was asked for. */
  isOutdated(key: string, { tags }: Stored, since: number): boolean {
    return this.#journal.isOutdated(since, key, tags);
  }

  /**
   * Keeps a response.
   * @param since what `begin` returned: where the response was invalidated meanwhile, it is not kept.
   */
  keep(key: string, response: Stored, since: number): void | Promise<void> {
    if (this.isOutdated(key, response, since)) return undefined;
    this.uncacheable.forget(key, response.selecting);
    return this.#guard(() => this.#store.set(key, response));
  }

  /** Has the application asked once more without anybody waiting, where that isn't being done already. */
  refresh(key: string, request: object, dropped: readonly string[], app: RequestListener | undefined): void {
    const startedMs = this.#refreshes.get(key);
    const nowMs = this.now();
    if (startedMs === undefined ? this.#refreshes.size >= MAX_REFRESHES : nowMs - startedMs < REFRESH_MS)
      return;
    this.#refreshes.set(key, nowMs);
    void this.ask(request, dropped, app).then(() => {
      if (this.#refreshes.get(key) === nowMs) this.#refreshes.delete(key);
    });
  }

  /**
   * Sends a request once more through the whole application, apart from the client that it came from.
   * @param dropped fields that it goes without.
   * @returns whether it was answered; undefined where it could not be sent.
   */
  async ask(
    request: object,
    dropped: readonly string[],
    app: RequestListener | undefined,
  ): Promise<boolean | undefined> {
    try {
      const without = Object.fromEntries(dropped.map((name) => [name, undefined]));
      return (await replay(request, without, app)).complete;
    } catch (error) {
      this.report('refresh', error);
      return undefined;
    }
  }

  report(what: Task, error: unknown): undefined {
    failed.publish({ cache: this.name, what, error });
  }

  /** What a store has failed at is as if it were empty. */
  #guard<Value>(task: () => Value | Promise<Value>): Value | undefined | Promise<Value | undefined> {
    try {
      const done = task();
      return isThenable(done) ? Promise.resolve(done).catch((error) => this.report('store', error)) : done;
    } catch (error) {
      return this.report('store', error);
    }
  }

  /** The same URL as a rule for its query has it. */
  #equivalentTo(url: string): readonly string[] {
    const { path, origin = '' } = targetOf(url);
    return this.searchRules.formsOf(path).map((form) => origin + form);
  }

  async #invalidate(what: Invalidation, by: InvalidateBy): Promise<void> {
    const urls = what.urls?.flatMap((url) => [url, ...this.#equivalentTo(url)]);
    const meant = urls ? { ...what, urls } : what;
    this.#journal.record(meant);
    await this.#store.invalidate(meant, by);
    await this.#edge?.purge(edgePurgeOf(what));
  }
}

/** Also a promise of another realm, or of a library. */
const isThenable = <Value>(value: Value | Promise<Value>): value is Promise<Value> =>
  typeof (value as { then?: unknown } | undefined)?.then === 'function';

const edgePurgeOf = ({ tags, urls, prefixes, everything }: Invalidation): EdgePurge => ({
  tags,
  urls,
  prefixes,
  all: everything,
});
