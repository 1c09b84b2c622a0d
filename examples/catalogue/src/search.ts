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
  const { rows } = await db.query<FoundRow>(statement(where, ORDERS[sort], values.length), [
    ...values,
    PAGE_SIZE,
    (page - 1) * PAGE_SIZE,
  ]);
  const { total } = rows[0]!;
  return { total, page, pages: Math.ceil(total / PAGE_SIZE), items: rows.filter(isProduct).map(toProduct) };
}

/** Without a product where the page is empty. */
type FoundRow = { readonly total: number } & (ProductRow | { readonly id: null });

const isProduct = (row: FoundRow): row is FoundRow & ProductRow => row.id !== null;

const toProduct = ({ total: _total, ...row }: FoundRow & ProductRow): Product => productOf(row);

/** The count and the page are of one statement, which looks at the texts once: that is most of the work. */
const statement = (where: string, order: string, valueCount: number): string =>
  `WITH found AS MATERIALIZED (SELECT id, name, price_cents, rating FROM products WHERE ${where}),
    page AS (
      SELECT id AS found_id FROM found ORDER BY ${order} LIMIT $${valueCount + 1} OFFSET $${valueCount + 2}
    )
  SELECT total, ${PRODUCT_COLUMNS}
  FROM (SELECT CAST(count(*) AS integer) AS total FROM found) AS counted
  LEFT JOIN page ON 1 = 1
  LEFT JOIN products ON id = found_id
  ORDER BY ${order}`;

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
