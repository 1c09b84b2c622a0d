import type { IncomingHttpHeaders, OutgoingHttpHeaders } from 'node:http';
import { MemoryStore, type MemoryStoreOptions, type Stored } from '@spillway/cache-response';
import { OptionError } from '@spillway/core';
import { FakeClock } from '@spillway/core/testing';
import fc from 'fast-check';
import { bytesOf } from '../dist/policy/stored';
import { selectingOf } from '../dist/policy/vary';
import { KeyIndex } from '../dist/store/key-index';
import { anInvalidation, isMeant, KEYS, TAGS } from './invalidations';
import { storedOf } from './stored';

const KIBIBYTE = 1024;
const MIN_BYTES = 64 * KIBIBYTE;

function storeOf(options: MemoryStoreOptions = {}) {
  const clock = new FakeClock(1_000);
  return { clock, store: new MemoryStore({ now: clock.now, ...options }) };
}

const bodied = (bytes: number, changes: Partial<Stored> = {}) =>
  storedOf({ body: Buffer.alloc(bytes), ...changes });

/** One that was chosen by Accept. */
const chosenBy = (accept: string, bytes = 0) =>
  bodied(bytes, { selecting: selectingOf(['accept'], { accept }) });

// Nothing outside of a store shows its indexes, and what leaks there leaks for ever: whatever adds to one is noted.
const indexes = new Set<KeyIndex>();
const { add } = KeyIndex.prototype;

beforeAll(() => {
  KeyIndex.prototype.add = function (label, key) {
    indexes.add(this);
    add.call(this, label, key);
  };
});

beforeEach(() => indexes.clear());

afterAll(() => {
  KeyIndex.prototype.add = add;
});

const labelsOf = (): number => [...indexes].reduce((sum, { size }) => sum + size, 0);

/** Responses as one would keep them: the newest first under each key, and each question asked of all of them. */
class SlowStore {
  readonly #keys = new Map<string, Stored[]>();
  readonly #maxVariants: number;

  constructor(maxVariants: number) {
    this.#maxVariants = maxVariants;
  }

