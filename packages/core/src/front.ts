import type { IncomingMessage } from 'node:http';
import proxyAddr from 'proxy-addr';
import type { HttpRequest } from './filter';
import { targetOf } from './node/request';
import { OptionError } from './options';

/**
 * Which proxies to believe, with the meanings of Express's `trust proxy`: a boolean, the number of hops, addresses and subnets
 * (`loopback`, `linklocal` and `uniquelocal` by name) or a function of address and hop.
 */
export type TrustProxy =
  | boolean
  | number
  | string
  | readonly string[]
  | ((address: string, hop: number) => boolean);

type Trust = (address: string, hop: number) => boolean;

/** @throws {OptionError} where the setting is none of these, or names no address. */
export function compileTrust(setting: TrustProxy): Trust {
  const wrong = () =>
    new OptionError(
      'inFront',
      'trustProxy',
      'must be a boolean, a number of hops, addresses, subnets or a function',
      setting,
    );
  if (typeof setting === 'function') return setting;
  if (typeof setting === 'boolean') return () => setting;
  if (typeof setting === 'number') {
    if (!Number.isInteger(setting) || setting < 0) throw wrong();
    return (_address, hop) => hop < setting;
  }
  if (typeof setting !== 'string' && !Array.isArray(setting)) throw wrong();
  try {
    const list = typeof setting === 'string' ? setting.split(',').map((part) => part.trim()) : [...setting];
    return proxyAddr.compile(list as string[]);
  } catch {
    throw wrong();
  }
}

/**
 * A request in front of the application. An object of its own: an `ip` written on node's request would shadow Express's getter.
 */
export class FrontRequest implements HttpRequest {
  /** Node's own. */
  readonly req: IncomingMessage;
  readonly #trust: Trust | undefined;

  constructor(req: IncomingMessage, trust: Trust | undefined) {
    this.req = req;
    this.#trust = trust;
  }

  get method(): string {
    return this.req.method!;
  }
  get originalUrl(): string {
    return targetOf(this.req);
  }
  get headers() {
    return this.req.headers;
  }
  get ip(): string | undefined {
    return this.#trust ? proxyAddr(this.req, this.#trust) : this.req.socket.remoteAddress;
  }
  get protocol(): string {
    const own = 'encrypted' in this.req.socket ? 'https' : 'http';
    return this.#forwarded('x-forwarded-proto') ?? own;
  }
  get host(): string | undefined {
    const { host, ':authority': authority } = this.req.headers;
    return this.#forwarded('x-forwarded-host') ?? (authority as string | undefined) ?? host;
  }

  /** The first value is the client's side of the outermost proxy; it counts where our own neighbour is trusted. */
  #forwarded(name: string): string | undefined {
    const value = this.req.headers[name] as string | undefined;
    if (value === undefined || !this.#trust?.(this.req.socket.remoteAddress ?? '', 0)) return undefined;
    return value.split(',', 1)[0]!.trim();
  }
}
