/** Clients that are told apart at a time. */
const MAX_CLIENTS = 1_000;

const PERIOD_MS = 1_000;

/**
 * Who has more than their share. While load is shed, what runs is counted for each client, in periods of a second; one who has had more of
 * it than an equal share goes behind the others. Clients beyond a thousand a second are not told apart.
 */
export class FairShare {
  readonly #runs = new Map<string, number>();
  #total = 0;
  #begunMs = Number.NEGATIVE_INFINITY;

  /** Whether a client has had its share already. */
  isGreedy(client: string, nowMs: number): boolean {
    this.#age(nowMs);
    const runs = this.#runs.get(client);
    if (runs !== undefined) return runs > this.#total / this.#runs.size;
    if (this.#runs.size < MAX_CLIENTS) this.#runs.set(client, 0);
    return false;
  }

  /** One of its requests runs. */
  count(client: string): void {
    const runs = this.#runs.get(client);
    if (runs === undefined) return;
    this.#runs.set(client, runs + 1);
    this.#total++;
  }

  /** What was had in the last period counts half. */
  #age(nowMs: number): void {
    const ageMs = nowMs - this.#begunMs;
    if (ageMs >= 0 && ageMs < PERIOD_MS) return;
    this.#begunMs = nowMs;
    this.#total = 0;
    for (const [client, runs] of this.#runs) {
      const half = ageMs < 2 * PERIOD_MS ? runs >> 1 : 0;
      if (half === 0) this.#runs.delete(client);
      else this.#runs.set(client, half);
      this.#total += half;
    }
  }
}
