import { createCacheResponse, ResponseCache } from '@spillway/cache-response';
import {
  type Answer,
  type App,
  type Client,
  FakeClock,
  type Got,
  type Handled,
  type Item,
  type RequestOptions,
  type TestHost,
} from '@spillway/core/testing';
import { isHit, type Served, type Serving, TEXT } from '../support';

export const ALICE = { cookie: 'session=alice' };
export const BOB = { cookie: 'session=bob' };
export const NOBODY = {};

/** What a request proves to be, as an application would read it. */
export const userOf = ({ req }: Pick<Handled, 'req'>): string =>
  /(?:session=|Bearer )(\w+)/.exec(`${req.headers.cookie} ${req.headers.authorization}`)?.[1] ?? 'nobody';

/** An application whose page says whose it is. */
export const personal =
  (headers: NonNullable<Answer['headers']>): App =>
  (handled) => ({ headers: { ...TEXT, ...headers }, body: `page of ${userOf(handled)}` });

export const isInFront = ({ name }: TestHost): boolean => name === 'in front';

/** A cache as each host has it: in front of the application it knows that it stands there. */
export const cacheOn = (host: TestHost, options: Serving): Item =>
  createCacheResponse(options, isInFront(host));

/** An application behind such a cache; time stands still until a test moves it. */
export function attacked(
  host: TestHost,
  app: App | Answer,
  run: (served: Served) => Promise<unknown>,
  { outer = [], inner = [], of = {}, ...options }: Serving = {},
): Promise<unknown> {
  const clock = new FakeClock();
  const cache = options.cache ?? new ResponseCache({ now: clock.now, ...of });
  const asked: Served['asked'] = [];
  const counting: App = (handled) => {
    asked.push({ ...handled.req.headers });
    return typeof app === 'function' ? app(handled) : app;
  };
  const items = [...outer, cacheOn(host, { ...options, cache }), ...inner];
  return host.serve(items, counting, (client) => run({ client, clock, cache, asked }));
}

/** The field that names a host, in either version of HTTP. */
export const hostField = ({ http2 }: TestHost, name: string): Record<string, string> =>
  http2 ? { ':authority': name } : { host: name };

/** What each of several requests got, in order, one after the other. */
export async function inTurn(
  served: Served,
  requests: readonly Readonly<Record<string, string>>[],
  path = '/',
): Promise<Got[]> {
  const got: Got[] = [];
  for (const headers of requests) got.push(await served.client.get(path, headers));
  return got;
}

export const textsOf = (got: readonly Got[]): string[] => got.map(({ text }) => text);

export const hitsOf = (got: readonly Got[]): boolean[] => got.map(isHit);

type Look = (req: Handled['req'], res: Handled['res']) => void;

/** Middleware of somebody else that does something as the head is about to leave. */
export const beforeHead = (look: Look): Item => ({
  connect(req, res, next) {
    const writeHead = res.writeHead as (...head: unknown[]) => typeof res;
    res.writeHead = (...head: unknown[]) => {
      look(req, res);
      return writeHead.apply(res, head);
    };
    next();
  },
});

export const hostOf = ({ req }: Handled): string => String(req.headers[':authority'] ?? req.headers.host);

export const pathOf = ({ req }: Handled): string => (req as { originalUrl?: string }).originalUrl ?? req.url!;

/** An application that shows what it was asked for, as many do in links. */
export const showing =
  (show: (handled: Handled) => string = (handled) => `${hostOf(handled)} ${pathOf(handled)}`): App =>
  (handled) => ({ headers: { ...TEXT, 'Cache-Control': 'public, max-age=60' }, body: show(handled) });

/** What a stack of HTTP refuses can do no harm. */
export const textOf = (client: Client, options: RequestOptions): Promise<string | undefined> =>
  client.send(options).then(
    ({ text, status }) => (status === 400 ? undefined : text),
    () => undefined,
  );
