import type { Client } from 'pg';
import type { WireClient } from './wire';

/** Milliseconds within which a server that works has taken the order. */
const PATIENCE_MS = 2_000;

/**
 * Orders the server to stop what a client runs, over a socket of its own (PostgreSQL, 55.2.8).
 * @param courier a client that isn't connected, and never will be.
 * @returns resolves once the server has closed that socket: it has passed the order on by then, so that no later statement is hit. Rejects
 * where nobody knows whether it has.
 */
export function sendCancel({ processID, secretKey }: WireClient, courier: Client): Promise<void> {
  const { connection, host, port, ssl, sslNegotiation } = courier as unknown as WireClient;
  return new Promise((resolve, reject) => {
    const give = () => connection.cancel(processID!, secretKey!);
    const timer = setTimeout(
      () => connection.stream.destroy(new Error('The server has not taken the order to cancel')),
      PATIENCE_MS,
    );
    connection.once('error', reject);
    connection.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
    connection.once('connect', () => {
      if (!ssl) give();
      else if (sslNegotiation !== 'direct') connection.requestSsl();
    });
    connection.once('sslconnect', give);
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}
