import type { Server, Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** A socket that nobody listens at: what is written is dropped; for the rest it is like another one. */
export class Nowhere extends Duplex {
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly server: Server | undefined;
  /** Present, as on node's sockets, where the connection is encrypted. */
  declare readonly encrypted: true;

  constructor(like: Socket & { readonly server?: Server }) {
    super();
    this.remoteAddress = like.remoteAddress;
    this.remotePort = like.remotePort;
    this.server = like.server;
    if ('encrypted' in like) this.encrypted = true;
  }

  override _read(): void {}

  override _write(_chunk: unknown, _encoding: BufferEncoding, done: () => void): void {
    done();
  }

  setTimeout(): this {
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }
}
