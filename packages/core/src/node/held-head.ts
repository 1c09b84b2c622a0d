import { type Response, setStatus } from './response';

const METHODS = ['setHeader', 'appendHeader', 'removeHeader'] as const;

/**
 * A response whose head is frozen for everybody but its layer: what the application still does to it is ignored (a throw
 * after `res.send`, a late answer). Only an own property can do that, and each is put back as it was.
 */
export class HeldHead {
  statusCode: number;
  readonly #res: Response;
  readonly #own = new Map<string, PropertyDescriptor | undefined>();
  readonly setHeader: Response['setHeader'];
  readonly removeHeader: Response['removeHeader'];

  /** @param headersSent what the application is told while the head is held. */
  constructor(res: Response, headersSent: () => boolean) {
    const { statusCode, setHeader, removeHeader } = res;
    // Asked for its own only: HTTP/2 has no reason, and node warns where it is touched.
    const reason = Object.hasOwn(res, 'statusMessage') ? res.statusMessage : undefined;
    this.#res = res;
    this.statusCode = statusCode;
    this.setHeader = setHeader.bind(res);
    this.removeHeader = removeHeader.bind(res);
    for (const name of METHODS) this.#override(name, { value: () => res, writable: true });
    this.#override('statusCode', { get: () => statusCode, set: () => {} });
    this.#override('statusMessage', { get: () => reason, set: () => {} });
    this.#override('headersSent', { get: headersSent });
  }

  /** Everything is as it was, with the status that the layer has decided. */
  release(): void {
    for (const [name, own] of this.#own) {
      if (own) Object.defineProperty(this.#res, name, own);
      else delete (this.#res as unknown as Record<string, unknown>)[name];
    }
    if (this.statusCode !== this.#res.statusCode) setStatus(this.#res, this.statusCode);
  }

  #override(name: string, descriptor: PropertyDescriptor): void {
    this.#own.set(name, Object.getOwnPropertyDescriptor(this.#res, name));
    Object.defineProperty(this.#res, name, { ...descriptor, configurable: true, enumerable: true });
  }
}
