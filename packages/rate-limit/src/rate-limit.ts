import {
  type Filter,
  type HttpRequest,
  isReplay,
  matchSubnets,
  type Outcome,
  problemReply,
  refusalError,
  TEMPORARY_REDUCED_CAPACITY,
  type Wait,
  warning,
} from '@spillway/core';
import { refused } from './events';
import { type Draft, fieldWriter } from './fields';
import { StoreError } from './guarded-store';
import { createKeysOf } from './keys';
import type { Verdict } from './limiter';
import { chain, type Maybe } from './maybe';
import { type Clients, checkRateLimitOptions, type RateLimitOptions } from './options';
import { createPlansOf, limiterOf } from './plans';
import { refusal } from './refusal';
import { type Charge, deltaOf, Settlement } from './settlement';

type Gate<Context> = readonly [
  matches: (request: HttpRequest, context: Context) => Maybe<boolean>,
  outcome: (request: HttpRequest) => Outcome,
];

/**
 * A filter that refuses clients who ask too much.
 * @throws {OptionError} naming the option that is wrong.
 */
export function createRateLimit<Context extends object, Native extends readonly unknown[] = readonly never[]>(
  options: RateLimitOptions<Context, Native> = {},
): Filter<Context> {
  checkRateLimitOptions(options as RateLimitOptions<never>);
  const settings = options as unknown as RateLimitOptions<Context, readonly unknown[]>;
  const { cost: costOf, dryRun = false, legacyHeaders = false, refuse: refuseBy } = settings;
  const limiter = limiterOf(settings);
  const keysOf = createKeysOf(settings as RateLimitOptions<Context>);
  const plansOf = createPlansOf(settings, limiter.quotas);
  const fields = fieldWriter(limiter.quotas, draftOf(settings.standardHeaders), legacyHeaders);
  const refuse = refusal(settings);
  const delta = deltaOf(settings);
  const settlement = delta && new Settlement<Context>(limiter, delta);
  const gates = gatesOf(settings);
  const unknownClient = createUnknownClient();

  const enter = (request: HttpRequest, context: Context, gate: number): Maybe<Outcome | Wait> => {
    if (gate === gates.length) return count(request, context);
    const [matches, outcome] = gates[gate]!;
    return chain(matches(request, context), (hit) =>
      hit ? outcome(request) : enter(request, context, gate + 1),
    );
  };

  const count = (request: HttpRequest, context: Context): Maybe<Outcome | Wait> =>
    chain(keysOf(request, context), (known) => {
      if (known.includes(undefined)) return unknownClient(request);
      const keys = known as readonly string[];
      // Most limits are the same for every request, and nothing has to be asked.
      if (!plansOf && !costOf) return decide(request, { context, quotas: limiter.quotas, keys, cost: 1 });
      return chain(plansOf ? plansOf(context) : limiter.quotas, (quotas) =>
        chain(costOf ? costOf(context) : 1, (cost) => decide(request, { context, quotas, keys, cost })),
      );
    });

  const decide = (request: HttpRequest, charge: Charge<Context>): Maybe<Outcome | Wait> => {
    try {
      const verdict = limiter.decide(charge.quotas, charge.keys, charge.cost);
      if ('decisions' in verdict) return judge(request, charge, verdict);
      return verdict
        .then((settled) => judge(request, charge, settled))
        .catch((error) => storeDown(request, error));
    } catch (error) {
      return storeDown(request, error);
    }
  };

  const judge = (request: HttpRequest, charge: Charge<Context>, verdict: Verdict): Maybe<Outcome | Wait> => {
    if (!verdict.allowed && !dryRun && settlement?.mayFree(charge, verdict)) {
      return settlement.wait(charge, verdict, (later) => conclude(request, charge, later));
    }
    return conclude(request, charge, verdict);
  };

  const conclude = (request: HttpRequest, charge: Charge<Context>, verdict: Verdict): Maybe<Outcome> => {
    const { context, quotas, keys } = charge;
    if (!verdict.allowed && refused.hasSubscribers) refused.publish({ keys, verdict, dryRun });
    if (!verdict.allowed && dryRun) return undefined;
    const said = dryRun ? {} : fields(verdict, quotas, context);
    if (!verdict.allowed) return refuse(request, context, verdict, said);
    return settlement ? { ...said, onClose: settlement.begin(charge, verdict) } : said;
  };

  const storeDown = (request: HttpRequest, error: unknown): Outcome => {
    if (!(error instanceof StoreError)) throw error;
    const reply = problemReply(request, TEMPORARY_REDUCED_CAPACITY);
    return refuseBy === 'throw' ? refusalError(reply, { code: error.code, cause: error }) : reply;
  };

  return (request, context) => {
    // What the server sends itself once more is nobody's request.
    if (isReplay(context)) return undefined;
    return gates.length === 0 ? count(request, context) : enter(request, context, 0);
  };
}

const FORBIDDEN = { status: 403, title: 'Forbidden' };

function draftOf(setting: RateLimitOptions<never>['standardHeaders'] = 11): Draft | false {
  if (setting === true) return 11;
  return typeof setting === 'string' ? (Number(setting.slice(-1)) as Draft) : setting;
}

function gatesOf<Context>(options: RateLimitOptions<Context, readonly unknown[]>): readonly Gate<Context>[] {
  const { skip, allow, deny } = options;
  const pass = () => undefined;
  const gates: Gate<Context>[] = [];
  if (skip) gates.push([(_request, context) => skip(context), pass]);
  if (allow) gates.push([memberOf(allow), pass]);
  if (deny) gates.push([memberOf(deny), (request) => problemReply(request, FORBIDDEN)]);
  return gates;
}

function memberOf<Context>(clients: Clients<Context>): Gate<Context>[0] {
  if (typeof clients === 'function') return (_request, context) => clients(context);
  const matches = matchSubnets(clients);
  return (request) => matches(request.ip);
}

/** Who can't be told from others is not counted with them: all would share one bucket, and one could lock out the rest. */
function createUnknownClient(): (request: HttpRequest) => Outcome {
  let warned = false;
  return (request) => {
    if (!warned) warning.publish({ code: 'CLIENT_ADDRESS_UNKNOWN', message: UNKNOWN_CLIENT });
    warned = true;
    return problemReply(request, {
      status: 500,
      title: "The client's address is unknown",
      detail: UNKNOWN_CLIENT,
    });
  };
}

const UNKNOWN_CLIENT =
  'The request came without an address that tells its client from others: over a unix socket, or by a proxy that forwards ' +
  "something else. Set Express's `trust proxy`, Koa's `proxy` or inFront's `trustProxy`, or give rateLimit a `key`.";
