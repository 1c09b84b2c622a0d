import type { IncomingHttpHeaders } from 'node:http';
import { type Invalidation, MemoryStore, type ResponseStore, type Stored } from '@spillway/cache-response';
import { FakeClock, type Runner } from '@spillway/core/testing';
import { type StoreSubject, storeContract } from '../dist/testing';

type Make = (store: MemoryStore, clock: FakeClock) => ResponseStore;

/** A store on top of one in memory, and its clock. */
function subjectOf(make: Make = (store) => store): StoreSubject {
  const clock = new FakeClock(1_000);
  return { store: make(new MemoryStore({ now: clock.now }), clock), advance: (ms) => clock.advance(ms) };
}

storeContract('MemoryStore', { make: () => subjectOf() });

const later = <Result>(act: () => Result): Promise<Result> => new Promise(setImmediate).then(act);

storeContract('a store that answers by promises', {
  make: () =>
    subjectOf((store) => ({
      get: (key, headers) => later(() => store.get(key, headers)),
      set: (key, response) => later(() => store.set(key, response)),
      invalidate: (what, by) => later(() => store.invalidate(what, by)),
    })),
});

/** The claims about a store, to be shown one by one. */
function claims(make: Make): [name: string, show: () => Promise<void>][] {
  const all: [string, () => Promise<void>][] = [];
  const runner: Runner = { describe: (_name, body) => body(), it: (name, body) => all.push([name, body]) };
  storeContract('a store', { make: () => subjectOf(make), runner });
  return all;
}

async function failedBy(make: Make): Promise<readonly string[]> {
  const failed: string[] = [];
  for (const [name, show] of claims(make)) await show().catch(() => failed.push(name));
  return failed;
}

/** One in memory, but for a method or two. */
const but = (store: ResponseStore, changes: Partial<ResponseStore>): ResponseStore => ({
  get: (key, headers) => store.get(key, headers),
  set: (key, response) => store.set(key, response),
  invalidate: (what, by) => store.invalidate(what, by),
  ...changes,
});

const found = (store: MemoryStore, change: (stored: Stored) => Partial<Stored>): ResponseStore =>
  but(store, {
    get(key, headers) {
      const stored = store.get(key, headers);
      return stored && { ...stored, ...change(stored) };
    },
  });

const kept = (store: ResponseStore, change: (stored: Stored) => Partial<Stored>): ResponseStore =>
  but(store, { set: (key, response) => store.set(key, { ...response, ...change(response) }) });

const asked = (
  store: MemoryStore,
  change: (headers: IncomingHttpHeaders) => IncomingHttpHeaders,
): ResponseStore => but(store, { get: (key, headers) => store.get(key, change(headers)) });

const meant = (store: MemoryStore, change: (what: Invalidation) => Invalidation): ResponseStore =>
  but(store, { invalidate: (what, by) => store.invalidate(change(what), by) });

const keyed = (store: MemoryStore, change: (key: string) => string): ResponseStore => ({
  get: (key, headers) => store.get(change(key), headers),
  set: (key, response) => store.set(change(key), response),
  invalidate: (what, by) => store.invalidate(what, by),
});

