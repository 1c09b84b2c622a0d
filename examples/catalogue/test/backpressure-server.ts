import { Agent, get } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Server, serverOf, serving } from './server';

const CLIENTS = 20;

/** What the small servers with backpressure promise, on whichever framework. */
export function describeBackpressureServer(example: string): void {
  describe(example, () => {
    const held = serving(serverOf(example));
    const ask = (path: string, init?: RequestInit) => held.server.ask(path, init);

    it('serves, and tells what goes on', async () => {
      expect(await ask('/hash')).toMatchObject({ status: 200, json: { hash: expect.any(Number) } });
      const { json } = await ask('/stats');
      expect(json).toMatchObject({ inFlight: 1, queued: 0, admitted: 2, shed: { full: 0, turn: 0 } });
    });

    it('refuses the reports that it has no time for, and is alive and serves all else', async () => {
      const reports = Promise.all(Array.from({ length: 100 }, () => ask('/report')));
      const others = await Promise.all(['/hash', '/livez', '/readyz'].map((path) => ask(path)));
      expect(others.map(({ status }) => status)).toEqual([200, 204, 204]);
      const answers = await reports;
      const served = answers.filter(({ status }) => status === 200);
      const refused = answers.filter(({ status }) => status === 503);
      expect(served.length).toBeGreaterThanOrEqual(20);
      expect(refused.length).toBe(100 - served.length);
      expect(refused.length).toBeGreaterThan(0);
      for (const { type, headers } of refused) {
        expect(type).toBe('application/problem+json');
        expect(Number(headers.get('Retry-After'))).toBeGreaterThanOrEqual(1);
      }
      expect((await ask('/stats')).json).toMatchObject({ shedByPriority: { sheddable: refused.length } });
    });

    it('loses no request of a balancer that looks whether it is ready when it is told to end', async () => {
      const server = await Server.start(serverOf(example));
      const port = Number(new URL(server.url).port);
      const ends: (number | string | undefined)[] = [];
      let isReady = true;
      const balance = async () => {
        const agent = new Agent({ keepAlive: true, maxSockets: 1 });
        while (isReady) ends.push(await outcome(port, '/hash', agent));
        agent.destroy();
      };
      const clients = Array.from({ length: CLIENTS }, balance);
      while (ends.length < 5 * CLIENTS) await new Promise(setImmediate);
      const stopped = server.stop('SIGTERM');
      while ((await outcome(port, '/readyz', new Agent())) === 204);
      const before = ends.length;
      while (ends.length < before + CLIENTS) await new Promise(setImmediate);
      isReady = false;
      await Promise.all(clients);
      expect(ends.filter((end) => end !== 200 && end !== 503)).toEqual([]);
      expect(await stopped).toEqual({ code: 0, stderr: '' });
    });
  });
}

/** The status of an answer read to its end, or why there is none. */
const outcome = (port: number, path: string, agent: Agent): Promise<number | string | undefined> =>
  new Promise((resolve) => {
    const fail = ({ code }: NodeJS.ErrnoException) => resolve(code);
    get({ host: '127.0.0.1', port, path, agent }, (response) => {
      buffer(response).then(() => resolve(response.statusCode), fail);
    }).on('error', fail);
  });