  get all(): readonly (readonly [string, readonly Stored[]])[] {
    return [...this.#keys].filter(([, list]) => list.length > 0);
  }

  get(key: string, accept: string | undefined): Stored | undefined {
    return this.#keys
      .get(key)
      ?.find(({ selecting: [by] }) => !by || by[1] === selectingOf(['accept'], { accept })[0]![1]);
  }

  set(key: string, response: Stored): void {
    const others = (this.#keys.get(key) ?? []).filter(
      ({ selecting }) => String(selecting) !== String(response.selecting),
    );
    this.#keys.set(key, [response, ...others].slice(0, this.#maxVariants));
  }

  change(isMeant: (key: string, tags: readonly string[]) => boolean, expiredMs: number | undefined): void {
    for (const [key, list] of this.#keys) {
      const changed = list.flatMap((each) => {
        if (!isMeant(key, each.tags)) return each;
        return expiredMs === undefined ? [] : { ...each, expiredMs: each.expiredMs ?? expiredMs };
      });
      this.#keys.set(key, changed);
    }
  }

  get labels(): number {
    const tags = this.all.flatMap(([, list]) => list.flatMap((each) => each.tags));
    const paths = this.all.map(([key]) => key.split(' ')[0]!);
    return new Set(tags).size + new Set(paths).size;
  }
}

describe('responses in memory', () => {
  it('are those of a naive store, and so are their bytes and what is listed of them', () => {
    const accept = fc.constantFrom(undefined, '', 'a', 'b');
    const key = fc.constantFrom(...KEYS.slice(0, 12));
    const response = fc
      .record({ accept, isChosen: fc.boolean(), tags: fc.subarray(TAGS), bytes: fc.nat(50) })
      .map(({ accept, isChosen, tags, bytes }) =>
        bodied(bytes, { tags, selecting: isChosen ? selectingOf(['accept'], { accept }) : [] }),
      );
    const step = fc.oneof(
      { arbitrary: fc.record({ does: fc.constant('set' as const), key, response }), weight: 4 },
      {
        arbitrary: fc.record({
          does: fc.constant('invalidate' as const),
          what: anInvalidation,
          by: fc.constantFrom('purge' as const, 'expire' as const),
          afterMs: fc.nat(10),
        }),
        weight: 1,
      },
    );
    const steps = fc.array(step, { minLength: 5, maxLength: 40, size: 'max' });
    const seen = { kept: 0, expired: 0, gone: 0, emptied: 0 };
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3 }), steps, (maxVariants, steps) => {
        indexes.clear();
        const { clock, store } = storeOf({ maxVariants });
        const model = new SlowStore(maxVariants);
        for (const each of steps) {
          if (each.does === 'set') {
            // A copy, as what is expired is marked where it lies.
            store.set(each.key, { ...each.response });
            model.set(each.key, each.response);
          } else {
            clock.advance(each.afterMs);
            store.invalidate(each.what, each.by);
            const expiredMs = each.by === 'expire' ? clock.now() : undefined;
            model.change((key, tags) => isMeant(each.what, key, tags), expiredMs);
            if (model.all.length === 0) seen.emptied++;
          }
          const all = model.all;
          expect(store.size).toBe(all.length);
          const bytes = all.map(([key, list]) => list.reduce((sum, one) => sum + bytesOf(one), key.length));
          expect(store.bytes).toBe(bytes.reduce((sum, one) => sum + one, 0));
          expect(labelsOf()).toBe(model.labels);
        }
        for (const key of KEYS) {
          for (const accept of [undefined, '', 'a', 'b', 'none']) {
            const expected = model.get(key, accept);
            seen[expected === undefined ? 'gone' : expected.expiredMs === undefined ? 'kept' : 'expired']++;
            expect(store.get(key, { accept })).toEqual(expected);
          }
        }
        store.invalidate({ everything: true }, 'purge');
        expect([store.size, store.bytes, labelsOf()]).toEqual([0, 0, 0]);
      }),
      { numRuns: 150 },
    );
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(15);
  });

  it('are the live objects, not copies', () => {
    const { store } = storeOf();
    const response = bodied(10);
    store.set(KEYS[0]!, response);
    expect(store.get(KEYS[0]!, {})).toBe(response);
  });

  it('are chosen by language where the response says one', () => {
    const { store } = storeOf();
    const selecting = selectingOf(['accept-language'], { 'accept-language': 'de' });
    const asked = { 'accept-language': 'fr;q=0.5, en' };
    const found = (language: unknown) => {
      const headers = { 'content-language': language } as OutgoingHttpHeaders;
      store.set(KEYS[0]!, storedOf({ selecting, headers }));
      return store.get(KEYS[0]!, asked) !== undefined;
    };
    expect(['en', ' EN ', 'fr', 'de', 'en, fr'].map(found)).toEqual([true, true, false, false, false]);
    expect(found(['en', 'fr'])).toBe(false);
  });
});

