import { openDatabase, sellOrRestock } from '@spillway/example-catalogue';
import { CONNECTIONS, onEachDatabase, sql, type TestDatabase } from './databases';
import { runToEnd, serverOf } from './server';

const COUNT = 'SELECT CAST(count(*) AS integer) AS count FROM products';

onEachDatabase((database) => {
  it('has all products after a load', async () => {
    const { pool, load } = openDatabase(await database.create());
    await load();
    expect((await pool.query(COUNT)).rows).toEqual([{ count: 3000 }]);
    await pool.drain();
  });

  it('restocks what there is not enough of', async () => {
    const { pool, load } = openDatabase(await database.create());
    await load();
    const stock = [];
    for (let i = 0; i < 4; i++) stock.push(await sellOrRestock(pool, { product: 5, pieces: 3, restock: 24 }));
    expect(stock.map((change) => change.stock)).toEqual([3, 0, 24, 21]);
    expect(stock[0]).toEqual({ id: 5, name: 'Mallard Phone Pouch, small', stock: 3 });
    await pool.drain();
  });

  if (database.isShared) describeShared(database);
});

function describeShared(database: TestDatabase): void {
  it('keeps what has changed over another load', async () => {
    const { pool, load } = openDatabase(await database.create());
    await load();
    await sellOrRestock(pool, { product: 8, pieces: 5, restock: 24 });
    await load();
    expect((await pool.query(COUNT)).rows).toEqual([{ count: 3000 }]);
    expect((await pool.query('SELECT stock FROM products WHERE id = 8')).rows).toEqual([{ stock: 50 }]);
    await pool.drain();
  });

  it('is set up once by many that start at the same time', async () => {
    const url = await database.create();
    const all = Array.from({ length: 6 }, () => openDatabase(url));
    await Promise.all(all.map(({ load }) => load()));
    expect((await all[0]!.pool.query(COUNT)).rows).toEqual([{ count: 3000 }]);
    await Promise.all(all.map(({ pool }) => pool.drain()));
    expect(await sql(url, CONNECTIONS)).toEqual([]);
  });

  it.each(['express-app', 'koa-app'])('is said to be missing by %s where it is', async (example) => {
    const url = new URL(await database.create());
    url.pathname += '_that_is_not_there';
    const end = await runToEnd(serverOf(example), { PORT: '0', DATABASE_URL: url.href });
    expect(end.code).toBe(1);
    expect(end.stderr).toMatch(/^the database can not be reached: .*_that_is_not_there" does not exist\.\n$/);
  });
}
