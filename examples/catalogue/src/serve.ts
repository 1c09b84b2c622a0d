import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { drain } from '@spillway/backpressure';
import { tries } from './tries';

export interface ServeOptions {
  /** The command that starts this server, for messages. */
  readonly command: string;
  /** What the server is made of, for its greeting. */
  readonly framework: string;
  /** Ends what would keep a connection open. */
  readonly close: () => void;
}

const DEFAULT_PORT = 3000;
const GRACE_MS = 5000;
const IDLE_MS = 100;

/** Serves on PORT until SIGINT or SIGTERM; where that can't be, says why and ends with exit code 1. */
export function serve(listener: RequestListener, { command, framework, close }: ServeOptions): void {
  const port = parsePort(process.env.PORT);
  if (port === undefined) return fail(`PORT must be an integer from 0 to 65535, got "${process.env.PORT}".`);
  const server = createServer(listener);
  server.once('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') return fail(`Port ${port} can't be opened: ${error.message}.`);
    fail(`Port ${port} is taken. Try PORT=${port < 65535 ? port + 1 : DEFAULT_PORT} ${command}.`);
  });
  server.listen(port, () => greet(framework, (server.address() as AddressInfo).port));
  for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => shutDown(server, close));
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

/** Streams end, requests under way are answered; who takes longer than the grace is cut off. */
function shutDown(server: Server, close: () => void): void {
  close();
  void drain(server, { deadlineMs: GRACE_MS, idleMs: IDLE_MS });
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}