describe('the bytes of all responses', () => {
  const bytesOfAll = (keys: readonly string[], each: Stored) =>
    keys.reduce((sum, key) => sum + key.length + bytesOf(each), 0);

  it('are never more than they may be: the least recently used go first', () => {
    const step = fc.record({
      does: fc.constantFrom('set', 'set', 'set', 'get', 'get', 'expire', 'expire all'),
      key: fc.constantFrom(...KEYS.slice(0, 8)),
      bytes: fc.constantFrom(0, 5_000, 10_000, 20_000, 62_000, 70_000),
      tags: fc.subarray(TAGS),
    });
    const seen = { evicted: 0 };
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40, size: 'max' }), (steps) => {
        indexes.clear();
        const { store } = storeOf({ maxBytes: MIN_BYTES });
        let used: string[] = [];
        const kept = new Map<string, Stored>();
        const bytes = () => used.reduce((sum, key) => sum + key.length + bytesOf(kept.get(key)!), 0);
        for (const { does, key, bytes: length, tags } of steps) {
          const response = bodied(length, { tags });
          if (does === 'get') {
            store.get(key, {});
            if (used.includes(key)) used = [...used.filter((each) => each !== key), key];
          } else if (does === 'set') {
            store.set(key, response);
            used = used.filter((each) => each !== key);
            if (key.length + bytesOf(response) <= MIN_BYTES) {
              used.push(key);
              kept.set(key, response);
            }
            while (bytes() > MIN_BYTES) {
              used.shift();
              seen.evicted++;
            }
          } else
            store.invalidate(does === 'expire' ? { tags: tags.slice(0, 1) } : { everything: true }, 'expire');
          expect(store.bytes).toBeLessThanOrEqual(MIN_BYTES);
          expect(store.bytes).toBe(bytes());
          expect(store.size).toBe(used.length);
          const tagsLeft = new Set(used.flatMap((each) => kept.get(each)!.tags));
          const pathsLeft = new Set(used.map((each) => each.split(' ')[0]!));
          expect(labelsOf()).toBe(tagsLeft.size + pathsLeft.size);
        }
        for (const key of KEYS) expect(store.get(key, {}) !== undefined).toBe(used.includes(key));
      }),
      { numRuns: 150 },
    );
    expect(seen.evicted).toBeGreaterThan(100);
  });

  it('may be all that there is room for', () => {
    const { store } = storeOf({ maxBytes: MIN_BYTES });
    const [key] = KEYS as [string];
    const fitting = bodied(MIN_BYTES - key.length - bytesOf(storedOf()));
    store.set(key, fitting);
    expect([store.size, store.bytes]).toEqual([1, MIN_BYTES]);
    store.set(key, bodied(fitting.body.length + 1));
    expect([store.size, store.bytes, labelsOf()]).toEqual([0, 0, 0]);
  });

  it('are 64 MiB where nothing else is said', () => {
    const { store } = storeOf();
    const response = bodied(16 * KIBIBYTE * KIBIBYTE);
    for (const key of KEYS.slice(0, 5)) store.set(key, response);
    expect(KEYS.slice(0, 5).map((key) => store.get(key, {}) !== undefined)).toEqual([
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(store.bytes).toBe(bytesOfAll(KEYS.slice(2, 5), response));
  });

  it('count of one key as well: there too the oldest responses go first', () => {
    const { store } = storeOf({ maxBytes: 75_000 });
    for (const accept of ['a', 'b', 'c', 'd']) store.set(KEYS[0]!, chosenBy(accept, 20_000));
    const found = ['a', 'b', 'c', 'd'].map((accept) => store.get(KEYS[0]!, { accept }) !== undefined);
    expect(found).toEqual([false, true, true, true]);
    expect(store.bytes).toBeLessThanOrEqual(75_000);
  });
});

describe('what is invalidated', () => {
  // Room for three of 20 kB.
  const filled = (...keys: readonly string[]) => {
    const { store } = storeOf({ maxBytes: 75_000 });
    for (const key of keys) store.set(key, bodied(20_000, { tags: ['tag'] }));
    return store;
  };
  const [A, B, C, D] = KEYS as [string, string, string, string];

  it.each([{ everything: true }, { tags: ['tag'] }, { urls: ['/'] }, { prefixes: ['/'] }])(
    'by %j is not used by that: what was used last still goes last',
    (what) => {
      const store = filled(A, B, C);
      store.invalidate(what, 'expire');
      store.set(D, bodied(20_000));
      expect([A, B, C, D].map((key) => store.get(key, {}) !== undefined)).toEqual([false, true, true, true]);
    },
  );

  it('is left to others where it is one of several of its key', () => {
    const store = filled(A, B);
    store.set(A, bodied(100, { selecting: selectingOf(['accept'], { accept: 'a' }), tags: ['other'] }));
    store.invalidate({ tags: ['tag'] }, 'purge');
    expect([store.size, store.get(A, { accept: 'a' })?.tags, store.get(A, {})]).toEqual([
      1,
      ['other'],
      undefined,
    ]);
    expect(labelsOf()).toBe(2);
  });

  it('must be a URL or a path', () => {
    const store = filled(A);
    expect(() => store.invalidate({ urls: ['a'] }, 'purge')).toThrow();
    expect(() => store.invalidate({ prefixes: [''] }, 'purge')).toThrow();
    expect(store.size).toBe(1);
  });
});

