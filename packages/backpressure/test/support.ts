import {
  type BackpressureOptions,
  createBackpressure,
  LoadShedder,
  type LoadShedderOptions,
} from '@spillway/backpressure';
import type { App, Client, Handled, TestHost } from '@spillway/core/testing';

type Options = Omit<BackpressureOptions<never>, keyof LoadShedderOptions | 'shedder'>;

export const TEXT = { 'Content-Type': 'text/plain; charset=utf-8' };

export { until } from '@spillway/core/testing';

/** One that waits until a test says otherwise. */
export function deferred<Value = void>() {
  let resolve!: (value: Value) => void;
  const promise = new Promise<Value>((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}

/** An application behind a shedder while `run` runs. */
export function protectedBy<Result>(
  host: TestHost,
  limits: LoadShedderOptions,
  app: App,
  run: (client: Client, shedder: LoadShedder) => Promise<Result>,
  options: Options = {},
): Promise<Result> {
  const shedder = new LoadShedder(limits);
  const filter = createBackpressure<never>({ shedder, ...options });
  return host.serve([filter], app, (client) => run(client, shedder));
}

/** An application that holds each request at `/held` until it is let go, and answers others at once. */
export function holding() {
  const held: (() => void)[] = [];
  const handled: string[] = [];
  const app: App = async ({ req }: Handled) => {
    handled.push(req.url!);
    if (req.url!.startsWith('/held')) await new Promise<void>((resolve) => held.push(resolve));
    return { headers: TEXT, body: req.url! };
  };
  return { app, held, handled, letGo: () => held.shift()!() };
}
