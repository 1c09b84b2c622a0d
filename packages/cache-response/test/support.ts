import type { IncomingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import {
  type CacheResponseOptions,
  createCacheResponse,
  ResponseCache,
  type ResponseCacheOptions,
} from '@spillway/cache-response';
import type { Closed, Hooks } from '@spillway/core';
import {
  type Answer,
  type App,
  type Client,
  FakeClock,
  type Got,
  type Item,
  type TestHost,
} from '@spillway/core/testing';

export const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' };

/** Fresh for a minute. */
export const FRESH = { ...TEXT, 'Cache-Control': 'max-age=60' };

export const streamOf = (...chunks: string[]): Readable =>
  Readable.from(chunks.map((chunk) => Buffer.from(chunk)));

export interface Deferred<Value> {
  readonly promise: Promise<Value>;
  readonly resolve: (value: Value) => void;
}

export function deferred<Value = void>(): Deferred<Value> {
  let resolve!: Deferred<Value>['resolve'];
  const promise = new Promise<Value>((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}

export { until } from '@spillway/core/testing';

/** One turn of the event loop. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));

/** An application behind a cache whose time stands still until a test moves it. */
export interface Served {
  readonly client: Client;
  readonly clock: FakeClock;
  readonly cache: ResponseCache;
  /** The fields of each request that the application was asked, as it read them. */
  readonly asked: IncomingHttpHeaders[];
}

export interface Serving extends CacheResponseOptions<never> {
  /** What is mounted outside of the cache. */
  readonly outer?: readonly Item[];
  /** What is mounted between it and the application. */
  readonly inner?: readonly Item[];
  readonly of?: ResponseCacheOptions;
}

/** @param app answers each request, or is the one answer to all of them. */
export function behindCache(
  host: TestHost,
  app: App | Answer,
  run: (served: Served) => Promise<unknown>,
  { outer = [], inner = [], of = {}, ...options }: Serving = {},
): Promise<unknown> {
  const clock = new FakeClock();
  const cache = options.cache ?? new ResponseCache({ now: clock.now, ...of });
  const asked: IncomingHttpHeaders[] = [];
  const counting: App = (handled) => {
    asked.push({ ...handled.req.headers });
    return typeof app === 'function' ? app(handled) : app;
  };
  const items = [...outer, createCacheResponse({ ...options, cache }), ...inner];
  return host.serve(items, counting, (client) => run({ client, clock, cache, asked }));
}

/** A filter for the outside that tells of each response that is over, also where its client has left. */
export function closing() {
  const closed: Closed[] = [];
  return { filter: (): Hooks => ({ onClose: (each) => void closed.push(each) }), closed };
}

/** What became of a request, as the cache tells it. */
export const statusOf = ({ headers }: Pick<Got, 'headers'>): string => String(headers['cache-status']);

export const isHit = (got: Pick<Got, 'headers'>): boolean => /^Spillway; hit;/.test(statusOf(got));

/** So many requests of one kind at once. */
export const many = (client: Client, count: number, path = '/', headers = {}): Promise<Got[]> =>
  Promise.all(Array.from({ length: count }, () => client.get(path, headers)));
