import { Readable } from 'node:stream';
import type { Product } from './products';
import { scramble } from './scramble';

/** A server-sent event, kept for those who missed it. */
interface KeptEvent {
  readonly id: number;
  readonly text: string;
}

const KEPT_EVENTS = 100;
const RESTOCK = 24;

/** Tells of one stock change a second, to whoever listens; time stands still while nobody does. */
export class StockFeed {
  readonly #products: Product[];
  readonly #intervalMs: number;
  readonly #listeners = new Set<Readable>();
  readonly #watchers: ((product: Product) => void)[] = [];
  readonly #kept: KeptEvent[] = [];
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(products: Product[], intervalMs = 1000) {
    this.#products = products;
    this.#intervalMs = intervalMs;
  }

  /**
   * Opens a stream of server-sent events.
   * @param lastEventId the last event that the client has, from its Last-Event-ID field: what it missed comes first.
   */
  open(lastEventId?: string): Readable {
    const stream = new Readable({ read: () => {} });
    stream.push('retry: 1000\n\n');
    const last = Number(lastEventId || this.#lastId);
    for (const { id, text } of this.#kept) if (id > last) stream.push(text);
    this.#listeners.add(stream);
    stream.once('close', () => this.#forget(stream));
    this.#timer ??= setInterval(() => this.#tick(), this.#intervalMs);
    return stream;
  }

  /** Has a function called with each product whose stock has changed, before anybody is told of it. */
  watch(watcher: (product: Product) => void): void {
    this.#watchers.push(watcher);
  }

  /** Ends every stream. */
  close(): void {
    for (const stream of this.#listeners) this.#end(stream);
  }

  #tick(): void {
    const event = this.#nextEvent();
    this.#kept.push(event);
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift();
    for (const stream of this.#listeners) {
      // A client that reads slower than this comes back with its Last-Event-ID; meanwhile it costs no memory.
      if (!stream.push(event.text)) this.#end(stream);
    }
  }

  /** The n-th change is the same in every run. */
  #nextEvent(): KeptEvent {
    const id = ++this.#lastId;
    const product = this.#products[scramble(id) % this.#products.length]!;
    const sold = 1 + (id % 3);
    product.stock = product.stock >= sold ? product.stock - sold : product.stock + RESTOCK;
    for (const watcher of this.#watchers) watcher(product);
    const data = JSON.stringify({ product: product.id, name: product.name, stock: product.stock });
    return { id, text: `id: ${id}\nevent: stock\ndata: ${data}\n\n` };
  }

  #end(stream: Readable): void {
    this.#forget(stream);
    stream.push(null);
  }

  #forget(stream: Readable): void {
    this.#listeners.delete(stream);
    if (this.#listeners.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }
}
