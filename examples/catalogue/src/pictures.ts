import type { Database, Queryable } from '@spillway/db-pool';
import type { Product } from './products';
import type { Receipt } from './upload';

/** A picture that a user sent of a product. */
export interface SentPicture extends Receipt {
  readonly product: string;
  readonly by: string;
}

/** Keeps what is known of a picture: with its product as the last of it, and with its sender. */
export async function keepPicture(
  db: Database,
  sent: { readonly product: Product; readonly by: string; readonly receipt: Receipt },
): Promise<SentPicture> {
  const { product, by, receipt } = sent;
  const values = [product.id, receipt.type, receipt.bytes, receipt.sha256];
  await db.transaction(async (transaction) => {
    await transaction.query(SHOW, values);
    await transaction.query(KEEP, [...values, by]);
  });
  return { product: product.name, by, ...receipt };
}

const SHOW = 'UPDATE products SET picture_type = $2, picture_bytes = $3, picture_sha256 = $4 WHERE id = $1';

const KEEP = `INSERT INTO pictures (product_id, type, bytes, sha256, sender) VALUES ($1, $2, $3, $4, $5)
  ON CONFLICT (sender, product_id)
  DO UPDATE SET type = excluded.type, bytes = excluded.bytes, sha256 = excluded.sha256`;

/** The last that a user sent of each product, by the numbers of the products. */
export async function picturesOf(db: Queryable, user: string): Promise<readonly SentPicture[]> {
  const { rows } = await db.query<SentPicture>(PICTURES, [user]);
  return rows;
}

const PICTURES = `SELECT products.name AS product, sender AS "by", type, bytes, sha256
  FROM pictures JOIN products ON products.id = product_id
  WHERE sender = $1
  ORDER BY product_id`;
