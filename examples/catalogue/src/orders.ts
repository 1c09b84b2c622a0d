import { randomUUID } from 'node:crypto';
import type { Queryable } from '@spillway/db-pool';
import { ShopError } from './errors';

/** So many pieces of a product. */
export interface OrderItem {
  readonly product: number;
  readonly quantity: number;
}

/** What was bought, at the price of that time. */
export interface BoughtItem extends OrderItem {
  readonly name: string;
  readonly priceCents: number;
}

export interface Order {
  readonly id: string;
  /** ISO 8601, in UTC. */
  readonly orderedAt: string;
  readonly items: readonly BoughtItem[];
}

/** Products in one order. */
export const MAX_ITEMS = 20;
/** Pieces of each. */
export const MAX_QUANTITY = 100;
/** The last orders that a user is told of. */
const MAX_LISTED = 20;
/** Numbers of products that the database has room for. */
const MAX_NUMBER = 2 ** 31 - 1;

/**
 * Reads an order, given as `{ items: [{ product, quantity }] }`, in the order of the products' numbers: two
 * that want the same products then wait for one another in turn, and never each for the other.
 * @throws {ShopError} 400 for what is none.
 */
export function parseOrder(body: unknown): OrderItem[] {
  const { items } = (body ?? {}) as { items?: unknown };
  if (!Array.isArray(items) || items.length < 1 || items.length > MAX_ITEMS || !items.every(isItem)) {
    throw new ShopError(
      400,
      `An order has 1 to ${MAX_ITEMS} items, as JSON: a product by its number, and a quantity from 1 to ${MAX_QUANTITY}.`,
    );
  }
  if (new Set(items.map(({ product }) => product)).size < items.length)
    throw new ShopError(400, 'An order names a product once.');
  return items
    .map(({ product, quantity }) => ({ product, quantity }))
    .sort((one, other) => one.product - other.product);
}

function isItem(item: unknown): item is OrderItem {
  const { product, quantity } = (item ?? {}) as { product?: unknown; quantity?: unknown };
  return isFrom1To(MAX_NUMBER, product) && isFrom1To(MAX_QUANTITY, quantity);
}

const isFrom1To = (max: number, value: unknown): boolean =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= max;

/**
 * Takes what is ordered out of stock, and keeps the order.
 * @param db in a transaction: where it throws, what it has done by then is to be undone.
 * @throws {ShopError} 409 where there is not so much of a product, 400 where there is no such product.
 */
export async function placeOrder(db: Queryable, buyer: string, wanted: readonly OrderItem[]): Promise<Order> {
  const items: BoughtItem[] = [];
  for (const item of wanted) items.push(await take(db, item));
  const order = { id: randomUUID(), orderedAt: new Date().toISOString() };
  await db.query('INSERT INTO orders (id, buyer, ordered_at) VALUES ($1, $2, $3)', [
    order.id,
    buyer,
    order.orderedAt,
  ]);
  for (const { product, quantity, priceCents } of items)
    await db.query(KEEP_ITEM, [order.id, product, quantity, priceCents]);
  return { ...order, items };
}

const KEEP_ITEM =
  'INSERT INTO order_items (order_id, product_id, quantity, price_cents) VALUES ($1, $2, $3, $4)';

async function take(db: Queryable, { product, quantity }: OrderItem): Promise<BoughtItem> {
  const { rows } = await db.query<Pick<BoughtItem, 'name' | 'priceCents'>>(TAKE, [quantity, product]);
  if (!rows[0]) throw await whyNot(db, product);
  return { product, quantity, ...rows[0] };
}

const TAKE = `UPDATE products SET stock = stock - $1 WHERE id = $2 AND stock >= $1
  RETURNING name, price_cents AS "priceCents"`;

async function whyNot(db: Queryable, product: number): Promise<ShopError> {
  const { rows } = await db.query<{ name: string; stock: number }>(
    'SELECT name, stock FROM products WHERE id = $1',
    [product],
  );
  const [found] = rows;
  if (!found) return new ShopError(400, `There is no product ${product}.`);
  return new ShopError(409, `Of ${found.name} there are ${found.stock} left.`);
}

/** The last orders of a user, the newest first. */
export async function ordersOf(db: Queryable, buyer: string): Promise<readonly Order[]> {
  const { rows } = await db.query<Omit<Order, 'items'> & BoughtItem>(ORDERS, [buyer, MAX_LISTED]);
  const orders = new Map<string, Order & { items: BoughtItem[] }>();
  for (const { id, orderedAt, ...item } of rows) {
    const order = orders.get(id) ?? { id, orderedAt, items: [] };
    order.items.push(item);
    orders.set(id, order);
  }
  return [...orders.values()];
}

const ORDERS = `SELECT last.id, ordered_at AS "orderedAt", product_id AS product, quantity, name,
    order_items.price_cents AS "priceCents"
  FROM (SELECT id, ordered_at FROM orders WHERE buyer = $1 ORDER BY ordered_at DESC, id LIMIT $2) AS last
  JOIN order_items ON order_id = last.id
  JOIN products ON products.id = product_id
  ORDER BY ordered_at DESC, last.id, product_id`;
