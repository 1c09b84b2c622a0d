import type { IncomingMessage, ServerResponse } from 'node:http';
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

/** The shop behind both applications: each method is what one route does. What can't be done throws a {@link ShopError}. */
export class Shop {
  readonly #products = loadProducts();
  readonly #search = createSearch(this.#products);
  readonly #login = createLogin(loadAccounts());
  readonly #sessions = new Sessions();
  readonly #stock = new StockFeed(this.#products);

  search(query: Query): SearchResult {
    return this.#search(parseSearch(query));
  }

  product(id = ''): Product {
    const product = /^\d+$/.test(id) ? this.#products[Number(id) - 1] : undefined;
    if (!product) throw new ShopError(404, 'There is no such product.');
    return product;
  }

  async login(body: unknown): Promise<{ token: string; user: string }> {
    const user = await this.#login(body);
    return { token: this.#sessions.open(user), user };
  }

  async addPicture(
    id: string | undefined,
    req: IncomingMessage,
  ): Promise<Receipt & { product: string; by: string }> {
    const by = this.#sessions.userOf(req.headers.authorization);
    const { name } = this.product(id);
    return { product: name, by, ...(await receivePicture(req)) };
  }

  report(query: Query, res: ServerResponse): Promise<SalesReport> {
    const whileOpen = new AbortController();
    res.once('close', () => whileOpen.abort(new ShopError(400, 'The client left.')));
    return reportSales(this.#products, parseMonths(query), whileOpen.signal);
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
