import { once } from 'node:events';
import type { Readable } from 'node:stream';
import { loadProducts, StockFeed } from '@spillway/example-catalogue';

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

  it('tells one change a second, and the stock follows', () => {
    const products = loadProducts();
    const feed = new StockFeed(products);
    const stream = feed.open();
    jest.advanceTimersByTime(2000);
    const [, first, second] = readAll(stream).split('\n\n');
    expect(first).toMatch(/^id: 1\nevent: stock\ndata: \{/);
    const { product, stock } = JSON.parse(second!.slice(second!.indexOf('{')));
    expect(products[product - 1]!.stock).toBe(stock);
    feed.close();
  });

  it('tells the same changes in every run, and never a stock below nothing', () => {
    const [one, other] = [loadProducts(), loadProducts()].map((products) => {
      const feed = new StockFeed(products.slice(0, 3));
      const stream = feed.open();
      jest.advanceTimersByTime(100_000);
      feed.close();
      return readAll(stream);
    });
    expect(one).toBe(other);
    expect(one).not.toContain('"stock":-');
  });

  it('stands still while nobody listens', async () => {
    const feed = new StockFeed(loadProducts());
    expect(jest.getTimerCount()).toBe(0);
    const [first, second] = [feed.open(), feed.open()];
    expect(jest.getTimerCount()).toBe(1);
    await once(first.destroy(), 'close');
    expect(jest.getTimerCount()).toBe(1);
    await once(second.destroy(), 'close');
    expect(jest.getTimerCount()).toBe(0);
  });

  it('brings what a client missed first, and nothing to a new one', () => {
    const feed = new StockFeed(loadProducts());
    feed.open();
    jest.advanceTimersByTime(3000);
    expect(ids(feed.open('1'))).toEqual([2, 3]);
    expect(ids(feed.open())).toEqual([]);
    expect(ids(feed.open('nonsense'))).toEqual([]);
    feed.close();
  });

  it('keeps a hundred changes, however long it runs', () => {
    const feed = new StockFeed(loadProducts());
    feed.open().resume();
    jest.advanceTimersByTime(250_000);
    expect(ids(feed.open('1'))).toHaveLength(100);
    feed.close();
  });

  it('ends the stream of a client that does not read', () => {
    const feed = new StockFeed(loadProducts());
    const unread = feed.open();
    jest.advanceTimersByTime(1_000_000);
    expect(jest.getTimerCount()).toBe(0);
    expect(unread.readableLength).toBeLessThan(2 * unread.readableHighWaterMark);
  });
});
