import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import type { Database, Queryable } from '@spillway/db-pool';
import { createLogin, loadAccounts } from './accounts';
import { type Order, ordersOf, parseOrder, placeOrder } from './orders';
import { keepPicture, picturesOf, type SentPicture } from './pictures';
import { findProduct, type Product, type StockChange, sellOrRestock } from './products';
import type { Query } from './query';
import { parseMonths, readReported, reportSales, type SalesReport } from './report';
import { parseSearch, type SearchResult, searchProducts } from './search';
import { Sessions } from './sessions';
import { StockFeed } from './stock-feed';
import { receivePicture } from './upload';

/**
 * The shop behind both applications: each method is what one route does, with the database as the request has
 * it. What can't be done throws a {@link ShopError}.
 */
export class Shop {
  readonly #db: Queryable;
  readonly #login = createLogin(loadAccounts());
  readonly #sessions = new Sessions();
  readonly #stock: StockFeed;

  /** @param db for what is done for nobody's request alone. */
  constructor(db: Queryable) {
    this.#db = db;
    this.#stock = new StockFeed((change) => sellOrRestock(db, change));
  }

  async search(db: Queryable, query: Query): Promise<SearchResult> {
    return searchProducts(db, parseSearch(query));
  }

  product(db: Queryable, id = ''): Promise<Product> {
    return findProduct(db, id);
  }

  async login(body: unknown): Promise<{ token: string; user: string }> {
    const user = await this.#login(body);
    return { token: this.#sessions.open(user), user };
  }

  /** @param authorization the field of a request. */
  userOf(authorization: string | undefined): string {
    return this.#sessions.userOf(authorization);
  }

  async account(db: Queryable, user: string): Promise<{ user: string; pictures: readonly SentPicture[] }> {
    return { user, pictures: await picturesOf(db, user) };
  }

  /** No connection is held while the picture arrives. */
  async addPicture(db: Database, id: string | undefined, req: IncomingMessage): Promise<SentPicture> {
    const by = this.userOf(req.headers.authorization);
    const product = await this.product(db, id);
    return keepPicture(db, { product, by, receipt: await receivePicture(req) });
  }

  /** @param db in a transaction: an order is kept as a whole or not at all. */
  async order(db: Queryable, user: string, body: unknown): Promise<Order> {
    return placeOrder(db, user, parseOrder(body));
  }

  async orders(db: Queryable, user: string): Promise<{ user: string; orders: readonly Order[] }> {
    return { user, orders: await ordersOf(db, user) };
  }

  /**
   * Goes on though its client has left, so not by the database of a request: others may wait for the same
   * report, and it is kept.
   */
  async report(query: Query): Promise<SalesReport> {
    const months = parseMonths(query);
    return reportSales(await readReported(this.#db), months);
  }

  /** Has a function called with each product whose stock the feed has changed. */
  watchStock(watcher: (change: StockChange) => void): void {
    this.#stock.watch(watcher);
  }

  /** Server-sent events; to be destroyed when the client leaves. */
  stockEvents(lastEventId: string | undefined): Readable {
    return this.#stock.open(lastEventId);
  }

  /** Ends what would keep a server open. */
  close(): void {
    this.#stock.close();
  }
}
