import {
  type Check,
  checkOptions,
  isFunction,
  isInteger,
  isObject,
  isOneOf,
  OptionError,
  type RefuseBy,
} from '@spillway/core';
import type { Priority } from './admission';
import type { Deadline } from './deadline';
import type { LoadShedder } from './load-shedder';
import { type LoadShedderOptions, loadShedderChecks } from './load-shedder-options';

export interface BackpressureOptions<Context> extends LoadShedderOptions {
  /** A load shedder that you hold, in place of all that would make one: for its `stats()`, or for several mounts. */
  readonly shedder?: LoadShedder | undefined;
  /**
   * How urgent a request is. Ask nothing that any client can write: all would be critical.
   * @default () => 'default'
   */
  readonly priority?: ((context: Context) => Priority) | undefined;
  /** Class of a request, with a limit of its own: routes that take much longer than others. @default one for all */
  readonly key?: ((context: Context) => string | undefined) | undefined;
  /** Who asks, so that nobody takes all of what can be served; undefined is nobody's. @default the client's address, IPv6 by subnet */
  readonly client?: ((context: Context) => string | undefined) | undefined;
  /** Milliseconds that are left for a request, `grpcTimeout` and `envoyTimeout` for two; undefined where nobody knows. @default none */
  readonly deadline?: Deadline<NoInfer<Context>> | undefined;
  /** Milliseconds that a deadline is at most. @default 60_000 */
  readonly maxDeadlineMs?: number | undefined;
  /** Requests that always pass, counted all the same. @default those for /healthz, /readyz and /livez */
  readonly skip?: ((context: Context) => boolean) | undefined;
  /** Whether a refusal is a reply, or an error of http-errors for the framework's error handling. @default 'reply' */
  readonly refuse?: RefuseBy | undefined;
}

const checks: Readonly<Record<string, Check>> = {
  ...loadShedderChecks,
  shedder: isObject,
  priority: isFunction,
  key: isFunction,
  client: isFunction,
  deadline: isFunction,
  maxDeadlineMs: isInteger(1, 2 ** 31 - 1),
  skip: isFunction,
  refuse: isOneOf('reply', 'throw'),
};

/** @throws {OptionError} naming the option that is wrong. */
export function checkBackpressureOptions(options: BackpressureOptions<never>): void {
  checkOptions('backpressure', options, checks);
  if (options.shedder === undefined) return;
  const extra = Object.keys(loadShedderChecks).find((name) => name in options);
  if (extra)
    throw new OptionError(
      'backpressure',
      extra,
      'belongs to the shedder that is given',
      options[extra as keyof LoadShedderOptions],
    );
}
