import { type Closed, hookError, type Outcome, type Wait } from '@spillway/core';
import type { Verdict } from './limiter';
import { isLater, type Maybe } from './maybe';
import type { RateLimitOptions } from './options';
import { Pending } from './pending';
import type { Quota } from './store';

/** What a request asks of the limiter. */
export interface Charge<Context> {
  readonly context: Context;
  readonly quotas: readonly Quota[];
  readonly keys: readonly string[];
  readonly cost: number;
}

type Limiter<Context> = NonNullable<RateLimitOptions<Context>['limiter']>;

/** How long a request waits for others of its key to give units back, in milliseconds. */
const MAX_WAIT_MS = 1_000;

/** Charges that are only known to be right once the response is over. */
export class Settlement<Context> {
  readonly #pending = new Pending();

  /** @param deltaOf units to charge, or by a negative number to give back, when the response is over. */
  constructor(
    private readonly limiter: Limiter<Context>,
    private readonly deltaOf: (charge: Charge<Context>, closed: Closed) => number,
  ) {}

  /** The request was charged and runs; the function returned settles its charge. */
  begin(charge: Charge<Context>, { decisions }: Verdict): (closed: Closed) => void {
    const names = namesOf(charge);
    for (const name of names) this.#pending.begin(name);
    const end = () => {
      for (const name of names) this.#pending.end(name);
    };
    const fail = (error: unknown) => {
      hookError.publish({ error, hook: 'onClose' });
      end();
    };
    return (closed) => {
      try {
        const settled = this.#settle(charge, closed, decisions[0]!.at);
        // Whoever waits asks again once the units are back.
        if (isLater(settled)) settled.then(end, fail);
        else end();
      } catch (error) {
        end();
        throw error;
      }
    };
  }

  #settle(charge: Charge<Context>, closed: Closed, at: number): Maybe<void> {
    const delta = this.deltaOf(charge, closed);
    return delta === 0 ? undefined : this.limiter.adjust(charge.quotas, charge.keys, delta, at);
  }

  /** Whether requests still running may give back what this one was refused for. */
  mayFree(charge: Charge<Context>, verdict: Verdict): boolean {
    return verdict.retryAfterMs !== Infinity && this.#pending.mayFree(bindingName(charge, verdict));
  }

  /** Asks again whenever a request of the key has ended, for a second at most. */
  wait(charge: Charge<Context>, refused: Verdict, conclude: (verdict: Verdict) => Maybe<Outcome>): Wait {
    const over = new AbortController();
    const timer = setTimeout(() => over.abort(), MAX_WAIT_MS).unref();
    let left = false;
    const ask = async (): Promise<Outcome> => {
      for (let verdict = refused; ; ) {
        await this.#pending.nextEnd(bindingName(charge, verdict), over.signal);
        if (left) return undefined;
        verdict = await this.limiter.decide(charge.quotas, charge.keys, charge.cost);
        if (verdict.allowed || over.signal.aborted || !this.mayFree(charge, verdict))
          return conclude(verdict);
      }
    };
    return {
      wait: ask().finally(() => clearTimeout(timer)),
      onAbort: () => {
        left = true;
        over.abort();
      },
    };
  }
}

const namesOf = <Context>({ quotas, keys }: Charge<Context>): readonly string[] =>
  quotas.map(({ name }, i) => `${name} ${keys[i]}`);

const bindingName = <Context>(charge: Charge<Context>, { decisions, tightest }: Verdict): string =>
  namesOf(charge)[decisions.indexOf(tightest)]!;

/** What the options say of a charge once its response is over; undefined where each charge is final. */
export function deltaOf<Context>(
  options: RateLimitOptions<Context, readonly unknown[]>,
): ((charge: Charge<Context>, closed: Closed) => number) | undefined {
  const { settleCost, skipFailedRequests, skipSuccessfulRequests = false, requestWasSuccessful } = options;
  if (settleCost) {
    return ({ context, cost }, closed) => {
      const settled = settleCost(context, closed);
      if (!(Number.isSafeInteger(settled) && settled >= 0)) {
        throw new RangeError(`settleCost must give a non-negative integer, got ${settled}`);
      }
      return settled - cost;
    };
  }
  if (!skipFailedRequests && !skipSuccessfulRequests) return undefined;
  const wasSuccessful = requestWasSuccessful ?? ((_context: Context, { status }: Closed) => status < 400);
  // An aborted request is neither: giving its units back would let a client in who hangs up each time.
  return ({ context, cost }, closed) =>
    !closed.aborted && Boolean(wasSuccessful(context, closed)) === skipSuccessfulRequests ? -cost : 0;
}
