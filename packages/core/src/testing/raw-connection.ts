import { once } from 'node:events';
import type { Socket } from 'node:net';

/** The bytes of one connection. */
export class RawConnection {
  readonly socket: Socket;
  #received = '';

  constructor(socket: Socket) {
    this.socket = socket.setEncoding('latin1');
    socket.on('error', () => {});
    socket.on('data', (text: string) => {
      this.#received += text;
    });
  }

  /** Everything received so far, a character a byte. */
  get received(): string {
    return this.#received;
  }

  /** Sends the head of a request, without a body. */
  request(path: string, method = 'GET'): void {
    this.socket.write(`${method} ${path} HTTP/1.1\r\nHost: test\r\n\r\n`);
  }

  /** Waits until the pattern has been received as many times; rejects where the connection closes before. */
  async until(pattern: RegExp, times = 1): Promise<string> {
    while ([...this.#received.matchAll(new RegExp(pattern, 'g'))].length < times) {
      if (this.socket.destroyed) throw new Error(`closed; received ${JSON.stringify(this.#received)}`);
      await this.#next();
    }
    return this.#received;
  }

  destroy(): void {
    this.socket.destroy();
  }

  async #next(): Promise<void> {
    const over = new AbortController();
    const events = ['data', 'close'].map((event) => once(this.socket, event, { signal: over.signal }));
    await Promise.race(events).finally(() => over.abort());
  }
}
