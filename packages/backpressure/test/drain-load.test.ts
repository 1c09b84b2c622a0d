import { Agent, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setImmediate as turn } from 'node:timers/promises';
import { createBackpressure, drain } from '@spillway/backpressure';
import type { App } from '@spillway/core/testing';
import { hosts } from './hosts';
import { TEXT } from './support';

const CLIENTS = 20;

/** The status of an answer that was read to its end, or the code of what went wrong. */
const outcomeOf = (port: number, agent: Agent): Promise<number | string> =>
  new Promise((resolve) => {
    get({ host: '127.0.0.1', port, agent }, (res) => {
      res.resume().on('end', () => resolve(res.statusCode!));
      res.on('error', ({ code }: NodeJS.ErrnoException) => resolve(code!));
    }).on('error', ({ code }: NodeJS.ErrnoException) => resolve(code!));
  });

/** Asks again as soon as it is answered, over connections that it keeps, until nobody listens any more. */
async function askOn(port: number, outcomes: (number | string)[]): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let outcome: number | string = 200;
  while (outcome === 200) {
    outcome = await outcomeOf(port, agent);
    outcomes.push(outcome);
  }
  agent.destroy();
}

describe.each(hosts.filter(({ http2 }) => !http2))('on $name', (host) => {
  it('clients that ask without a pause lose no request while the server goes', async () => {
    const app: App = async () => {
      for (let i = 0; i < 3; i++) await turn();
      return { headers: TEXT, body: 'x' };
    };
    await host.serve([createBackpressure()], app, async (client, server) => {
      const { port } = server.address() as AddressInfo;
      const outcomes: (number | string)[] = [];
      const clients = Array.from({ length: CLIENTS }, () => askOn(port, outcomes));
      while (outcomes.length < 10 * CLIENTS) await client.get('/');
      expect(await drain(server, { idleMs: 100 })).toEqual({ cut: 0 });
      await Promise.all(clients);
      const [lost, served] = [outcomes.filter((it) => it !== 200), outcomes.filter((it) => it === 200)];
      expect(served.length).toBeGreaterThan(10 * CLIENTS - CLIENTS);
      expect(lost).toEqual(Array(CLIENTS).fill('ECONNREFUSED'));
    });
  });
});
