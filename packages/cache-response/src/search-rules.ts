import { LRUCache } from 'lru-cache';
import { parseNoVarySearch, type SearchVariance, searchKey } from './policy/no-vary-search';

/** Paths whose rule is remembered. */
const MAX_PATHS = 1000;

/** Longer rules, and rules of longer paths, are not: memory is bounded by them too. */
const MAX_LENGTH = 512;

/** Which parts of a query make no difference, path by path, as the newest response of each said (No-Vary-Search). */
export class SearchRules {
  /** By path and origin. */
  readonly #rules = new LRUCache<string, SearchVariance>({ max: MAX_PATHS });

  /** A URL in the form of a key, in the one form that all equivalent ones have. */
  canonical(url: string): string {
    if (this.#rules.size === 0) return url;
    const { path, search, origin } = split(url);
    const rule = this.#rules.get(path + origin);
    return rule === undefined ? url : canonicalOf(path, search, rule) + origin;
  }

  /** All forms that a path, with its query, may have by the rules of any host. */
  formsOf(target: string): string[] {
    const { path, search } = split(target);
    const forms: string[] = [];
    for (const [key, rule] of this.#rules.entries())
      if (key === path || key.startsWith(`${path} `)) forms.push(canonicalOf(path, search, rule));
    return forms;
  }

  learn(url: string, field: string | undefined): void {
    if (field === undefined && this.#rules.size === 0) return;
    const { path, origin } = split(url);
    const isTooLong = field === undefined || field.length > MAX_LENGTH || path.length > MAX_LENGTH;
    const rule = isTooLong ? undefined : parseNoVarySearch(field);
    if (rule === undefined) this.#rules.delete(path + origin);
    else this.#rules.set(path + origin, rule);
  }
}

/** The tab tells it from a query that is meant as it is. */
const canonicalOf = (path: string, search: string, rule: SearchVariance): string =>
  `${path}?\t${searchKey(search, rule)}`;

function split(url: string): { readonly path: string; readonly search: string; readonly origin: string } {
  const space = url.indexOf(' ');
  const end = space < 0 ? url.length : space;
  const target = url.slice(0, end);
  const mark = target.indexOf('?');
  return {
    path: mark < 0 ? target : target.slice(0, mark),
    search: mark < 0 ? '' : target.slice(mark + 1),
    origin: url.slice(end),
  };
}
