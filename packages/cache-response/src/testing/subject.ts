import type { IncomingHttpHeaders } from 'node:http';
import { withMore } from '../policy/key';
import type { Stored } from '../policy/stored';
import { selectingOf } from '../policy/vary';
import type { ResponseStore } from '../store/store';

/** A store under test, and its time. */
export interface StoreSubject {
  readonly store: ResponseStore;
  /** Lets milliseconds pass by the store's clock. */
  readonly advance: (ms: number) => void | Promise<void>;
}

/** What a response lies under; `more` is what else tells it apart beside its URL. */
export const keyOf = (url: string, more = ''): string => {
  const { origin, pathname, search } = new URL(url);
  return withMore(`${pathname}${search} ${origin}`, more);
};

export const KEY = keyOf('https://a.test/a');

/** A response that is told from others by its text. */
export const responseOf = (text: string, changes: Partial<Stored> = {}): Stored => ({
  status: 200,
  headers: { 'content-type': 'text/plain' },
  body: Buffer.from(text),
  selecting: [],
  tags: [],
  receivedMs: 0,
  initialAgeMs: 0,
  lifetimeMs: 60_000,
  by: 'fields',
  staleWhileRevalidateMs: 0,
  staleIfErrorMs: 0,
  use: { mustValidate: false, stale: true, authorized: false, public: false, immutable: false },
  ...changes,
});

/** One that was chosen by fields of its request. */
export const chosenBy = (request: IncomingHttpHeaders, text: string, changes: Partial<Stored> = {}): Stored =>
  responseOf(text, { selecting: selectingOf(Object.keys(request).sort(), request), ...changes });

export const textOf = async ({ store }: StoreSubject, key: string, request: IncomingHttpHeaders = {}) =>
  (await store.get(key, request))?.body.toString();

/** Texts by key, as they are kept. */
export async function keep({ store }: StoreSubject, texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, text] of Object.entries(texts)) await store.set(key, responseOf(text));
}
