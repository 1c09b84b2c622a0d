import type { Gate } from './gate';

/** A gate for each class of requests, in a bounded number. */
export class Classes {
  readonly #gates = new Map<string, Gate>();
  readonly #make: (key: string | undefined) => Gate;
  readonly #max: number;
  /** Of what has no class, and of classes beyond the bound. */
  readonly #common: Gate;

  constructor(make: (key: string | undefined) => Gate, max: number) {
    this.#make = make;
    this.#max = max;
    this.#common = make(undefined);
  }

  of(key: string | undefined): Gate {
    if (key === undefined) return this.#common;
    return this.#gates.get(key) ?? this.#open(key);
  }

  /** Each gate with its class, the common one first. */
  entries(): readonly (readonly [string | undefined, Gate])[] {
    return [[undefined, this.#common], ...this.#gates];
  }

  #open(key: string): Gate {
    if (this.#gates.size >= this.#max && !this.#closeEmpty()) return this.#common;
    const gate = this.#make(key);
    this.#gates.set(key, gate);
    return gate;
  }

  /** A gate that nobody is in is forgotten, the oldest first; one in use would forget who runs. */
  #closeEmpty(): boolean {
    for (const [key, gate] of this.#gates) {
      if (gate.isEmpty) return this.#gates.delete(key);
    }
    return false;
  }
}
