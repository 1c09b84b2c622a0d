import assert from 'node:assert/strict';
import type { Claims } from '@spillway/core/testing';
import type { InvalidateBy, Invalidation } from '../store/store';
import { chosenBy, KEY, keep, keyOf, responseOf, type StoreSubject, textOf } from './subject';

const LATER_MS = 50;
const BYS: readonly InvalidateBy[] = ['purge', 'expire'];

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

/** What an invalidation means, and what comes after it. */
export const INVALIDATING_CLAIMS: Claims<StoreSubject> = {
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
};
