import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { bodyParser } from '@koa/bodyparser';
import Router from '@koa/router';
import { Pool, type Queryable } from '@spillway/db-pool';
import { dbPool } from '@spillway/db-pool/koa';
import { pg } from '@spillway/db-pool/pg';
import { sqlite } from '@spillway/db-pool/sqlite';
import Koa from 'koa';

const { DATABASE_URL, PORT } = process.env;

// As many connections as the database serves best, not as many as there are requests. Of these so many may
// wait; whoever comes then gets a 503 that says when to come back: the framework sends it by itself.
const driver = DATABASE_URL ? pg(DATABASE_URL) : sqlite();
const pool = new Pool<unknown>({ driver, max: DATABASE_URL ? 10 : 1, maxWaiting: 50 });

const app = new Koa();
const router = new Router();
app.use(bodyParser({ jsonLimit: '8kb' }));
app.use(dbPool(pool));

router.get('/entries', async (ctx) => {
  const { rows } = await ctx.state.db.query(
    'SELECT guest, text, at FROM entries ORDER BY at DESC, id LIMIT 20',
  );
  ctx.body = rows;
});

// One statement, committed by itself, on a connection that others use at the same time.
router.post('/entries', async (ctx) => {
  const entry = ctx.request.body;
  if (!isEntry(entry)) return ctx.throw(400);
  ctx.body = await write(ctx.state.db, entry);
  ctx.status = 201;
});

// The whole request is one transaction: committed before a 201 leaves, rolled back with any 4xx or 5xx, or
// when the client leaves.
router.post('/pages', dbPool.transaction(), async (ctx) => {
  const entries: unknown[] = Array.isArray(ctx.request.body) ? ctx.request.body : [];
  for (const entry of entries) {
    if (!isEntry(entry)) return ctx.throw(400);
    await write(ctx.state.db, entry);
  }
  ctx.body = { entries: entries.length };
  ctx.status = 201;
});

app.use(router.routes());

interface Entry {
  readonly guest: string;
  readonly text: string;
}

const isText = (value: unknown): boolean => typeof value === 'string' && /^[^\0]{1,500}$/.test(value);

function isEntry(entry: unknown): entry is Entry {
  const { guest, text } = (entry ?? {}) as Partial<Entry>;
  return isText(guest) && isText(text);
}

async function write(db: Queryable, { guest, text }: Entry): Promise<Entry> {
  const values = [randomUUID(), guest, text, new Date().toISOString()];
  await db.query('INSERT INTO entries (id, guest, text, at) VALUES ($1, $2, $3, $4)', values);
  return { guest, text };
}

const TABLE = 'CREATE TABLE IF NOT EXISTS entries (id text PRIMARY KEY, guest text, text text, at text)';

async function main(): Promise<void> {
  await pool.transaction((db) => db.query(TABLE));
  const server = app.listen(PORT || 3000, () => {
    console.log(`http://localhost:${(server.address() as AddressInfo).port}`);
  });
  // First who is being answered, then the connections.
  process.once('SIGTERM', () => server.close(() => void pool.drain()));
}

void main();
