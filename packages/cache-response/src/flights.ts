/**
 * What those who wait are told: to look at what was stored, that the application failed, to ask it themselves, or, one of them
 * alone, to ask it for the others.
 */
export type Landing =
  /** `names` are the request fields that the response was chosen by: who differs in these has to ask again. */
  | { readonly how: 'stored'; readonly names: readonly string[] }
  | { readonly how: 'failed' | 'pass' | 'lead' };

type Tell = (landing: Landing) => void;

/** Requests that wait for the answer to another one of the same key. */
export class Flights {
  readonly #flights = new Map<string, Flight>();
  readonly #waitMs: number;
  readonly #maxWaiting: number;
  #waiting = 0;

  /**
   * @param waitMs for how long one request leads before another one does.
   * @param maxWaiting requests that wait, over all keys.
   */
  constructor(waitMs: number, maxWaiting: number) {
    this.#waitMs = waitMs;
    this.#maxWaiting = maxWaiting;
  }

  get waiting(): number {
    return this.#waiting;
  }

  find(key: string): Flight | undefined {
    return this.#flights.get(key);
  }

  start(key: string): Flight {
    const flight = new Flight(this.#flights, key, this.#waitMs);
    this.#flights.set(key, flight);
    return flight;
  }

  /** @returns undefined where too many wait already. */
  join(flight: Flight): { readonly landed: Promise<Landing>; readonly leave: () => void } | undefined {
    if (this.#waiting >= this.#maxWaiting) return undefined;
    this.#waiting++;
    let tell: Tell = () => {};
    const landed = new Promise<Landing>((resolve) => {
      tell = (landing) => {
        this.#waiting--;
        resolve(landing);
      };
    });
    flight.join(tell);
    const leave = () => {
      if (flight.leave(tell)) this.#waiting--;
    };
    return { landed, leave };
  }
}

/** One request that is under way to the application, and those that wait for what comes of it. */
export class Flight {
  readonly #flights: Map<string, Flight>;
  readonly #key: string;
  readonly #waitMs: number;
  /** Most fly alone. */
  #tells: Set<Tell> | undefined;
  #leaders = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(flights: Map<string, Flight>, key: string, waitMs: number) {
    this.#flights = flights;
    this.#key = key;
    this.#waitMs = waitMs;
  }

  /** @returns who leads now, for `lose`. */
  lead(): number {
    return ++this.#leaders;
  }

  /** All go on at once: one by one they would queue up behind one another. */
  land(landing: Landing): void {
    this.#end();
    this.#stopTimer();
    const tells = this.#tells ?? [];
    this.#tells = undefined;
    for (const tell of tells) tell(landing);
  }

  /** A leader won't come back with an answer. Another one may have taken over meanwhile. */
  lose(leader: number): void {
    if (leader === this.#leaders) this.#handOver();
  }

  join(tell: Tell): void {
    this.#tells ??= new Set();
    this.#tells.add(tell);
    this.#timer ??= setTimeout(() => this.#handOver(), this.#waitMs);
  }

  leave(tell: Tell): boolean {
    return this.#tells?.delete(tell) ?? false;
  }

  /** The first of those who wait asks the application; the others wait for either answer. */
  #handOver(): void {
    this.#stopTimer();
    const tells = this.#tells;
    const [next] = tells ?? [];
    if (tells === undefined || next === undefined) return this.#end();
    tells.delete(next);
    if (tells.size > 0) this.#timer = setTimeout(() => this.#handOver(), this.#waitMs);
    next({ how: 'lead' });
  }

  #end(): void {
    if (this.#flights.get(this.#key) === this) this.#flights.delete(this.#key);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
