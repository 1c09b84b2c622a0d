import { ResponseCache } from '@spillway/cache-response';
import fc from 'fast-check';
import { urlKeyOf } from '../dist/policy/key';
import { parseNoVarySearch, searchKey } from '../dist/policy/no-vary-search';
import { SearchRules } from '../dist/search-rules';
import { storedOf } from './stored';

const REQUEST = { method: 'GET', headers: { host: 'a.test' }, protocol: 'https', host: 'a.test' };

const RULE = 'key-order, params=("utm")';

/** What has been learned of a path on one host. */
function rulesOf(path = '/a', field: string | undefined = RULE) {
  const rules = new SearchRules();
  rules.learn(`${path} https://a.test`, field);
  return rules;
}

describe('a URL of which nothing was learned', () => {
  it.each([
    '/ https://a.test',
    '/a?b https://a.test =more',
    '/b? https://a.test',
    '/ab?utm=1 https://a.test',
  ])('is %j, as it is', (url) => {
    expect(new SearchRules().canonical(url)).toBe(url);
    expect(rulesOf('/a').canonical(url.replace('/a?', '/c?'))).toBe(url.replace('/a?', '/c?'));
  });

  it('is left as it is where the response says what makes no difference', () => {
    for (const field of [undefined, '', 'params=()', 'params=("a"']) {
      expect(rulesOf('/a', field ?? '').canonical('/a?b https://a.test')).toBe('/a?b https://a.test');
      const rules = rulesOf();
      rules.learn('/a https://a.test', field);
      expect(rules.canonical('/a?b https://a.test')).toBe('/a?b https://a.test');
    }
  });

  it('is that of another host or another protocol', () => {
    for (const url of ['/a?utm=1 https://b.test', '/a?utm=1 http://a.test', '/a?utm=1 https://a.test:8080'])
      expect(rulesOf().canonical(url)).toBe(url);
  });

  it('is left to others’ rules where a host says otherwise of its own', () => {
    const rules = rulesOf();
    rules.learn('/a https://b.test', undefined);
    expect(rules.canonical('/a?utm=1 https://a.test')).toBe(rules.canonical('/a https://a.test'));
    rules.learn('/a?x https://b.test', 'params=("x")');
    expect(rules.canonical('/a?utm=1 https://a.test')).toBe(rules.canonical('/a https://a.test'));
    expect(rules.canonical('/a?x https://b.test')).toBe(rules.canonical('/a https://b.test'));
    expect(rules.canonical('/a?utm=1 https://b.test')).not.toBe(rules.canonical('/a https://b.test'));
  });
});

