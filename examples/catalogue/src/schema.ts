import type { Pool, Queryable } from '@spillway/db-pool';
import { loadProducts, type Product } from './products';
import { searchText } from './search';

/** In what the shop's databases differ. */
export interface Flavour {
  /** Sorts by the numbers of characters, as JavaScript does. */
  readonly collation: string;
  /** Lets one process after the other set up the same database; where each has its own nothing is needed. */
  readonly lock?: string;
}

const tables = ({ collation }: Flavour): readonly string[] => [
  `CREATE TABLE IF NOT EXISTS products (
    id integer PRIMARY KEY,
    name text COLLATE ${collation} NOT NULL,
    category text NOT NULL,
    price_cents integer NOT NULL,
    stock integer NOT NULL CHECK (stock >= 0),
    rating double precision NOT NULL,
    description text NOT NULL,
    search_text text NOT NULL,
    picture_type text,
    picture_bytes integer,
    picture_sha256 text
  )`,
  `CREATE TABLE IF NOT EXISTS pictures (
    product_id integer NOT NULL REFERENCES products (id),
    sender text NOT NULL,
    type text NOT NULL,
    bytes integer NOT NULL,
    sha256 text NOT NULL,
    PRIMARY KEY (sender, product_id)
  )`,
  `CREATE TABLE IF NOT EXISTS orders (
    id text PRIMARY KEY,
    buyer text NOT NULL,
    ordered_at text NOT NULL
  )`,
  'CREATE INDEX IF NOT EXISTS orders_of_buyer ON orders (buyer, ordered_at)',
  `CREATE TABLE IF NOT EXISTS order_items (
    order_id text NOT NULL REFERENCES orders (id),
    product_id integer NOT NULL REFERENCES products (id),
    quantity integer NOT NULL CHECK (quantity > 0),
    price_cents integer NOT NULL,
    PRIMARY KEY (order_id, product_id)
  )`,
];

/** Makes tables and products where there are none, all or nothing. */
export function loadCatalogue(pool: Pool, flavour: Flavour): Promise<void> {
  return pool.transaction(async (db) => {
    if (flavour.lock) await db.query(flavour.lock);
    for (const table of tables(flavour)) await db.query(table);
    if (await isEmpty(db)) await insertProducts(db, loadProducts());
  });
}

async function isEmpty(db: Queryable): Promise<boolean> {
  const { rows } = await db.query('SELECT id FROM products LIMIT 1');
  return rows.length === 0;
}

const COLUMNS = 'id, name, category, price_cents, stock, rating, description, search_text';
/** Products a statement: few statements, and not more values in one than either database takes. */
const CHUNK = 100;

async function insertProducts(db: Queryable, products: readonly Product[]): Promise<void> {
  for (let from = 0; from < products.length; from += CHUNK) {
    const rows = products.slice(from, from + CHUNK).map(valuesOf);
    await db.query(`INSERT INTO products (${COLUMNS}) VALUES ${placeholders(rows)}`, rows.flat());
  }
}

const valuesOf = (product: Product): readonly unknown[] => [
  product.id,
  product.name,
  product.category,
  product.priceCents,
  product.stock,
  product.rating,
  product.description,
  searchText(product),
];

/** `($1, $2), ($3, $4)` for two rows of two values. */
function placeholders(rows: readonly (readonly unknown[])[]): string {
  let count = 0;
  return rows.map((row) => `(${row.map(() => `$${++count}`).join(', ')})`).join(', ');
}
