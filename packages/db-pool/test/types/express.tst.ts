import { type Database, databaseOf, Pool, type PoolRefusedError, type PoolStats } from '@spillway/db-pool';
import { dbPool } from '@spillway/db-pool/express';
import { fromPgPool, pg } from '@spillway/db-pool/pg';
import { sqlite } from '@spillway/db-pool/sqlite';
import express from 'express';
import { type Client, Pool as PgPool } from 'pg';

const pool = new Pool({ driver: pg('postgres://localhost/shop'), max: 10 });
const app = express();
app.use(dbPool(pool));
app.use(dbPool(new Pool({ driver: sqlite() }), { as: 'memory' }));
app.use(dbPool(new Pool({ driver: fromPgPool(new PgPool()), min: 1, retryReads: true, order: 'fifo' })));

interface Item {
  id: number;
  name: string;
}

// Typed, with no cast; a route's own parameters stay as they are.
app.get('/items/:id', async (req, res) => {
  const { rows } = await req.db.query<Item>('SELECT id, name FROM items WHERE id = $1', [req.params.id]);
  const name: string | undefined = rows[0]?.name;
  res.json({ name });
});

app.post(
  '/orders',
  dbPool.transaction({ isolation: 'serializable', commitOn: (status) => status < 300 }),
  async (req, res) => {
    const made: number = await req.db.transaction(
      async (tx) => {
        await tx.query('UPDATE items SET stock = stock - 1');
        return tx.transaction(async (inner) => (await inner.query('SELECT 1')).rowCount ?? 0);
      },
      { retries: 3, readOnly: false, timeoutMs: 1_000 },
    );
    res.json({ made });
  },
);

app.get('/export', async (req, res) => {
  const db: Database<Client> | undefined = databaseOf(pool, req);
  const lease = await db!.acquire();
  const client: Client = lease.native;
  res.json({ database: client.database });
});

const { waiting, expectedWaitMs }: PoolStats = pool.stats();
const retryAfter = (error: PoolRefusedError): number => error.retryAfterMs + waiting + expectedWaitMs;
void pool.drain({ timeoutMs: 1_000 }).catch(retryAfter);

// @ts-expect-error a driver is needed
new Pool({ max: 10 });
// @ts-expect-error no such option
new Pool({ driver: sqlite(), maximum: 10 });
// @ts-expect-error not a level
dbPool.transaction({ isolation: 'chaos' });
// @ts-expect-error a pool of pg is none of ours
dbPool(new PgPool());
// @ts-expect-error values are a list
void pool.query('SELECT $1', 1);
