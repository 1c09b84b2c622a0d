/** As many entries as are allowed; the oldest goes first. What a user gives a cache that has no store of its own. */
exports.NewestEntries = class {
  #entries = new Map();
  #keys = [];
  #max;
  #oldest = 0;

  constructor(max) {
    this.#max = max;
  }

  get(key) {
    return this.#entries.get(key);
  }

  set(key, value) {
    if (!this.#entries.has(key)) this.#replaceOldest(key);
    this.#entries.set(key, value);
  }

  /** A ring: a Map takes the longer to find its first key, the more were deleted before it. */
  #replaceOldest(key) {
    const oldest = this.#keys[this.#oldest];
    if (oldest !== undefined) this.#entries.delete(oldest);
    this.#keys[this.#oldest] = key;
    this.#oldest = (this.#oldest + 1) % this.#max;
  }
};
