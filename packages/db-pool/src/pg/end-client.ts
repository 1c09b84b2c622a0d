import type { Client } from 'pg';
import type { WireClient } from './wire';

/** Milliseconds for a goodbye. */
const FAREWELL_MS = 1_000;

/** Ends it in good order where nothing runs. A server that doesn't answer any more isn't waited for. */
export function endClient(client: Client, isBusy: boolean): Promise<void> {
  const stream = streamOf(client);
  if (stream.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => stream.destroy(), FAREWELL_MS);
    client.once('end', () => {
      clearTimeout(timer);
      resolve();
    });
    if (isBusy) stream.destroy();
    else client.end().catch(() => {});
  });
}

export const streamOf = (client: Client): WireClient['connection']['stream'] =>
  (client as unknown as WireClient).connection.stream;
