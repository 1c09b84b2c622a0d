import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drain } from '@spillway/backpressure';
import type { ShopDatabase } from './database';
import { tries } from './tries';

export interface ServeOptions {
  /** The command that starts this server, for messages. */
  readonly command: string;
  /** What the server is made of, for its greeting. */
  readonly framework: string;
  /** Is loaded before the first request, and closed after the last. */
  readonly database: ShopDatabase;
  /** Ends what would keep a connection open. */
  readonly close: () => void;
}

const DEFAULT_PORT = 3000;
const GRACE_MS = 5000;
const IDLE_MS = 100;

/** Serves on PORT until SIGINT or SIGTERM; where that can't be, says why and ends with exit code 1. */
export async function serve(listener: RequestListener, options: ServeOptions): Promise<void> {
  const { database, framework, command } = options;
  const port = parsePort(process.env.PORT);
  if (port === undefined) return fail(`PORT must be an integer from 0 to 65535, got "${process.env.PORT}".`);
  try {
    await database.load();
    const server = await listen(listener, port, command);
    greet(framework, (server.address() as AddressInfo).port);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void shutDown(server, options));
  } catch (error) {
    fail(messageOf(error as Error));
    await database.pool.drain();
  }
}

function listen(listener: RequestListener, port: number, command: string): Promise<Server> {
  const server = createServer(listener);
  return new Promise((resolve, reject) => {
    server.once('error', ({ code, message }: NodeJS.ErrnoException) => {
      if (code !== 'EADDRINUSE') return reject(new Error(`Port ${port} can't be opened: ${message}`));
      const other = port < 65535 ? port + 1 : DEFAULT_PORT;
      reject(new Error(`Port ${port} is taken. Try PORT=${other} ${command}`));
    });
    server.listen(port, () => resolve(server));
  });
}

/** A refusal of the pool has the reason of the database behind it. */
function messageOf({ message, cause }: Error): string {
  return `${cause instanceof Error ? `${message}: ${cause.message}` : message}.`;
}

/** Port 0 is any that is free. */
function parsePort(text = ''): number | undefined {
  if (text === '') return DEFAULT_PORT;
  return /^\d{1,5}$/.test(text) && Number(text) <= 65535 ? Number(text) : undefined;
}

function greet(framework: string, port: number): void {
  const url = `http://localhost:${port}`;
  const lines = tries(url)
    .slice(0, 3)
    .map(({ commands }) => `  ${commands[0]}\n`);
  console.log(`Millrace on ${framework}: ${url}\n\nWorth trying:\n${lines.join('')}`);
}

/**
 * Streams end, requests under way are answered; who takes longer than the grace is cut off. They need the
 * database until then.
 */
async function shutDown(server: Server, { close, database }: ServeOptions): Promise<void> {
  close();
  await drain(server, { deadlineMs: GRACE_MS, idleMs: IDLE_MS });
  await database.pool.drain({ timeoutMs: GRACE_MS });
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
