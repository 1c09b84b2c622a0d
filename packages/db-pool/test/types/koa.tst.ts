import { Pool } from '@spillway/db-pool';
import { dbPool } from '@spillway/db-pool/koa';
import { sqlite } from '@spillway/db-pool/sqlite';
import Koa from 'koa';

const app = new Koa();
app.use(dbPool(new Pool({ driver: sqlite({ path: 'shop.db' }) })));
app.use(dbPool.transaction({ readOnly: true }));

app.use(async (ctx) => {
  const { rows } = await ctx.state.db.query<{ name: string }>('SELECT name FROM items');
  const names: string[] = rows.map(({ name }) => name);
  ctx.body = names;
});

app.use(async (ctx) => {
  // @ts-expect-error no such method
  await ctx.state.db.ask('SELECT 1');
});

// @ts-expect-error not a function
dbPool.transaction({ commitOn: 200 });
