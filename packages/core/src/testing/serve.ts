import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createHttp2Server } from 'node:http2';
import type { AddressInfo, Server, Socket } from 'node:net';
import { Client } from './client';

export interface ServeOptions {
  /** HTTP/2 without TLS, through node's compatibility API. @default false */
  readonly http2?: boolean;
}

/** Serves a listener on a free port of 127.0.0.1 while `run` runs, and closes all of it whatever `run` does. */
export async function serve<Result>(
  listener: RequestListener,
  run: (client: Client, server: Server) => Promise<Result>,
  { http2 = false }: ServeOptions = {},
): Promise<Result> {
  const server: Server = http2 ? createHttp2Server(listener as never) : createServer(listener);
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const client = new Client((server.address() as AddressInfo).port, http2);
  try {
    return await run(client, server);
  } finally {
    client.close();
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  }
}
