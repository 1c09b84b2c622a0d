import type { Server as HttpServer, IncomingMessage } from 'node:http';
import { Server } from 'node:net';
import { checkOptions, isInteger } from '@spillway/core';
import { announceEnd, serverOf, type Traffic, trafficOf } from './traffic';

export interface DrainOptions {
  /** Milliseconds from the call until whatever still runs is cut off. @default 30_000 */
  readonly deadlineMs?: number | undefined;
  /**
   * Milliseconds in which readiness fails already and connections are still accepted: as long as a balancer needs to see it.
   * @default 0
   */
  readonly noticeMs?: number | undefined;
  /**
   * Milliseconds that idle connections are left open, for requests that are on their way on them. @default 1_000
   */
  readonly idleMs?: number | undefined;
}

export interface Drained {
  /** Requests that were cut off at the deadline. */
  readonly cut: number;
}

/** How often connections are looked for that have become idle. */
const IDLE_CHECK_MS = 50;

const running = new WeakMap<Server, Promise<Drained>>();

/** Whether a request came to a server that is going. */
export function isDraining(req: IncomingMessage): boolean {
  const server = serverOf(req);
  return server !== undefined && trafficOf(server).draining;
}

/**
 * Lets a server go without losing a request: readiness fails, responses say that their connection ends, nothing new is accepted, and what runs
 * is finished. Call it on SIGTERM. It knows of requests that pass a `backpressure`.
 * @param server of node:http, https or http2.
 * @returns once the last connection is closed, at the deadline at the latest. A second call gets the same.
 * @throws {OptionError} naming the option that is wrong.
 */
export function drain(server: Server, options: DrainOptions = {}): Promise<Drained> {
  checkOptions('drain', options, {
    deadlineMs: isInteger(0, MAX_MS),
    noticeMs: isInteger(0, MAX_MS),
    idleMs: isInteger(0, MAX_MS),
  });
  const begun = running.get(server);
  if (begun) return begun;
  const drained = begin(server, options);
  running.set(server, drained);
  return drained;
}

const MAX_MS = 2 ** 31 - 1;

function begin(
  server: Server,
  { deadlineMs = 30_000, noticeMs = 0, idleMs = 1_000 }: DrainOptions,
): Promise<Drained> {
  const traffic = trafficOf(server);
  traffic.draining = true;
  server.prependListener('request', announceEnd);
  for (const res of traffic.responses) announceEnd(res.req, res);
  return new Promise((resolve) => {
    let cut = 0;
    const timers = [
      setTimeout(() => stopListening(server, done), noticeMs),
      setTimeout(
        () => timers.push(setInterval(() => closeIdle(server, traffic), IDLE_CHECK_MS)),
        noticeMs + idleMs,
      ),
      setTimeout(() => {
        cut = traffic.responses.size;
        stopListening(server, done);
        cutOff(server, traffic);
      }, deadlineMs),
    ];
    const done = () => {
      for (const timer of timers) clearTimeout(timer);
      server.off('request', announceEnd);
      resolve({ cut });
    };
  });
}

/** A turn of the event loop that is shorter had nothing to do but to accept connections. */
const QUIET_MS = 1;

/**
 * Connections that the kernel has accepted would be reset: they are taken first, in a turn that does little else, if one comes.
 * `server.close()` of node:http would cut idle connections at once, with requests on their way.
 */
function stopListening(server: Server, done: () => void, turns = 100): void {
  const begunMs = performance.now();
  setImmediate(() => {
    if (turns > 0 && performance.now() - begunMs > QUIET_MS) stopListening(server, done, turns - 1);
    else Server.prototype.close.call(server, done);
  });
}

function closeIdle(server: Server, { sessions }: Traffic): void {
  (server as Partial<HttpServer>).closeIdleConnections?.();
  for (const session of sessions) session.close();
}

function cutOff(server: Server, { sessions }: Traffic): void {
  (server as Partial<HttpServer>).closeAllConnections?.();
  for (const session of sessions) session.destroy();
}
