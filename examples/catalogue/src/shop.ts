import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { createLogin, loadAccounts } from './accounts';
import { ShopError } from './errors';
import { loadProducts, type Product } from './products';
import type { Query } from './query';
import { parseMonths, reportSales, type SalesReport } from './report';
import { createSearch, parseSearch, type SearchResult } from './search';
import { Sessions } from './sessions';
import { StockFeed } from './stock-feed';
import { type Receipt, receivePicture } from './upload';

/** A picture that a user sent of a product. */
export interface SentPicture extends Receipt {
  readonly product: string;
  readonly by: string;
}

/** The shop behind both applications: each method is what one route does. What can't be done throws a {@link ShopError}. */
export class Shop {
  readonly #products = loadProducts();
  readonly #search = createSearch(this.#products);
  readonly #login = createLogin(loadAccounts());
  readonly #sessions = new Sessions();
  readonly #stock = new StockFeed(this.#products);
  /** The last that each user sent of each product. */
  readonly #pictures = new Map<string, SentPicture>();

  search(query: Query): SearchResult {
    return this.#search(parseSearch(query));
  }

  product(id = ''): Product {
    // In one spelling, so that a product has one URL.
    const product = /^[1-9]\d*$/.test(id) ? this.#products[Number(id) - 1] : undefined;
    if (!product) throw new ShopError(404, 'There is no such product.');
    return product;
  }

  async login(body: unknown): Promise<{ token: string; user: string }> {
    const user = await this.#login(body);
    return { token: this.#sessions.open(user), user };
  }

  /** @param authorization the field of a request. */
  userOf(authorization: string | undefined): string {
    return this.#sessions.userOf(authorization);
  }

  account(user: string): { user: string; pictures: readonly SentPicture[] } {
    return { user, pictures: [...this.#pictures.values()].filter(({ by }) => by === user) };
  }

  async addPicture(id: string | undefined, req: IncomingMessage): Promise<SentPicture> {
    const by = this.userOf(req.headers.authorization);
    const product = this.product(id);
    const receipt = await receivePicture(req);
    const sent = { product: product.name, by, ...receipt };
    product.picture = receipt;
    this.#pictures.set(`${by} ${product.id}`, sent);
    return sent;
  }

  /** Goes on though its client has left: others may wait for the same report, and it is kept. */
  report(query: Query): Promise<SalesReport> {
    return reportSales(this.#products, parseMonths(query));
  }

  /** Has a function called with each product whose stock has changed. */
  watchStock(watcher: (product: Product) => void): void {
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
