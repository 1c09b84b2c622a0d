import { Readable } from 'node:stream';
import { PRODUCT_COUNT, type StockChange } from './products';
import { scramble } from './scramble';

/** A server-sent event, kept for those who missed it. */
interface KeptEvent {
  readonly id: number;
  readonly text: string;
}

/** Sells pieces of a product, or restocks it where there are not so many. */
export type SellOrRestock = (change: {
  readonly product: number;
  readonly pieces: number;
  readonly restock: number;
}) => Promise<StockChange>;

const KEPT_EVENTS = 100;
const RESTOCK = 24;

/** Tells of one stock change a second, to whoever listens; time stands still while nobody does. */
export class StockFeed {
  readonly #sellOrRestock: SellOrRestock;
  readonly #intervalMs: number;
  readonly #listeners = new Set<Readable>();
  readonly #watchers: ((change: StockChange) => void)[] = [];
  readonly #kept: KeptEvent[] = [];
  #lastId = 0;
  #timer: NodeJS.Timeout | undefined;
  #isChanging = false;

  constructor(sellOrRestock: SellOrRestock, intervalMs = 1000) {
    this.#sellOrRestock = sellOrRestock;
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
    this.#timer ??= setInterval(() => void this.#tick(), this.#intervalMs);
    return stream;
  }

  /** Has a function called with each product whose stock has changed, before anybody is told of it. */
  watch(watcher: (change: StockChange) => void): void {
    this.#watchers.push(watcher);
  }

  /** Ends every stream. */
  close(): void {
    for (const stream of this.#listeners) this.#end(stream);
  }

  /** A change that takes longer than the interval is waited for: events stay in their order. */
  async #tick(): Promise<void> {
    if (this.#isChanging) return;
    this.#isChanging = true;
    try {
      this.#tell(await this.#change(this.#lastId + 1));
    } catch (error) {
      // What was not stored is not told either; the next second it is tried again.
      console.error(error);
    } finally {
      this.#isChanging = false;
    }
  }

  /** The n-th change is of the same product in every run. */
  #change(id: number): Promise<StockChange> {
    const product = 1 + (scramble(id) % PRODUCT_COUNT);
    return this.#sellOrRestock({ product, pieces: 1 + (id % 3), restock: RESTOCK });
  }

  #tell(change: StockChange): void {
    for (const watcher of this.#watchers) watcher(change);
    const event = eventOf(++this.#lastId, change);
    this.#kept.push(event);
    if (this.#kept.length > KEPT_EVENTS) this.#kept.shift();
    for (const stream of this.#listeners) {
      // A client that reads slower than this comes back with its Last-Event-ID; meanwhile it costs no memory.
      if (!stream.push(event.text)) this.#end(stream);
    }
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

function eventOf(id: number, { id: product, name, stock }: StockChange): KeptEvent {
  const data = JSON.stringify({ product, name, stock });
  return { id, text: `id: ${id}\nevent: stock\ndata: ${data}\n\n` };
}
