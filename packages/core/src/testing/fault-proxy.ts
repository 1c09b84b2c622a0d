import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { checkOption, isNumber } from '../options';
import { FaultConnection, type Target } from './fault-connection';
import type { Conditions } from './fault-line';
import { listenBelowEphemeral } from './ports';

export interface FaultProxyOptions {
  readonly targetPort: number;
  /** The target's. @default '127.0.0.1' */
  readonly host?: string;
}

const HEALTHY: Readonly<Conditions> = { latencyMs: 0, bytesPerSecond: Infinity, isDark: false };

/**
 * A TCP proxy on 127.0.0.1 that does to connections what networks do. Faults add up until `heal()`. A target that is not
 * there is a connection that is reset.
 */
export class FaultProxy {
  /** From 20000 to 31999. */
  readonly port: number;
  readonly #server: Server;
  readonly #conditions: Conditions = { ...HEALTHY };
  readonly #connections = new Set<FaultConnection>();
  #refuses = false;

  private constructor(server: Server, port: number, target: Target) {
    this.port = port;
    this.#server = server.on('connection', (client) => this.#take(client, target));
  }

  static async start({ targetPort, host = '127.0.0.1' }: FaultProxyOptions): Promise<FaultProxy> {
    const server = createServer({ allowHalfOpen: true, noDelay: true });
    return new FaultProxy(server, await listenBelowEphemeral(server), { port: targetPort, host });
  }

  /** How many stand. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Each byte arrives so many milliseconds after it was sent, each way: a round trip takes twice as long. */
  latency(ms: number): void {
    checkOption('FaultProxy', 'latency', ms, isNumber(0, 3_600_000));
    this.#change({ latencyMs: ms });
  }

  /** At most so many bytes a second pass, each way of each connection. */
  bandwidth(bytesPerSecond: number): void {
    checkOption('FaultProxy', 'bandwidth', bytesPerSecond, isNumber(1, Infinity));
    this.#change({ bytesPerSecond });
  }

  /** Closes all connections that stand, as processes do that end. New ones are fine. */
  cut(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Resets all connections that stand, at both ends. New ones are fine. */
  reset(): void {
    for (const connection of this.#connections) connection.reset();
  }

  /** New connections are closed at once. Those that stand are fine. */
  refuse(): void {
    this.#refuses = true;
  }

  /**
   * Nothing passes either way, no end either, and nothing is closed. New connections are taken and never answered. What
   * was under way arrives after `heal()`. What the kernel has already is beyond it.
   */
  blackhole(): void {
    this.#change({ isDark: true });
  }

  /** Ends all faults. */
  heal(): void {
    this.#refuses = false;
    this.#change(HEALTHY);
  }

  /** Closes all connections, and resolves when no socket is left. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server.close(), 'close');
    const gone = [...this.#connections].map((connection) => connection.closed);
    this.cut();
    await Promise.all([closed, ...gone]);
  }

  #take(client: Socket, target: Target): void {
    if (this.#refuses) return void client.destroy();
    const connection = new FaultConnection(client, target, this.#conditions);
    this.#connections.add(connection);
    void connection.closed.then(() => this.#connections.delete(connection));
  }

  #change(conditions: Partial<Conditions>): void {
    Object.assign(this.#conditions, conditions);
    for (const connection of this.#connections) connection.changed();
  }
}