describe('a URL whose path has a rule', () => {
  it('is one for all that are equivalent, and for no others', () => {
    const name = fc.constantFrom('utm', 'id', 'a', '%69d', '');
    const search = fc
      .array(fc.tuple(name, fc.constantFrom('', '=1', '=2')), { maxLength: 3 })
      .map((parameters) => parameters.map((parts) => parts.join('')).join('&'));
    const rules = rulesOf();
    const variance = parseNoVarySearch(RULE);
    fc.assert(
      fc.property(search, search, (one, other) => {
        const [first, second] = [one, other].map((query) => rules.canonical(`/a?${query} https://a.test`));
        expect(first === second).toBe(searchKey(one, variance) === searchKey(other, variance));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is one with and without an empty query', () => {
    const rules = rulesOf();
    expect(rules.canonical('/a? https://a.test')).toBe(rules.canonical('/a https://a.test'));
  });

  it('is none that a client could send', () => {
    const rules = rulesOf();
    const [path, ...rest] = rules.canonical('/a?utm=1&id=2 https://a.test').split(' ');
    expect(urlKeyOf({ ...REQUEST, originalUrl: '/a?id=2' })).toBe('/a?id=2 https://a.test');
    expect(urlKeyOf({ ...REQUEST, originalUrl: path! })).toBeUndefined();
    expect(rest).toEqual(['https://a.test']);
  });

  it('has the query told apart as it was asked for, where a later rule says so', () => {
    const rules = rulesOf();
    rules.learn('/a?utm=1 https://a.test', 'params=("id")');
    expect(rules.canonical('/a?id=1 https://a.test')).toBe(rules.canonical('/a?id=2 https://a.test'));
    expect(rules.canonical('/a?utm=1 https://a.test')).not.toBe(rules.canonical('/a?utm=2 https://a.test'));
  });
});

describe('what is remembered', () => {
  it('is no rule and no path that is long', () => {
    const isKnown = (path: string, field: string) =>
      rulesOf(path, field).canonical(`${path}?utm=1 https://a.test`) !== `${path}?utm=1 https://a.test`;
    const rule = (length: number) => RULE.replace('utm', `utm" "${'x'.repeat(length - RULE.length - 3)}`);
    expect([isKnown('/a', rule(512)), isKnown('/a', rule(513))]).toEqual([true, false]);
    const path = (length: number) => `/${'x'.repeat(length - 1)}`;
    expect([isKnown(path(512), RULE), isKnown(path(513), RULE)]).toEqual([true, false]);
  });

  it('is of a thousand paths, those that were used last', () => {
    const rules = rulesOf('/0');
    const isKnown = (path: string) =>
      rules.canonical(`${path}?utm=1 https://a.test`) !== `${path}?utm=1 https://a.test`;
    for (let i = 1; i < 1_000; i++) rules.learn(`/${i} https://a.test`, RULE);
    expect(isKnown('/0')).toBe(true);
    rules.learn('/1000 https://a.test', RULE);
    expect(['/0', '/1', '/2', '/1000'].map(isKnown)).toEqual([true, false, true, true]);
  });
});

describe('a response that is stored under a rule', () => {
  const stored = storedOf();
  const cacheWith = (...urls: readonly string[]) => {
    const cache = new ResponseCache();
    for (const url of urls) cache.searchRules.learn(url, RULE);
    for (const url of urls) cache.keep(cache.searchRules.canonical(url), stored, cache.begin());
    const isKept = (url: string) => cache.find(cache.searchRules.canonical(url), {}) !== undefined;
    return { cache, isKept };
  };

  it.each([
    '/a?id=1&utm=2',
    'https://a.test/a?id=1&utm=2',
    'https://a.test:443/a?utm=2&id=1#b',
    'HTTPS://A.test/a?id=1',
  ])('is purged by any URL that is equivalent: %s', async (url) => {
    const { cache, isKept } = cacheWith('/a?id=1&utm=1 https://a.test', '/a?id=2 https://a.test');
    expect(isKept('/a?id=1 https://a.test')).toBe(true);
    await cache.purge({ urls: [url] });
    expect(['/a?id=1 https://a.test', '/a?id=2 https://a.test'].map(isKept)).toEqual([false, true]);
  });

  it('is purged by a path on every host, and by a URL on one', async () => {
    const urls = ['/a?id=1 https://a.test', '/a?id=1 https://b.test'];
    const one = cacheWith(...urls);
    await one.cache.purge({ urls: ['https://b.test/a?utm=1&id=1'] });
    expect(urls.map(one.isKept)).toEqual([true, false]);
    const all = cacheWith(...urls);
    await all.cache.purge({ urls: ['/a?utm=1&id=1'] });
    expect(urls.map(all.isKept)).toEqual([false, false]);
  });

  it('is purged by what was stored before the rule as well', async () => {
    const cache = new ResponseCache();
    cache.keep('/a?utm=1 https://a.test', stored, cache.begin());
    cache.searchRules.learn('/a https://a.test', RULE);
    await cache.purge({ urls: ['https://a.test/a?utm=1'] });
    expect(cache.find('/a?utm=1 https://a.test', {})).toBeUndefined();
  });
});
