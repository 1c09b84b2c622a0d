import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { listenBelowEphemeral } from '@spillway/core/testing';

/** Takes connections and says nothing. */
export class SilentServer {
  readonly #server: Server;
  readonly #sockets: ReadonlySet<Socket>;
  readonly url: string;

  private constructor(server: Server, sockets: ReadonlySet<Socket>, port: number) {
    this.#server = server;
    this.#sockets = sockets;
    this.url = `postgres://nobody@127.0.0.1:${port}/nothing`;
  }

  static async start(): Promise<SilentServer> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => sockets.add(socket.on('error', () => {})));
    return new SilentServer(server, sockets, await listenBelowEphemeral(server));
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await once(this.#server.close(), 'close');
  }
}
