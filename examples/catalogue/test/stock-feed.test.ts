import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { loadProducts, type SellOrRestock, StockFeed } from '@spillway/example-catalogue';

/** The stock as a database would have it. */
function createStock() {
  const products = loadProducts();
  const sellOrRestock: SellOrRestock = async ({ product, pieces, restock }) => {
    const { id, name, stock } = products[product - 1]!;
    const changed = { id, name, stock: stock >= pieces ? stock - pieces : stock + restock };
    products[product - 1] = { ...products[product - 1]!, ...changed };
    return changed;
  };
  return { products, sellOrRestock };
}

const createFeed = () => new StockFeed(createStock().sellOrRestock);

/** All that is buffered; later versions of Node give one chunk a call. */
function readAll(stream: Readable): string {
  let text = '';
  for (let chunk = stream.read(); chunk !== null; chunk = stream.read()) text += chunk;
  return text;
}

const ids = (stream: Readable) => [...readAll(stream).matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

describe('the stock feed', () => {
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] }));
  afterEach(() => void jest.useRealTimers());

  it('tells one change a second, and the stock follows', async () => {
    const { products, sellOrRestock } = createStock();
    const feed = new StockFeed(sellOrRestock);
    const stream = feed.open();
    await jest.advanceTimersByTimeAsync(2000);
    const [, first, second] = readAll(stream).split('\n\n');
    expect(first).toMatch(/^id: 1\nevent: stock\ndata: \{/);
    const { product, stock } = JSON.parse(second!.slice(second!.indexOf('{')));
    expect(products[product - 1]!.stock).toBe(stock);
    feed.close();
  });

  it('tells the same changes in every run', async () => {
    const texts: string[] = [];
    for (let run = 0; run < 2; run++) {
      const feed = createFeed();
      const stream = feed.open();
      await jest.advanceTimersByTimeAsync(100_000);
      feed.close();
      texts.push(readAll(stream));
    }
    expect(texts[0]).toBe(texts[1]);
    expect(texts[0]!.match(/^id: /gm)).toHaveLength(100);
  });

  it('waits for a change that takes long, and tells all in their order', async () => {
    const { products } = createStock();
    const pending: ((change: { id: number; name: string; stock: number }) => void)[] = [];
    const feed = new StockFeed(() => new Promise((resolve) => pending.push(resolve)));
    const stream = feed.open();
    await jest.advanceTimersByTimeAsync(5000);
    expect(pending).toHaveLength(1);
    pending[0]!(products[0]!);
    await jest.advanceTimersByTimeAsync(1000);
    pending[1]!(products[1]!);
    await jest.advanceTimersByTimeAsync(0);
    expect(ids(stream)).toEqual([1, 2]);
    feed.close();
  });

  it('tells nothing of a change that could not be stored, and goes on', async () => {
    const logged = jest.spyOn(console, 'error').mockImplementation();
    const { sellOrRestock } = createStock();
    let isAway = true;
    const feed = new StockFeed((change) => {
      return isAway ? Promise.reject(new Error('away')) : sellOrRestock(change);
    });
    const stream = feed.open();
    await jest.advanceTimersByTimeAsync(1000);
    expect([readAll(stream), logged.mock.calls.length]).toEqual(['retry: 1000\n\n', 1]);
    isAway = false;
    await jest.advanceTimersByTimeAsync(1000);
    expect(ids(stream)).toEqual([1]);
    feed.close();
    logged.mockRestore();
  });

  it('stands still while nobody listens', async () => {
    const feed = createFeed();
    expect(jest.getTimerCount()).toBe(0);
    const [first, second] = [feed.open(), feed.open()];
    expect(jest.getTimerCount()).toBe(1);
    await once(first.destroy(), 'close');
    expect(jest.getTimerCount()).toBe(1);
    await once(second.destroy(), 'close');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('brings what a client missed first, and nothing to a new one', async () => {
    const feed = createFeed();
    feed.open();
    await jest.advanceTimersByTimeAsync(3000);
    expect(ids(feed.open('1'))).toEqual([2, 3]);
    expect(ids(feed.open())).toEqual([]);
    expect(ids(feed.open('nonsense'))).toEqual([]);
    feed.close();
  });

  it('keeps a hundred changes, however long it runs', async () => {
    const feed = createFeed();
    feed.open().resume();
    await jest.advanceTimersByTimeAsync(250_000);
    expect(ids(feed.open('1'))).toHaveLength(100);
    feed.close();
  });

  it('ends the stream of a client that does not read', async () => {
    const feed = createFeed();
    const unread = feed.open();
    await jest.advanceTimersByTimeAsync(1_000_000);
    expect(jest.getTimerCount()).toBe(0);
    expect(unread.readableLength).toBeLessThan(2 * unread.readableHighWaterMark);
  });
});
