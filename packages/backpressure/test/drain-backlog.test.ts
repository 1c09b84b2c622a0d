import { createBackpressure, drain } from '@spillway/backpressure';
import type { App } from '@spillway/core/testing';
import { hosts } from './hosts';
import { holding, TEXT, until } from './support';

const CLIENTS = 20;
const LONG_MS = 3_600_000;

// Sockets go by the system's clock, what is tested by one that a test moves.
beforeEach(() => jest.useFakeTimers({ doNotFake: ['nextTick', 'performance', 'setImmediate'] }));
afterEach(() => jest.useRealTimers());

const echo: App = ({ req }) => ({ headers: TEXT, body: req.url! });

describe.each(hosts.filter(({ http2 }) => !http2))('a server on $name', (host) => {
  it('that stops listening serves all whose connections the kernel has accepted by then', async () => {
    await host.serve([createBackpressure()], echo, async (client, server) => {
      const connections = Array.from({ length: CLIENTS }, () => client.connect());
      for (const connection of connections) connection.request('/served');
      // In this very turn: node has taken none of them yet.
      const drained = drain(server, { idleMs: LONG_MS, deadlineMs: LONG_MS });
      jest.advanceTimersByTime(0);
      const answers = await Promise.all(
        connections.map((connection) => connection.until(/\r\n\r\n\/served/).catch(() => 'reset')),
      );
      expect(answers).toEqual(Array(CLIENTS).fill(expect.stringContaining('200 OK')));
      expect(await drained).toEqual({ cut: 0 });
    });
  });

  it.each(['before it goes', 'while it goes'])(
    'answers all requests that were pipelined on a connection %s',
    async (when) => {
      const { app, held, letGo } = holding();
      await host.serve([createBackpressure()], app, async (client, server) => {
        const connection = client.connect();
        connection.request('/held');
        await until(() => held.length === 1);
        if (when === 'before it goes') connection.request('/held/second');
        if (when === 'before it goes') await until(() => held.length === 2);
        const drained = drain(server, { idleMs: LONG_MS, deadlineMs: LONG_MS });
        jest.advanceTimersByTime(0);
        if (when === 'while it goes') connection.request('/held/second');
        await until(() => held.length === 2);
        letGo();
        letGo();
        expect(await connection.until(/\r\n\r\n\/held\/second/)).toMatch(/\/held.*Connection: close/is);
        expect(await drained).toEqual({ cut: 0 });
      });
    },
  );

  it.each([0, 5])('is closed once, at a deadline of %d as well', async (deadlineMs) => {
    await host.serve([createBackpressure()], echo, async (_client, server) => {
      let closed = 0;
      server.on('close', () => closed++);
      const drained = drain(server, { deadlineMs });
      jest.advanceTimersByTime(deadlineMs);
      expect(await drained).toEqual({ cut: 0 });
      for (let turns = 0; turns < 200; turns++) await new Promise((resolve) => setImmediate(resolve));
      expect(closed).toBe(1);
    });
  });
});
