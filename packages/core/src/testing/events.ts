import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Event } from '../events';

/** What was published of an event while `run` ran. */
export async function eventsOf<Payload extends object>(
  event: Event<Payload>,
  run: () => unknown,
): Promise<readonly Payload[]> {
  const payloads: Payload[] = [];
  const listen = (payload: unknown) => void payloads.push(payload as Payload);
  subscribe(event.name, listen);
  try {
    await run();
  } finally {
    unsubscribe(event.name, listen);
  }
  return payloads;
}
