/** What stands in a list, with its neighbours. */
export interface Link<Item> {
  older: Item | undefined;
  newer: Item | undefined;
}

/** Items in the order in which they came; any of them can leave at once, and nothing is allocated. */
export class LinkedList<Item extends Link<Item>> {
  #oldest: Item | undefined;
  #newest: Item | undefined;

  get oldest(): Item | undefined {
    return this.#oldest;
  }

  get newest(): Item | undefined {
    return this.#newest;
  }

  add(item: Item): void {
    item.older = this.#newest;
    if (this.#newest) this.#newest.newer = item;
    else this.#oldest = item;
    this.#newest = item;
  }

  /** @param item one that stands in this list. */
  remove(item: Item): void {
    const { older, newer } = item;
    if (older) older.newer = newer;
    else this.#oldest = newer;
    if (newer) newer.older = older;
    else this.#newest = older;
    item.older = undefined;
    item.newer = undefined;
  }
}
