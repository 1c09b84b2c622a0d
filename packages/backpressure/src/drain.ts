import type { Server as HttpServer } from 'node:http';
import { Server, type Socket } from 'node:net';
import { checkOptions, isInteger } from '@spillway/core';
import { announceEnd, type Traffic, trafficOf } from './traffic';

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
    const timers: NodeJS.Timeout[] = [];
    let cut = 0;
    const done = () => {
      for (const timer of timers) clearTimeout(timer);
      server.off('close', done).off('request', announceEnd);
      whenOver(traffic, () => resolve({ cut }));
    };
    const end = () => {
      cut = traffic.responses.size;
      stop(server);
      cutOff(server, traffic);
      // Connections may be left that nobody knows of.
      setImmediate(() => setImmediate(done));
    };
    const watchIdle = () => timers.push(setInterval(closeIdle, IDLE_CHECK_MS, server, traffic));
    server.on('close', done);
    timers.push(
      setTimeout(stopListening, noticeMs, server),
      setTimeout(watchIdle, noticeMs + idleMs),
      setTimeout(end, deadlineMs),
    );
  });
}

/** A server is closed before the responses on its last connections are. */
function whenOver(traffic: Traffic, then: () => void, turns = 10): void {
  if (traffic.responses.size === 0 || turns === 0) then();
  else setImmediate(whenOver, traffic, then, turns - 1);
}

/** Connections that the kernel has accepted would be reset: they are taken first, until a turn of the event loop brings none. */
function stopListening(server: Server, turns = 100): void {
  let isTaking = false;
  const note = () => {
    isTaking = true;
  };
  server.on('connection', note);
  setImmediate(() => {
    server.off('connection', note);
    if (isTaking && turns > 0) stopListening(server, turns - 1);
    else stop(server);
  });
}

/** `server.close()` of node:http would cut idle connections at once, with requests on their way. */
function stop(server: Server): void {
  if (server.listening) Server.prototype.close.call(server);
}

function closeIdle(server: Server, { sessions }: Traffic): void {
  (server as Partial<HttpServer>).closeIdleConnections?.();
  // Node takes one that has sent nothing yet for busy.
  for (const socket of socketsOf(server)) if (socket.bytesRead === 0) socket.destroy();
  for (const session of sessions) session.close();
}

function cutOff(server: Server, { sessions }: Traffic): void {
  (server as Partial<HttpServer>).closeAllConnections?.();
  for (const session of sessions) session.destroy();
  for (const socket of socketsOf(server)) socket.destroy();
}

/** All connections to a server: also those that were taken over, and HTTP/2 that nothing was asked on, which node has in no list of its own. */
function socketsOf(server: Server): readonly Socket[] {
  const { _getActiveHandles } = process as {
    _getActiveHandles?: () => readonly (Socket & { server?: Server })[];
  };
  return _getActiveHandles?.().filter((handle) => handle.server === server) ?? [];
}
