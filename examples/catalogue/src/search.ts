import type { Queryable } from '@spillway/db-pool';
import { ShopError } from './errors';
import { PRODUCT_COLUMNS, type Product, type ProductRow, productOf } from './products';
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

const ORDERS = {
  name: 'name',
  price: 'price_cents, id',
  '-price': 'price_cents DESC, id',
  '-rating': 'rating DESC, id',
} as const;

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

/** Finds the products that a query asks for, and one page of them. */
export async function searchProducts(db: Queryable, query: SearchQuery): Promise<SearchResult> {
  const { sort, page } = query;
  const { where, values } = conditionsOf(query);
  const count = `SELECT CAST(count(*) AS integer) AS total FROM products WHERE ${where}`;
  const select = `SELECT ${PRODUCT_COLUMNS} FROM products WHERE ${where}
    ORDER BY ${ORDERS[sort]} LIMIT $${values.length + 1} OFFSET $${values.length + 2}`;
  const [counted, found] = await Promise.all([
    db.query<{ total: number }>(count, values),
    db.query<ProductRow>(select, [...values, PAGE_SIZE, (page - 1) * PAGE_SIZE]),
  ]);
  const { total } = counted.rows[0]!;
  return { total, page, pages: Math.ceil(total / PAGE_SIZE), items: found.rows.map(productOf) };
}

/** The text of a statement depends on how many words there are, and on nothing that somebody wrote. */
function conditionsOf({ words, category, minCents, maxCents }: SearchQuery) {
  const values: unknown[] = [minCents, maxCents];
  const conditions = ['price_cents BETWEEN $1 AND $2'];
  if (category !== undefined) conditions.push(`category = $${values.push(category)}`);
  for (const word of words)
    conditions.push(`search_text LIKE $${values.push(`%${escapeLike(word)}%`)} ESCAPE '!'`);
  return { where: conditions.join(' AND '), values };
}

/** What LIKE takes for more than itself. */
const escapeLike = (text: string): string => text.replace(/[%_!]/g, '!$&');

/** What a search looks through. */
export const searchText = ({ name, category, description }: Product): string =>
  `${name}\n${category}\n${description}`.toLowerCase();
