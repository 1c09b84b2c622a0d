import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * Lets a server listen on a free port of 127.0.0.1, from 20000 to 31999, and gives it. That is below those that
 * connections get: who dials a port of theirs while nobody listens may connect to itself.
 */
export async function listenBelowEphemeral(server: Server): Promise<number> {
  for (;;) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    const failure = await once(server.listen(port, '127.0.0.1'), 'listening').then(
      () => undefined,
      (error: NodeJS.ErrnoException) => error,
    );
    if (!failure) return port;
    if (failure.code !== 'EADDRINUSE') throw failure;
  }
}

/** A port as of `listenBelowEphemeral`, for a server of another program, which picks none by itself. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listenBelowEphemeral(server);
  await new Promise((closed) => server.close(closed));
  return port;
}
