import assert from 'node:assert/strict';
import type { IncomingHttpHeaders } from 'node:http';
import { type Contract, defineContract } from '@spillway/core/testing';
import { withMore } from './policy/key';
import type { Stored } from './policy/stored';
import { selectingOf } from './policy/vary';
import type { InvalidateBy, Invalidation, ResponseStore } from './store/store';

/** A store under test, and its time. */
export interface StoreSubject {
  readonly store: ResponseStore;
  /** Lets milliseconds pass by the store's clock. */
  readonly advance: (ms: number) => void | Promise<void>;
}

const LATER_MS = 50;
const BYS: readonly InvalidateBy[] = ['purge', 'expire'];

/** What a response lies under; `more` is what else tells it apart beside its URL. */
const keyOf = (url: string, more = ''): string => {
  const { origin, pathname, search } = new URL(url);
  return withMore(`${pathname}${search} ${origin}`, more);
};

const KEY = keyOf('https://a.test/a');

/** A response that is told from others by its text. */
const responseOf = (text: string, changes: Partial<Stored> = {}): Stored => ({
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
const chosenBy = (request: IncomingHttpHeaders, text: string, changes: Partial<Stored> = {}): Stored =>
  responseOf(text, { selecting: selectingOf(Object.keys(request).sort(), request), ...changes });

const textOf = async ({ store }: StoreSubject, key: string, request: IncomingHttpHeaders = {}) =>
  (await store.get(key, request))?.body.toString();

/** Texts by key, as they are kept. */
async function keep({ store }: StoreSubject, texts: Readonly<Record<string, string>>): Promise<void> {
  for (const [key, text] of Object.entries(texts)) await store.set(key, responseOf(text));
}

/** Which of some keys are invalidated: their responses gone, or expired. */
async function invalidated(
  { store }: StoreSubject,
  what: Invalidation,
  by: InvalidateBy,
  keys: readonly string[],
): Promise<readonly string[]> {
  await store.invalidate(what, by);
  const found: string[] = [];
  for (const key of keys) {
    const stored = await store.get(key, {});
    if (by === 'expire') assert.ok(stored, 'what is expired is still there');
    if (stored === undefined || stored.expiredMs !== undefined) found.push(key);
  }
  return found;
}

/** Keeps a response under each key, and shows which of them are meant, both by purging and by expiring. */
const means =
  (what: Invalidation, meant: readonly string[], others: readonly string[], tags: readonly string[] = []) =>
  async (subject: StoreSubject) => {
    for (const by of BYS) {
      for (const key of [...meant, ...others]) await subject.store.set(key, responseOf('text', { tags }));
      assert.deepEqual(await invalidated(subject, what, by, [...meant, ...others]), meant);
    }
  };

const LONG = 'x'.repeat(2_000);

const KEPT = responseOf('', {
  status: 203,
  headers: { etag: '"\u00e9"', 'set-cookie': ['a=1', 'b=2'], 'x-empty': '', 'x-number': 5 },
  body: Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
  selecting: [
    ['accept', ''],
    ['cookie', '\u0000'],
  ],
  tags: ['a', 'b, c', '\u00e9'],
  receivedMs: 1_234.5,
  initialAgeMs: 1,
  lifetimeMs: 2,
  by: 'ttl',
  staleWhileRevalidateMs: 3,
  staleIfErrorMs: 4,
  use: { mustValidate: true, stale: false, authorized: true, public: true, immutable: true },
  browserTtlMs: 5,
  edgeTtlMs: 6,
});

/** What every store of this package has to do; run it against yours. */
export const storeContract: Contract<StoreSubject> = defineContract<StoreSubject>('response store', {
  'gives back all of a response as it was kept': async ({ store }) => {
    await store.set(KEY, KEPT);
    const found = await store.get(KEY, { accept: '' });
    assert.ok(found);
    assert.ok(Buffer.isBuffer(found.body));
    assert.deepEqual({ ...found, headers: { ...found.headers } }, KEPT);
  },

  'has no response under another key': async (subject) => {
    await keep(subject, { [KEY]: 'text' });
    for (const key of [
      keyOf('https://a.test/A'),
      keyOf('https://a.test/a?b'),
      keyOf('https://b.test/a'),
      keyOf('http://a.test/a'),
      keyOf('https://a.test/a', 'more'),
    ])
      assert.equal(await textOf(subject, key), undefined);
  },

  'keeps responses to requests with other fields beside one another': async (subject) => {
    const { store } = subject;
    for (const accept of ['a', 'b', 'c']) await store.set(KEY, chosenBy({ accept }, accept));
    await store.set(KEY, chosenBy({ accept: undefined }, 'none'));
    for (const accept of ['b', 'a', 'c']) assert.equal(await textOf(subject, KEY, { accept }), accept);
    assert.equal(await textOf(subject, KEY), 'none');
    assert.equal(await textOf(subject, KEY, { accept: 'd' }), undefined);
    assert.equal(await textOf(subject, KEY, { accept: '' }), undefined);
  },

  'takes two spellings of one field for one': async (subject) => {
    await subject.store.set(KEY, chosenBy({ 'accept-encoding': 'gzip, br;q=0.5' }, 'text'));
    assert.equal(await textOf(subject, KEY, { 'accept-encoding': 'br; q=0.5,GZIP' }), 'text');
  },

  'gives the response in the language that a request likes best': async (subject) => {
    const { store } = subject;
    const headers = { 'content-language': 'DE' };
    await store.set(KEY, chosenBy({ 'accept-language': 'de, en;q=0.5' }, 'deutsch', { headers }));
    assert.equal(await textOf(subject, KEY, { 'accept-language': 'fr;q=0.5, de' }), 'deutsch');
    assert.equal(await textOf(subject, KEY, { 'accept-language': 'fr, de;q=0.5' }), undefined);
  },

  'keeps a response in place of an older one that was chosen by the same fields': async (subject) => {
    const { store } = subject;
    const request = { accept: 'a', cookie: 'b' };
    for (const text of ['old', 'new']) await store.set(KEY, chosenBy(request, text));
    assert.equal(await textOf(subject, KEY, request), 'new');
    await keep(subject, { [KEY]: 'newest' });
    await keep(subject, { [KEY]: 'newer still' });
    assert.equal(await textOf(subject, KEY, request), 'newer still');
  },

  'gives the newest of those that a request selects': async (subject) => {
    const { store } = subject;
    await store.set(KEY, responseOf('to all'));
    await store.set(KEY, chosenBy({ accept: 'a' }, 'to some'));
    assert.equal(await textOf(subject, KEY, { accept: 'a' }), 'to some');
    assert.equal(await textOf(subject, KEY, { accept: 'b' }), 'to all');
    await store.set(KEY, responseOf('to all again'));
    assert.equal(await textOf(subject, KEY, { accept: 'a' }), 'to all again');
  },

  'invalidates those with any of the tags': async (subject) => {
    const { store } = subject;
    const keys = ['a', 'b', 'c', 'd'].map((path) => keyOf(`https://a.test/${path}`));
    for (const by of BYS) {
      for (const [i, tags] of [['a'], ['x', 'b'], ['ab'], []].entries())
        await store.set(keys[i]!, responseOf('text', { tags }));
      assert.deepEqual(await invalidated(subject, { tags: ['a', 'b', 'none'] }, by, keys), keys.slice(0, 2));
    }
  },

  'invalidates by a tag no other response of its key': async (subject) => {
    const { store } = subject;
    await store.set(KEY, chosenBy({ accept: 'a' }, 'tagged', { tags: ['tag'] }));
    await store.set(KEY, chosenBy({ accept: 'b' }, 'other'));
    await store.invalidate({ tags: ['tag'] }, 'expire');
    const found = async (accept: string) => (await store.get(KEY, { accept }))?.expiredMs !== undefined;
    assert.deepEqual([await found('a'), await found('b')], [true, false]);
    await store.invalidate({ tags: ['tag'] }, 'purge');
    assert.equal(await textOf(subject, KEY, { accept: 'a' }), undefined);
    assert.equal(await textOf(subject, KEY, { accept: 'b' }), 'other');
  },

  'forgets the tags of a response with it': async (subject) => {
    const { store } = subject;
    await store.set(KEY, responseOf('tagged', { tags: ['tag'] }));
    await store.set(KEY, responseOf('other'));
    await store.invalidate({ tags: ['tag'] }, 'purge');
    assert.equal(await textOf(subject, KEY), 'other');
  },

  'invalidates those of a URL, whatever else tells them apart': means(
    { urls: ['https://a.test/a?b', 'https://a.test:8080/c'] },
    [keyOf('https://a.test/a?b'), keyOf('https://a.test/a?b', 'more'), keyOf('https://a.test:8080/c')],
    [
      keyOf('https://a.test/a'),
      keyOf('https://a.test/a?bc'),
      keyOf('https://a.test/a?b/c'),
      keyOf('http://a.test/a?b'),
      keyOf('https://b.test/a?b'),
      keyOf('https://a.test/c'),
    ],
  ),

  'invalidates those of a path on any host': means(
    { urls: ['/a', '/b?c'] },
    [keyOf('https://a.test/a'), keyOf('http://b.test:8080/a', 'more'), keyOf('https://b.test/b?c')],
    [
      keyOf('https://a.test/a/'),
      keyOf('https://a.test/a?c'),
      keyOf('https://a.test/b'),
      keyOf('https://a.test/'),
    ],
  ),

  'invalidates those that begin alike, on one host or on any': means(
    { prefixes: ['https://a.test/a', '/b/'] },
    [
      keyOf('https://a.test/a'),
      keyOf('https://a.test/ab/c?d', 'more'),
      keyOf('https://a.test/b/'),
      keyOf('https://b.test/b/c'),
    ],
    [
      keyOf('https://a.test/b'),
      keyOf('https://b.test/a'),
      keyOf('https://a.test/'),
      keyOf('http://a.test/a'),
    ],
  ),

  'invalidates URLs and prefixes of any length': async (subject) => {
    const key = keyOf(`https://a.test/${LONG}?a`);
    for (const what of [
      { urls: [`https://a.test/${LONG}?a`] },
      { urls: [`/${LONG}?a`] },
      { prefixes: [`/${LONG}`] },
      { prefixes: ['https://a.test/xxx'] },
    ])
      await means(what, [key], [keyOf('https://a.test/short')])(subject);
  },

  'invalidates everything': means(
    { everything: true },
    [keyOf('https://a.test/a'), keyOf('https://b.test/b', 'more')],
    [],
  ),

  'invalidates all that any of several names': means(
    { tags: ['tag'], urls: ['/a'], prefixes: ['/b'] },
    [keyOf('https://a.test/a'), keyOf('https://a.test/b')],
    [keyOf('https://a.test/c')],
  ),

  'invalidates what has a tag beside what is named otherwise': means(
    { tags: ['tag'], urls: ['/a'] },
    [keyOf('https://a.test/a'), keyOf('https://a.test/c')],
    [],
    ['tag'],
  ),

  'invalidates nothing where nothing is meant': async (subject) => {
    const nothing: readonly Invalidation[] = [
      {},
      { tags: [], urls: [], prefixes: [], everything: false },
      { tags: ['none'], urls: ['/none', 'https://b.test/a'], prefixes: ['/none'] },
    ];
    for (const what of nothing) await means(what, [], [KEY])(subject);
  },

  'purges all responses of a key': async (subject) => {
    const { store } = subject;
    for (const accept of ['a', 'b']) await store.set(KEY, chosenBy({ accept }, accept));
    await store.invalidate({ urls: ['/a'] }, 'purge');
    for (const accept of ['a', 'b']) assert.equal(await textOf(subject, KEY, { accept }), undefined);
  },

  'says since when a response is expired: the first time, by its clock': async (subject) => {
    const { store, advance } = subject;
    const other = keyOf('https://a.test/b');
    await keep(subject, { [KEY]: 'text', [other]: 'other' });
    const sinceMs = async (key: string) => (await store.get(key, {}))?.expiredMs ?? Number.NaN;
    await store.invalidate({ urls: ['/a'] }, 'expire');
    const first = await sinceMs(KEY);
    await advance(LATER_MS);
    await store.invalidate({ everything: true }, 'expire');
    assert.equal(await sinceMs(KEY), first);
    assert.ok((await sinceMs(other)) - first >= LATER_MS);
    assert.equal(await textOf(subject, KEY), 'text');
  },

  'takes a newer response for one that was invalidated': async (subject) => {
    for (const by of BYS) {
      await keep(subject, { [KEY]: 'old' });
      await subject.store.invalidate({ everything: true }, by);
      await keep(subject, { [KEY]: 'new' });
      assert.equal(await textOf(subject, KEY), 'new');
      assert.equal((await subject.store.get(KEY, {}))?.expiredMs, undefined);
    }
  },
});
