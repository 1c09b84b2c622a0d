import {
  openDatabase,
  ordersOf,
  parseOrder,
  placeOrder,
  type ShopDatabase,
} from '@spillway/example-catalogue';
import { onEachDatabase } from './databases';

const item = (product: unknown, quantity: unknown) => ({ product, quantity });
const numbered = (count: number) => Array.from({ length: count }, (_, i) => item(i + 1, 1));

describe('parseOrder', () => {
  it('takes what an order has, by the numbers of its products, and nothing else', () => {
    const items = [{ ...item(3, 100), priceCents: 1 }, item(1, 1), item(2, 2)];
    expect(parseOrder({ items, buyer: 'grace' })).toEqual([item(1, 1), item(2, 2), item(3, 100)]);
    expect(parseOrder({ items: numbered(20) })).toHaveLength(20);
  });

  it.each([
    undefined,
    null,
    [],
    {},
    { items: [] },
    { items: {} },
    { items: [null] },
    { items: numbered(21) },
    ...[0, -1, 1.5, '1', null, 2 ** 31].map((product) => ({ items: [item(product, 1)] })),
    ...[0, -1, 1.5, '1', null, 101].map((quantity) => ({ items: [item(1, quantity)] })),
  ])('refuses %j', (body) => {
    expect(() => parseOrder(body)).toThrow(
      expect.objectContaining({ status: 400, message: expect.stringMatching(/^An order has 1 to 20 items/) }),
    );
  });

  it('refuses a product that is named twice', () => {
    expect(() => parseOrder({ items: [item(1, 1), item(1, 2)] })).toThrow('An order names a product once.');
  });
});

onEachDatabase((database) => {
  let shop: ShopDatabase;
  beforeAll(async () => {
    // Longer than many transactions take, one after the other, also where all else is slow.
    shop = openDatabase(await database.create(), { acquireTimeoutMs: 60_000 });
    await shop.load();
  });
  afterAll(() => shop?.pool.drain());

  const order = (buyer: string, ...items: { product: number; quantity: number }[]) =>
    shop.pool.transaction((db) => placeOrder(db, buyer, parseOrder({ items })));
  const stockOf = async (...products: number[]) => {
    const stock = [];
    for (const product of products) {
      const { rows } = await shop.pool.query('SELECT stock FROM products WHERE id = $1', [product]);
      stock.push(rows[0]!.stock);
    }
    return stock;
  };

  describe('an order', () => {
    it('takes what it names out of stock, and is kept at the price of that time', async () => {
      expect(await stockOf(3, 5)).toEqual([46, 6]);
      const placed = await order('ada', { product: 5, quantity: 6 }, { product: 3, quantity: 2 });
      expect(placed.items).toEqual([
        { product: 3, quantity: 2, name: 'Wigeon Portage Shoes, high', priceCents: 13250 },
        { product: 5, quantity: 6, name: 'Mallard Phone Pouch, small', priceCents: 2250 },
      ]);
      expect(await stockOf(3, 5)).toEqual([44, 0]);
      await shop.pool.query('UPDATE products SET price_cents = 1 WHERE id = 3');
      expect(await ordersOf(shop.pool, 'ada')).toEqual([placed]);
    });

    it('is not kept, nor anything of it, where there is not so much of one product', async () => {
      await expect(
        order('grace', { product: 4, quantity: 5 }, { product: 8, quantity: 56 }),
      ).rejects.toMatchObject({
        status: 409,
        message: 'Of Beaver Tunnel Tent, two persons there are 55 left.',
      });
      await expect(
        order('grace', { product: 4, quantity: 5 }, { product: 3001, quantity: 1 }),
      ).rejects.toMatchObject({ status: 400, message: 'There is no product 3001.' });
      expect(await stockOf(4, 8)).toEqual([5, 55]);
      expect(await ordersOf(shop.pool, 'grace')).toEqual([]);
      expect((await shop.pool.query('SELECT id FROM orders WHERE buyer = $1', ['grace'])).rows).toEqual([]);
    });

    it('gets the last piece once, of many that want it at a time', async () => {
      const [before] = await stockOf(7);
      const orders = Array.from({ length: 30 }, () => order('many', { product: 7, quantity: 1 }));
      const settled = await Promise.allSettled(orders);
      const statuses = settled.flatMap((end) => (end.status === 'rejected' ? [end.reason.status] : []));
      expect(statuses).toEqual(Array(20).fill(409));
      expect([before, ...(await stockOf(7))]).toEqual([10, 0]);
      expect(await ordersOf(shop.pool, 'many')).toHaveLength(10);
    });

    it('waits for no other that waits for it, whatever the order of their items', async () => {
      const [first, second] = [
        { product: 9, quantity: 1 },
        { product: 10, quantity: 1 },
      ] as const;
      const orders = Array.from({ length: 20 }, (_, i) =>
        i % 2 === 0 ? order('one', first, second) : order('other', second, first),
      );
      const settled = await Promise.allSettled(orders);
      const failures = settled.flatMap((end) => (end.status === 'rejected' ? [end.reason.status] : []));
      expect(failures.every((status) => status === 409)).toBe(true);
      expect(failures.length).toBeLessThan(20);
    });

    it('is told to its buyer, the newest first, and no more than twenty', async () => {
      for (let i = 0; i < 21; i++) await order('often', { product: 8, quantity: 1 });
      const orders = await ordersOf(shop.pool, 'often');
      expect(orders).toHaveLength(20);
      const times = orders.map(({ orderedAt }) => orderedAt);
      expect(times).toEqual(times.toSorted().reverse());
    });
  });
});
