/** Which keys a label stands on: most stand on one, and that one takes no set. */
export class KeyIndex {
  readonly #keys = new Map<string, string | Set<string>>();

  get size(): number {
    return this.#keys.size;
  }

  keys(label: string): readonly string[] {
    const keys = this.#keys.get(label);
    return keys === undefined ? [] : typeof keys === 'string' ? [keys] : [...keys];
  }

  add(label: string, key: string): void {
    const keys = this.#keys.get(label);
    if (keys === undefined) this.#keys.set(label, key);
    else if (typeof keys !== 'string') keys.add(key);
    else if (keys !== key) this.#keys.set(label, new Set([keys, key]));
  }

  remove(label: string, key: string): void {
    const keys = this.#keys.get(label);
    if (typeof keys === 'object') keys.delete(key);
    if (keys === key || (typeof keys === 'object' && keys.size === 0)) this.#keys.delete(label);
  }
}
