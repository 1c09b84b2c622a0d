import {
  type ClientRequest,
  Agent as HttpAgent,
  request as httpRequest,
  validateHeaderName,
  validateHeaderValue,
} from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Check, checkOptions, isInteger, OptionError } from '@spillway/core';
import { type EdgeCache, EdgeError } from './edge';
import { type Order, ordersOf, purgeOfAll } from './edge-orders';

export interface HttpEdgeOptions {
  /** Where the edge listens, such as `http://127.0.0.1:6081`. */
  readonly url: string | URL;
  /** The host that clients ask for. @default the host of `url` */
  readonly host?: string | undefined;
  /** Sent with each request, such as an Authorization. @default {} */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Milliseconds for a request, with its wait for one of the connections, 1 to 600,000. @default 2_000 */
  readonly timeoutMs?: number | undefined;
  /** How often a request is sent again that met no answer or a 5xx, 0 to 10. @default 2 */
  readonly retries?: number | undefined;
  /** Milliseconds before it is sent again, 0 to 60,000; each time twice as many. @default 100 */
  readonly retryDelayMs?: number | undefined;
}

/** Connections to one edge, and requests of one purge at a time. */
const MAX_CONNECTIONS = 8;

interface Failure {
  readonly order: Order;
  readonly reason: string;
  /** Undefined where the edge didn't answer. */
  readonly status?: number;
  readonly cause?: unknown;
}

/**
 * An edge that is told by HTTP; only a 2xx says that it is done. What Varnish needs for it stands in the README of this package.
 * - `BAN /` with `Surrogate-Key: <tags, separated by spaces>`, or `*` for everything;
 * - `BAN /` with `Url-Prefix: <beginning of a path>`, and the Host of clients;
 * - `PURGE <path>` with the Host of clients.
 *
 * Once the edge has failed as often as it may, nothing more is sent, so that a purge of any length ends soon. A request that it
 * refuses (4xx) isn't sent again, and stops no other.
 * @throws {OptionError} for a wrong option.
 */
export function httpEdge(options: HttpEdgeOptions): EdgeCache {
  checkOptions('httpEdge', options, CHECKS);
  const { url, host, headers = {}, timeoutMs = 2_000, retries = 2, retryDelayMs = 100 } = options;
  const missed = isEdgeUrl(url);
  if (missed) throw new OptionError('httpEdge', 'url', missed, url);
  const base = new URL(url);
  const usual = { ...headers, Host: host === undefined ? base.host : new URL(`http://${host}`).host };
  const [request, Agent] = base.protocol === 'https:' ? [httpsRequest, HttpsAgent] : [httpRequest, HttpAgent];
  const agent = new Agent({ keepAlive: true, maxSockets: MAX_CONNECTIONS });

  const send = ({ method, path, headers: own }: Order) =>
    statusOf(request(base, { agent, method, path, headers: { ...usual, ...own } }), timeoutMs);

  async function carryOut(order: Order): Promise<Failure | undefined> {
    for (let left = retries, delayMs = retryDelayMs; ; left--, delayMs *= 2) {
      const failure = await send(order).then(
        (status) => refusalOf(order, status),
        (cause: NodeJS.ErrnoException) => ({ order, cause, reason: cause.code ?? cause.message }),
      );
      if (!failure || !isDown(failure) || left === 0) return failure;
      await sleep(delayMs);
    }
  }

  return {
    async purge(purge) {
      const failures = await carryOutAll(ordersOf(purge), carryOut);
      if (failures.length > 0) throw errorOf(base.origin, failures);
    },
  };
}

/** The status of the answer, whose body doesn't matter; rejects where none comes in time. */
function statusOf(request: ClientRequest, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const late = () => request.destroy(new Error(`took longer than ${timeoutMs} ms`));
    const timer = setTimeout(late, timeoutMs);
    request.once('response', (response) => {
      response.resume();
      resolve(response.statusCode!);
    });
    request.on('error', reject);
    request.once('close', () => {
      clearTimeout(timer);
      reject(new Error('closed without an answer'));
    });
    request.end();
  });
}

const refusalOf = (order: Order, status: number): Failure | undefined =>
  status >= 200 && status < 300 ? undefined : { order, status, reason: `answered ${status}` };

/** Whether it is the edge that failed, and not the request. */
const isDown = ({ status }: Failure): boolean => status === undefined || status >= 500;

async function carryOutAll(
  orders: readonly Order[],
  carryOut: (order: Order) => Promise<Failure | undefined>,
): Promise<readonly Failure[]> {
  const queue = orders.values();
  const failures: Failure[] = [];
  let down: Failure | undefined;
  const work = async () => {
    for (const order of queue) {
      const failure = down ? { ...down, order } : await carryOut(order);
      if (!failure) continue;
      failures.push(failure);
      if (isDown(failure)) down ??= failure;
    }
  };
  await Promise.all(Array.from({ length: MAX_CONNECTIONS }, work));
  return failures;
}

function errorOf(origin: string, failures: readonly Failure[]): EdgeError {
  const { order, reason, status, cause } = failures.find(isDown) ?? failures[0]!;
  const undone = purgeOfAll(failures.map((failure) => failure.order));
  return new EdgeError(
    `${origin}: ${order.method} ${order.path}: ${reason}`,
    undone,
    status,
    cause ? { cause } : undefined,
  );
}

const isOrigin = (text: string): boolean => {
  // Where there is a space, what is parsed is not what is written.
  if (/\s/.test(text) || !URL.canParse(text)) return false;
  const { protocol, href, origin } = new URL(text);
  return /^https?:$/.test(protocol) && href === `${origin}/`;
};

const isEdgeUrl: Check = (value) =>
  isOrigin(String(value)) ? undefined : 'must be an http or https address without a path';

const isHost: Check = (value) =>
  typeof value === 'string' && isOrigin(`http://${value}`)
    ? undefined
    : 'must be a host, with a port or without';

const isHeaders: Check = (value) => {
  try {
    for (const [name, text] of Object.entries(value as Record<string, string>)) {
      validateHeaderName(name);
      validateHeaderValue(name, text);
    }
    return undefined;
  } catch (error) {
    return `must be fields (${(error as Error).message})`;
  }
};

const CHECKS = {
  url: isEdgeUrl,
  host: isHost,
  headers: isHeaders,
  timeoutMs: isInteger(1, 600_000),
  retries: isInteger(0, 10),
  retryDelayMs: isInteger(0, 60_000),
};
