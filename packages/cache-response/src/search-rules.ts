import { LRUCache } from 'lru-cache';
import { parseNoVarySearch, type SearchVariance, searchKey } from './policy/no-vary-search';

/** Paths whose rule is remembered. */
const MAX_PATHS = 1000;

/** Which parts of a query make no difference, path by path, as the newest response of each said (No-Vary-Search). */
export class SearchRules {
  readonly #rules = new LRUCache<string, SearchVariance>({ max: MAX_PATHS });

  /** A path with its query, and whatever follows after a space, in the one form that all equivalent ones have. */
  canonical(url: string): string {
    if (this.#rules.size === 0) return url;
    const end = endOf(url);
    const { path, search } = split(url.slice(0, end));
    const rule = this.#rules.get(path);
    if (rule === undefined || search.startsWith('\t')) return url;
    // The tab tells it from a query that is meant as it is.
    return `${path}?\t${searchKey(search, rule)}${url.slice(end)}`;
  }

  learn(url: string, field: string | undefined): void {
    if (field === undefined && this.#rules.size === 0) return;
    const { path } = split(url.slice(0, endOf(url)));
    const rule = field === undefined ? undefined : parseNoVarySearch(field);
    if (rule === undefined) this.#rules.delete(path);
    else this.#rules.set(path, rule);
  }
}

function endOf(url: string): number {
  const space = url.indexOf(' ');
  return space < 0 ? url.length : space;
}

function split(url: string): { readonly path: string; readonly search: string } {
  const at = url.indexOf('?');
  return at < 0 ? { path: url, search: '' } : { path: url.slice(0, at), search: url.slice(at + 1) };
}
