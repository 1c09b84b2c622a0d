import assert from 'node:assert/strict';
import type { Claims } from '@spillway/core/testing';
import { chosenBy, KEY, keep, keyOf, responseOf, type StoreSubject, textOf } from './subject';

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

/** What is kept, and which of it a request gets. */
export const KEEPING_CLAIMS: Claims<StoreSubject> = {
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
};
