import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Queryable } from '@spillway/db-pool';
import { ShopError } from './errors';
import type { Receipt } from './upload';

/** What the shop sells. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly priceCents: number;
  /** Pieces at hand; orders and the stock feed change it. */
  readonly stock: number;
  /** 3 to 5, one decimal. */
  readonly rating: number;
  readonly description: string;
  /** The last that somebody sent of it. */
  readonly picture?: Receipt;
}

/** A product whose stock has changed. */
export type StockChange = Pick<Product, 'id' | 'name' | 'stock'>;

/** Products in the data set, their numbers without a gap from 1. */
export const PRODUCT_COUNT = 3000;

/** Reads the data set that comes with the shop: {@link PRODUCT_COUNT} products in twelve categories. */
export function loadProducts(): Product[] {
  return JSON.parse(readFileSync(join(__dirname, '../data/products.json'), 'utf8'));
}

/** The columns of a {@link ProductRow}. */
export const PRODUCT_COLUMNS = `id, name, category, price_cents AS "priceCents", stock, rating, description,
  picture_type AS "pictureType", picture_bytes AS "pictureBytes", picture_sha256 AS "pictureSha256"`;

/** A product as the database has it. */
export interface ProductRow extends Omit<Product, 'picture'> {
  readonly pictureType: string | null;
  readonly pictureBytes: number | null;
  readonly pictureSha256: string | null;
}

export function productOf({ pictureType, pictureBytes, pictureSha256, ...product }: ProductRow): Product {
  if (pictureType === null) return product;
  return { ...product, picture: { type: pictureType, bytes: pictureBytes!, sha256: pictureSha256! } };
}

/**
 * The product with a number as a URL has it.
 * @throws {ShopError} 404 where there is none.
 */
export async function findProduct(db: Queryable, id: string): Promise<Product> {
  // In one spelling, so that a product has one URL; and no longer than a number of the database.
  if (/^[1-9]\d{0,8}$/.test(id)) {
    const { rows } = await db.query<ProductRow>(FIND, [Number(id)]);
    if (rows[0]) return productOf(rows[0]);
  }
  throw new ShopError(404, 'There is no such product.');
}

const FIND = `SELECT ${PRODUCT_COLUMNS} FROM products WHERE id = $1`;

/** Takes pieces of a product out of stock, or fills it up where there are not so many. */
export async function sellOrRestock(
  db: Queryable,
  { product, pieces, restock }: { product: number; pieces: number; restock: number },
): Promise<StockChange> {
  const { rows } = await db.query<StockChange>(SELL_OR_RESTOCK, [product, pieces, restock]);
  return rows[0]!;
}

const SELL_OR_RESTOCK = `UPDATE products
  SET stock = CASE WHEN stock >= $2 THEN stock - $2 ELSE stock + $3 END
  WHERE id = $1
  RETURNING id, name, stock`;