describe('the responses of one key', () => {
  const many = (count: number, options?: MemoryStoreOptions) => {
    const { store } = storeOf(options);
    for (let i = 0; i < count; i++) store.set(KEYS[0]!, chosenBy(`a/${i}`));
    return Array.from({ length: count }, (_, i) => store.get(KEYS[0]!, { accept: `a/${i}` }) !== undefined);
  };

  it('are 32 where nothing else is said: the oldest goes first', () => {
    expect(many(33)).toEqual([false, ...Array.from({ length: 32 }, () => true)]);
  });

  it('are as many as they may be', () => {
    expect(many(3, { maxVariants: 1 })).toEqual([false, false, true]);
    expect(many(3, { maxVariants: 2 })).toEqual([false, true, true]);
    expect(many(1_024, { maxVariants: 1_024 })).not.toContain(false);
  });

  it('are the newest: one that is kept again is not the oldest', () => {
    const { store } = storeOf({ maxVariants: 2 });
    for (const accept of ['a', 'b', 'a', 'c']) store.set(KEYS[0]!, chosenBy(accept));
    expect(['a', 'b', 'c'].map((accept) => store.get(KEYS[0]!, { accept }) !== undefined)).toEqual([
      true,
      false,
      true,
    ]);
  });

  it('are others where they were chosen by fewer or by other fields', () => {
    const { store } = storeOf();
    const request = { accept: 'a', cookie: '' };
    const chosen = (names: readonly string[], text: string) =>
      storedOf({ selecting: selectingOf(names, request), body: Buffer.from(text) });
    for (const names of [[], ['accept'], ['accept', 'cookie'], ['cookie']])
      store.set(KEYS[0]!, chosen(names, names.join()));
    const asked = (headers: IncomingHttpHeaders) => store.get(KEYS[0]!, headers)?.body.toString();
    expect([asked(request), asked({ accept: 'a' }), asked({ cookie: '' }), asked({})]).toEqual([
      'cookie',
      'accept',
      'cookie',
      '',
    ]);
    store.invalidate({ everything: true }, 'purge');
    for (const names of [['accept', 'cookie'], ['accept']]) store.set(KEYS[0]!, chosen(names, names.join()));
    expect([asked(request), asked({ accept: 'a' })]).toEqual(['accept', 'accept']);
  });
});

describe('options', () => {
  it.each<[string, object]>([
    ['maxBytes', { maxBytes: 65_535 }],
    ['maxBytes', { maxBytes: 65_536.5 }],
    ['maxVariants', { maxVariants: 0 }],
    ['maxVariants', { maxVariants: 1_025 }],
    ['maxVariants', { maxVariants: 1.5 }],
    ['now', { now: 5 }],
    ['maxKeys', { maxKeys: 5 }],
  ])('that are wrong are named: %s of %j', (option, options) => {
    expect(() => new MemoryStore(options)).toThrow(OptionError);
    expect(() => new MemoryStore(options)).toThrow(option);
  });

  it('may be left out', () => {
    const store = new MemoryStore();
    store.set(KEYS[0]!, storedOf());
    store.invalidate({ everything: true }, 'expire');
    expect(store.get(KEYS[0]!, {})?.expiredMs).toBeLessThanOrEqual(performance.now());
    expect(() => new MemoryStore({ maxBytes: undefined, maxVariants: 1, now: undefined })).not.toThrow();
  });
});
