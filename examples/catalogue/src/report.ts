import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Queryable } from '@spillway/db-pool';
import type { Product } from './products';
import { integerOf, type Query } from './query';
import { scramble } from './scramble';

/** What one category sold. */
export interface CategorySales {
  readonly category: string;
  readonly units: number;
  readonly revenueCents: number;
}

/** What the shop sold in so many months, the best category first. */
export interface SalesReport {
  readonly months: number;
  readonly categories: readonly CategorySales[];
}

/** What a report knows of a product. */
export type ReportedProduct = Pick<Product, 'id' | 'category' | 'priceCents' | 'rating'>;

const QUARTERS_PER_MONTH = 30 * 24 * 4;
const SLICE_MS = 10;

/** The months that a report is asked for, 1 to 12; one where nothing is said. A month takes about 20 ms of CPU. */
export const parseMonths = (query: Query): number => integerOf(query, 'months', 1, 1, 12);

/** What a report costs: its months. A wrong number costs least; it is refused anyway. */
export const reportCost = ({ months }: Query): number =>
  /^(?:[1-9]|1[0-2])$/.test(String(months)) ? Number(months) : 1;

/** Reads what reports are made of. */
export async function readReported(db: Queryable): Promise<readonly ReportedProduct[]> {
  const { rows } = await db.query<ReportedProduct>(
    'SELECT id, category, price_cents AS "priceCents", rating FROM products ORDER BY id',
  );
  return rows;
}

/** Adds up every quarter of an hour of every product, in slices: other requests are answered in between. */
export async function reportSales(
  products: readonly ReportedProduct[],
  months: number,
): Promise<SalesReport> {
  const totals = new Map<string, { units: number; revenueCents: number }>();
  let sliceEnd = performance.now() + SLICE_MS;
  for (const product of products) {
    const units = unitsSold(product, months);
    const total = totals.get(product.category) ?? { units: 0, revenueCents: 0 };
    totals.set(product.category, {
      units: total.units + units,
      revenueCents: total.revenueCents + units * product.priceCents,
    });
    if (performance.now() < sliceEnd) continue;
    await nextTurn();
    sliceEnd = performance.now() + SLICE_MS;
  }
  const categories = [...totals].map(([category, total]) => ({ category, ...total }));
  return { months, categories: categories.sort((a, b) => b.revenueCents - a.revenueCents) };
}

/** The shop's books, the same every time: the better and the cheaper a product, the more of it is sold. */
function unitsSold({ id, rating, priceCents }: ReportedProduct, months: number): number {
  const perMillion = 40_000 / (5.5 - rating) / Math.sqrt(priceCents);
  const first = id * 12 * QUARTERS_PER_MONTH;
  let units = 0;
  for (let quarter = first; quarter < first + months * QUARTERS_PER_MONTH; quarter++) {
    if (scramble(quarter) % 1_000_000 < perMillion) units++;
  }
  return units;
}
