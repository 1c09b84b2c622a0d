import { type ClientHttp2Session, connect, constants } from 'node:http2';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createBackpressure, LoadShedder } from '@spillway/backpressure';
import { hookError } from '@spillway/core';
import { type App, eventsOf, seeded } from '@spillway/core/testing';
import { hosts } from './hosts';
import { TEXT, until } from './support';

const SESSIONS = 100;
const AT_ONCE = 10;
const STREAMS = 4;
const MOST_TURNS = 30;

const LIMITS = { limit: 3, whenFull: 'wait', turnBudgetMs: 10_000 } as const;

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await turn();
}

/** Requests of one session, some of which leave alone; then the session goes, wherever the others are. */
async function leave(session: ClientHttp2Session, random: () => number): Promise<void> {
  session.on('error', () => {});
  for (let i = 0; i < STREAMS; i++) {
    const method = random() < 0.5 ? 'GET' : 'POST';
    const stream = session.request({ ':method': method }, { endStream: method === 'GET' });
    stream.on('error', () => {}).resume();
    if (method === 'POST') stream.write('part');
    if (random() < 0.3) void turns(MOST_TURNS * random()).then(() => stream.close(constants.NGHTTP2_CANCEL));
  }
  await turns(MOST_TURNS * random());
  session.destroy();
}

/** Takes some turns, and reads the body of some. */
const app: App = async ({ req }) => {
  await turns(5);
  if (req.url === '/reads') for await (const _chunk of req);
  return { headers: TEXT, body: 'x' };
};

describe.each(hosts.filter(({ http2 }) => http2))('on $name', (host) => {
  it('sessions that go with all their requests, running or waiting, take no slot with them', async () => {
    const shedder = new LoadShedder(LIMITS);
    const random = seeded(7);
    await host.serve([createBackpressure({ shedder })], app, async (client, server) => {
      const { port } = server.address() as AddressInfo;
      let begun = 0;
      let mostWaiting = 0;
      const leavers = Array.from({ length: AT_ONCE }, async () => {
        while (begun++ < SESSIONS) {
          const left = leave(connect(`http://127.0.0.1:${port}`), random);
          mostWaiting = Math.max(mostWaiting, shedder.stats().queued);
          await left;
        }
      });
      const failed = await eventsOf(hookError, async () => {
        await Promise.all(leavers);
        await until(() => shedder.stats().inFlight + shedder.stats().queued === 0);
      });
      expect(failed).toEqual([]);
      expect(mostWaiting).toBeGreaterThan(3);
      const answers = await Promise.all(Array.from({ length: LIMITS.limit }, () => client.get('/')));
      expect(answers.map(({ status }) => status)).toEqual(Array(LIMITS.limit).fill(200));
      expect(shedder.stats()).toMatchObject({ inFlight: 0, queued: 0, shed: { full: 0, timeout: 0 } });
    });
  });
});
