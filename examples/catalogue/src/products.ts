import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Receipt } from './upload';

/** What the shop sells. */
export interface Product {
  readonly id: number;
  readonly name: string;
  readonly category: string;
  readonly priceCents: number;
  /** Pieces at hand; the stock feed changes it. */
  stock: number;
  /** 3 to 5, one decimal. */
  readonly rating: number;
  readonly description: string;
  /** The last that somebody sent of it. */
  picture?: Receipt;
}

/** Reads the data set that comes with the shop: 3,000 products in twelve categories. */
export function loadProducts(): Product[] {
  return JSON.parse(readFileSync(join(__dirname, '../data/products.json'), 'utf8'));
}
