import {
  loadProducts,
  openDatabase,
  PAGE_SIZE,
  type Product,
  parseSearch,
  type SearchQuery,
  type ShopDatabase,
  searchProducts,
} from '@spillway/example-catalogue';
import * as fc from 'fast-check';
import { onEachDatabase } from './databases';

/** Filters, sorts and cuts, in the most obvious way. */
function obviousSearch(products: readonly Product[], query: SearchQuery) {
  const found = products.filter((product) => {
    const text = [product.name, product.category, product.description].join('\n').toLowerCase();
    return (
      query.words.every((word) => text.includes(word)) &&
      (query.category === undefined || product.category === query.category) &&
      product.priceCents >= query.minCents &&
      product.priceCents <= query.maxCents
    );
  });
  const value = {
    name: (product: Product) => product.name,
    price: (product: Product) => product.priceCents,
    '-price': (product: Product) => -product.priceCents,
    '-rating': (product: Product) => -product.rating,
  }[query.sort];
  found.sort((a, b) => (value(a) < value(b) ? -1 : value(a) > value(b) ? 1 : a.id - b.id));
  const items = found.slice((query.page - 1) * PAGE_SIZE, query.page * PAGE_SIZE);
  return { total: found.length, page: query.page, pages: Math.ceil(found.length / PAGE_SIZE), items };
}

const products = loadProducts();

const queries: fc.Arbitrary<SearchQuery> = fc.record({
  words: fc.array(
    fc.constantFrom('heron', 'kayak', 'line', 'for', 'brass', 'e', '2', '%', '_', '!', "'", 'nothing'),
    {
      maxLength: 3,
    },
  ),
  category: fc.option(fc.constantFrom('boats', 'ropes', 'maps', 'unheard-of'), { nil: undefined }),
  minCents: fc.integer({ min: 0, max: 200_000 }),
  maxCents: fc.integer({ min: 0, max: 400_000 }),
  sort: fc.constantFrom('name', 'price', '-price', '-rating'),
  page: fc.integer({ min: 1, max: 12 }),
});

onEachDatabase((database) => {
  let shop: ShopDatabase;
  const search = (query: SearchQuery) => searchProducts(shop.pool, query);

  beforeAll(async () => {
    shop = openDatabase(await database.create());
    await shop.load();
  });
  afterAll(() => shop?.pool.drain());

  describe('search', () => {
    it('finds what an obvious search finds, in the same order', () =>
      fc.assert(
        fc.asyncProperty(queries, async (query) =>
          expect(await search(query)).toEqual(obviousSearch(products, query)),
        ),
      ));

    it('takes words in any case, and finds those within words', async () => {
      const { total, items } = await search(parseSearch({ q: 'KINGfisher  ayak' }));
      expect(total).toBeGreaterThan(0);
      for (const { name } of items) expect(name).toMatch(/^Kingfisher .*Kayak/);
    });

    it.each(['%', '_', '!', 'k_yak', '%kayak%', "'; DROP TABLE products; --", '\\'])(
      'takes %j for what it is',
      async (q) => {
        expect(await search(parseSearch({ q }))).toMatchObject({ total: 0, pages: 0, items: [] });
      },
    );

    it('finds everything, by name, where nothing is said, and nothing behind the last page', async () => {
      expect(await search(parseSearch({}))).toMatchObject({ total: products.length, page: 1, pages: 150 });
      const { total, items } = await search(parseSearch({ page: '10000' }));
      expect([total, items]).toEqual([products.length, []]);
    });

    it('takes as many words as there is room for', async () => {
      const q = 'a '.repeat(32);
      expect((await search(parseSearch({ q }))).total).toBe((await search(parseSearch({ q: 'a' }))).total);
    });
  });
});

describe('parseSearch', () => {
  it.each([
    [{ q: 'x'.repeat(65) }, 'q must have at most 64 characters.'],
    [{ q: ['kayak', 'rope'] }, 'q must be given once.'],
    [{ q: 'kayak\0' }, 'q must have no NUL.'],
    [{ min: '-1' }, 'min must be an integer from 0 to 100000000.'],
    [{ max: '1e3' }, 'max must be an integer from 0 to 100000000.'],
    [{ page: '0' }, 'page must be an integer from 1 to 10000.'],
    [{ page: '10001' }, 'page must be an integer from 1 to 10000.'],
    [{ sort: 'constructor' }, 'sort must be one of name, price, -price, -rating.'],
  ])('refuses %j', (query, message) => {
    expect(() => parseSearch(query)).toThrow(expect.objectContaining({ status: 400, message }));
  });
});
