import { ShopError } from './errors';
import type { Product } from './products';
import { integerOf, type Query, textOf } from './query';

/** What may be asked of the catalogue. */
export interface SearchQuery {
  /** Words that all must occur in name, category or description. */
  readonly words: readonly string[];
  readonly category?: string | undefined;
  readonly minCents: number;
  readonly maxCents: number;
  readonly sort: Sort;
  /** From 1. */
  readonly page: number;
}

/** One page of what was found. */
export interface SearchResult {
  readonly total: number;
  readonly page: number;
  readonly pages: number;
  readonly items: readonly Product[];
}

type Compare = (a: Product, b: Product) => number;

const ORDERS = {
  name: (a, b) => (a.name < b.name ? -1 : 1),
  price: (a, b) => a.priceCents - b.priceCents || a.id - b.id,
  '-price': (a, b) => b.priceCents - a.priceCents || a.id - b.id,
  '-rating': (a, b) => b.rating - a.rating || a.id - b.id,
} satisfies Record<string, Compare>;

export type Sort = keyof typeof ORDERS;

export const PAGE_SIZE = 20;
const MAX_CENTS = 100_000_000;
const MAX_PAGE = 10_000;

/**
 * Reads a query string's `q`, `category`, `min` and `max` (cents), `sort` and `page`.
 * @throws {ShopError} 400 for what is too long, out of range or given twice.
 */
export function parseSearch(query: Query): SearchQuery {
  const words = textOf(query, 'q').toLowerCase().split(/\s+/).filter(Boolean);
  const sort = textOf(query, 'sort') || 'name';
  if (!Object.hasOwn(ORDERS, sort))
    throw new ShopError(400, `sort must be one of ${Object.keys(ORDERS).join(', ')}.`);
  return {
    words,
    category: textOf(query, 'category') || undefined,
    minCents: integerOf(query, 'min', 0, 0, MAX_CENTS),
    maxCents: integerOf(query, 'max', MAX_CENTS, 0, MAX_CENTS),
    sort: sort as Sort,
    page: integerOf(query, 'page', 1, 1, MAX_PAGE),
  };
}

/** Prepares a search over products: orders and texts are made once, so that a request only filters. */
export function createSearch(products: readonly Product[]): (query: SearchQuery) => SearchResult {
  const entries = products.map((product) => ({ product, text: textOfProduct(product) }));
  const ordered = Object.fromEntries(
    Object.entries(ORDERS).map(([name, compare]) => [
      name,
      entries.toSorted((a, b) => compare(a.product, b.product)),
    ]),
  ) as Record<Sort, typeof entries>;

  return ({ words, category, minCents, maxCents, sort, page }) => {
    const first = (page - 1) * PAGE_SIZE;
    const items: Product[] = [];
    let total = 0;
    for (const { product, text } of ordered[sort]) {
      if (category !== undefined && product.category !== category) continue;
      if (product.priceCents < minCents || product.priceCents > maxCents) continue;
      if (!words.every((word) => text.includes(word))) continue;
      if (total >= first && items.length < PAGE_SIZE) items.push(product);
      total++;
    }
    return { total, page, pages: Math.ceil(total / PAGE_SIZE), items };
  };
}

const textOfProduct = ({ name, category, description }: Product): string =>
  `${name}\n${category}\n${description}`.toLowerCase();
