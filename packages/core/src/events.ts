import { channel } from 'node:diagnostics_channel';

/** A `diagnostics_channel` whose payload has a type. Ask `hasSubscribers` before building a payload. */
export interface Event<Payload extends object> {
  readonly name: string;
  readonly hasSubscribers: boolean;
  publish(payload: Payload): void;
}

export const defineEvent = <Payload extends object>(name: string): Event<Payload> =>
  channel(name) as Event<Payload>;

/** Something a filter was asked for has failed: its response ended as a 500 or was destroyed. */
export const hookError = defineEvent<{ readonly error: unknown; readonly hook: string }>(
  'spillway:hook-error',
);

/** A set-up that works, but not as its owner expects. Published once for each cause. */
export const warning = defineEvent<{ readonly code: string; readonly message: string }>('spillway:warning');