describe('the contract', () => {
  const FAULTS: Readonly<Record<string, Readonly<Record<string, Make>>>> = {
    'gives back all of a response as it was kept': {
      'loses a field': (store) => found(store, ({ headers: { etag: _, ...headers } }) => ({ headers })),
      'loses bytes': (store) => found(store, ({ body }) => ({ body: Buffer.from(body.toString()) })),
      'gives text for bytes': (store) =>
        found(store, ({ body }) => ({ body: body.toString('latin1') as never })),
      'rounds its times': (store) =>
        found(store, ({ receivedMs }) => ({ receivedMs: Math.floor(receivedMs) })),
      'forgets what a response may be used for': (store) =>
        found(store, ({ use }) => ({ use: { ...use, authorized: false } })),
    },
    'has no response under another key': {
      'knows no host': (store) => keyed(store, (key) => key.replace('b.test', 'a.test')),
      'knows no case': (store) => keyed(store, (key) => key.toLowerCase()),
      'keys by URL alone': (store) => keyed(store, (key) => key.split(' ', 2).join(' ')),
    },
    'keeps responses to requests with other fields beside one another': {
      'knows no variants': (store) => kept(store, () => ({ selecting: [] })),
      'takes no field for an empty one': (store) => asked(store, (headers) => ({ accept: '', ...headers })),
    },
    'takes two spellings of one field for one': {
      'compares fields as they are': (store) =>
        but(store, {
          get: (key, headers) =>
            headers['accept-encoding']?.includes('GZIP') ? undefined : store.get(key, headers),
        }),
    },
    'gives the response in the language that a request likes best': {
      'knows no languages': (store) =>
        kept(store, ({ headers: { 'content-language': _, ...headers } }) => ({ headers })),
    },
    'keeps a response in place of an older one that was chosen by the same fields': {
      'keeps what it has': (store) =>
        but(store, {
          set: (key, response) =>
            store.get(key, { accept: 'a', cookie: 'b' }) ? undefined : store.set(key, response),
        }),
    },
    'gives the newest of those that a request selects': {
      'gives the oldest': oldestFirst,
    },
    'invalidates those with any of the tags': {
      'knows no tags': (store) => meant(store, ({ tags: _, ...what }) => what),
      'knows one tag at a time': (store) =>
        meant(store, ({ tags, ...what }) => ({ ...what, tags: tags?.slice(0, 1) ?? [] })),
    },
    'invalidates by a tag no other response of its key': {
      'invalidates whole keys by a tag': wholeKeys,
    },
    'forgets the tags of a response with it': {
      'keeps tags for ever': stickyTags,
    },
    'invalidates those of a URL, whatever else tells them apart': {
      'knows no URLs': (store) => meant(store, ({ urls: _, ...what }) => what),
      'takes URLs for paths': (store) =>
        meant(store, ({ urls = [], ...what }) => ({ ...what, urls: urls.map(pathOf) })),
    },
    'invalidates those of a path on any host': {
      'takes URLs for prefixes': (store) =>
        meant(store, ({ urls = [], prefixes = [], ...what }) => ({
          ...what,
          prefixes: [...urls, ...prefixes],
        })),
    },
    'invalidates those that begin alike, on one host or on any': {
      'knows no prefixes': (store) => meant(store, ({ prefixes: _, ...what }) => what),
      'takes prefixes for paths': (store) =>
        meant(store, ({ prefixes = [], ...what }) => ({ ...what, prefixes: prefixes.map(pathOf) })),
    },
    'invalidates URLs and prefixes of any length': {
      'knows no long URLs': (store) =>
        meant(store, ({ urls = [], ...what }) => ({
          ...what,
          urls: urls.filter((url) => url.length < 1_000),
        })),
    },
    'invalidates everything': {
      'knows not everything': (store) => meant(store, ({ everything: _, ...what }) => what),
    },
    'invalidates all that any of several names': {
      'means all of several at once': (store) =>
        meant(store, (what) => (what.tags && what.urls ? { tags: what.tags } : what)),
    },
    'invalidates what has a tag beside what is named otherwise': {
      'means one of several': (store) =>
        meant(store, (what) => (what.tags?.length && what.urls?.length ? { ...what, tags: [] } : what)),
    },
    'invalidates nothing where nothing is meant': {
      'takes nothing for everything': (store) =>
        meant(store, (what) => (Object.keys(what).length === 0 ? { everything: true } : what)),
    },
    'purges all responses of a key': {
      'purges the newest of a key': newestAlone,
      'purges by expiring': (store) => but(store, { invalidate: (what) => store.invalidate(what, 'expire') }),
    },
    'says since when a response is expired: the first time, by its clock': {
      'expires by purging': (store) => but(store, { invalidate: (what) => store.invalidate(what, 'purge') }),
      'expires again': (store, clock) =>
        found(store, ({ expiredMs }) => (expiredMs === undefined ? {} : { expiredMs: clock.now() })),
      'has a clock that stands still': (store) =>
        found(store, ({ expiredMs }) => (expiredMs === undefined ? {} : { expiredMs: 1_000 })),
    },
    'takes a newer response for one that was invalidated': {
      'stays expired': (store) => stayingExpired(store),
    },
  };
  const faults = Object.entries(FAULTS).flatMap(([claim, stores]) =>
    Object.entries(stores).map(([what, make]) => [what, make, claim] as const),
  );

  it.each(faults)('is failed by a store that %s', async (_what, make, claim) => {
    expect(await failedBy(make)).toContain(claim);
  });

  it('has no claim that no such store fails, and none that a right one fails', async () => {
    expect(Object.keys(FAULTS).sort()).toEqual(
      claims((store) => store)
        .map(([name]) => name)
        .sort(),
    );
    expect(await failedBy((store) => store)).toEqual([]);
  });
});

const pathOf = (url: string): string => url.replace(/^https?:\/\/[^/]*/, '');

function oldestFirst(store: MemoryStore): ResponseStore {
  const all = new Map<string, Stored[]>();
  return but(store, {
    set(key, response) {
      const others = (all.get(key) ?? []).filter(
        ({ selecting }) => JSON.stringify(selecting) !== JSON.stringify(response.selecting),
      );
      all.set(key, [...others, response]);
      store.invalidate({ urls: [key.split(' ')[0]!] }, 'purge');
      for (const each of all.get(key)!.toReversed()) store.set(key, each);
    },
  });
}

function wholeKeys(store: MemoryStore): ResponseStore {
  const paths = new Map<string, string>();
  return but(store, {
    set(key, response) {
      for (const tag of response.tags) paths.set(tag, key.split(' ')[0]!);
      store.set(key, response);
    },
    invalidate({ tags = [], ...what }, by) {
      const urls = tags.flatMap((tag) => paths.get(tag) ?? []);
      store.invalidate({ ...what, urls: [...(what.urls ?? []), ...urls] }, by);
    },
  });
}

function stickyTags(store: MemoryStore): ResponseStore {
  const tags = new Map<string, readonly string[]>();
  return kept(store, (response) => {
    const all = [...(tags.get('all') ?? []), ...response.tags];
    tags.set('all', all);
    return { tags: all };
  });
}

function newestAlone(store: MemoryStore): ResponseStore {
  return but(store, {
    invalidate(what, by) {
      const older = store.get('/a https://a.test', { accept: 'a' });
      store.invalidate(what, by);
      if (older) store.set('/a https://a.test', older);
    },
  });
}

function stayingExpired(store: MemoryStore): ResponseStore {
  let expiredMs: number | undefined;
  return but(
    kept(store, () => (expiredMs === undefined ? {} : { expiredMs })),
    {
      invalidate(what, by) {
        store.invalidate(what, by);
        expiredMs = 1_000;
      },
    },
  );
}
