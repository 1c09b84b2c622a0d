import { execFile } from 'node:child_process';
import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import path from 'node:path';
import { promisify } from 'node:util';

const { connect, Connections } = require('../overload/connections');
const { offer } = require('../overload/open-loop');
const { linePlot } = require('../harness/plots');
const { mix, schedule } = require('../overload/schedule');
const { lagOf, spanOf } = require('../overload/summary');

const sum = (numbers: Iterable<number>) => [...numbers].reduce((all, number) => all + number, 0);

describe('arrivals', () => {
  const phases = [
    { seconds: 1, perSecond: 100 },
    { seconds: 0.5, perSecond: 1000 },
  ];

  it('constant ones keep their distance in each phase', () => {
    const times: number[] = [...schedule(phases, 'constant')];
    expect(times.filter((ms) => ms < 1000)).toHaveLength(100);
    expect(times.filter((ms) => ms >= 1000)).toHaveLength(500);
    expect(times.slice(0, 3)).toEqual([5, 15, 25]);
    expect(times[100]).toBeCloseTo(1000.5);
    expect(times[101]).toBeCloseTo(1001.5);
  });

  it('Poisson ones have gaps as far spread as long, and the rate of each phase', () => {
    const times: number[] = [...schedule([{ seconds: 100, perSecond: 100 }], 'poisson', 3)];
    const gaps = times.slice(1).map((ms, i) => ms - times[i]!);
    const mean = sum(gaps) / gaps.length;
    const deviation = Math.sqrt(sum(gaps.map((gap) => (gap - mean) ** 2)) / gaps.length);
    expect(mean).toBeGreaterThan(9.5);
    expect(mean).toBeLessThan(10.5);
    expect(deviation / mean).toBeGreaterThan(0.95);
    expect(deviation / mean).toBeLessThan(1.05);
    const late = [...schedule(phases, 'poisson', 3)].filter((ms) => ms >= 1000);
    expect(late.length).toBeGreaterThan(430);
    expect(late.length).toBeLessThan(570);
  });

  it('Poisson ones are the same for the same seed, and others for another', () => {
    expect(schedule(phases, 'poisson', 1)).toEqual(schedule(phases, 'poisson', 1));
    expect(schedule(phases, 'poisson', 1)).not.toEqual(schedule(phases, 'poisson', 2));
  });

  it('kinds are mixed by their shares', () => {
    const kinds: number[] = [...mix([{ share: 0.2 }, { share: 0.7 }, { share: 0.1 }], 10_000, 5)];
    const counts = [0, 1, 2].map((kind) => kinds.filter((one) => one === kind).length / 10_000);
    for (const [i, share] of [0.2, 0.7, 0.1].entries())
      expect(Math.abs(counts[i]! - share)).toBeLessThan(0.02);
  });
});

/** A connection whose answers the test gives. */
class Line {
  open = true;
  left = false;
  settle?: (answer?: { status: number; retryAfterS?: number }) => void;
  constructor(readonly closed: () => void = () => {}) {}
  send(_request: string, settle: NonNullable<Line['settle']>) {
    this.settle = settle;
  }
  leave() {
    this.open = false;
    this.left = true;
  }
  /** As a socket's event comes: later. */
  close() {
    this.open = false;
    this.closed();
    this.settle?.(undefined);
  }
}

const linesUpTo = (most: number) => {
  const lines: Line[] = [];
  const connections = new Connections((closed: () => void) => {
    const line = new Line(closed);
    lines.push(line);
    return line;
  }, most);
  return { lines, connections };
};

describe('connections', () => {
  it('the one that was idle longest is taken', () => {
    const { connections } = linesUpTo(3);
    const [a, b, c] = [connections.add(), connections.add(), connections.add()];
    for (const line of [b, c, a]) connections.release(line);
    expect(connections.take()).toBe(b);
    connections.release(b);
    expect([connections.take(), connections.take(), connections.take()]).toEqual([c, a, b]);
  });

  it('another is opened where all are busy, up to the bound, and again once one has closed', () => {
    const { connections, lines } = linesUpTo(2);
    connections.take();
    connections.take();
    expect(connections.take()).toBeUndefined();
    lines[0]!.close();
    expect(connections.take()).toBe(lines[2]);
  });

  it('one that closed while it was idle is not taken', () => {
    const { connections, lines } = linesUpTo(2);
    connections.release(connections.take());
    lines[0]!.close();
    expect(connections.take()).toBe(lines[1]);
  });
});

describe('the open loop', () => {
  beforeEach(() => jest.useFakeTimers());
  afterEach(() => {
    jest.restoreAllMocks();
    jest.useRealTimers();
  });

  const LEAD_MS = 20;
  const loadOf = (dueMs: number[], connections: unknown) =>
    offer({
      dueMs: Float64Array.from(dueMs),
      kinds: new Uint8Array(dueMs.length),
      requests: ['GET'],
      connections,
      giveUpMs: 1000,
    });

  it('latency counts from the intended time, also of a request that waited for a connection', async () => {
    const { connections, lines } = linesUpTo(1);
    const run = loadOf([0, 100, 200], connections);
    jest.advanceTimersByTime(LEAD_MS + 500);
    expect(lines).toHaveLength(1); // the server stalls: the others wait
    for (let answered = 0; answered < 3; answered++) lines[0]!.settle!({ status: 200 });
    const { latencyMs, lagMs } = await run;
    expect([...latencyMs].map(Math.round)).toEqual([500, 400, 300]);
    expect(Math.max(...lagMs)).toBeLessThan(2); // it was not the generator
  });

  it('requests go out when they are due, though none was answered', async () => {
    const { connections, lines } = linesUpTo(10);
    const run = loadOf([0, 100, 200], connections);
    jest.advanceTimersByTime(LEAD_MS + 99);
    expect(lines).toHaveLength(1);
    jest.advanceTimersByTime(102);
    expect(lines).toHaveLength(3);
    for (const line of lines) line.settle!({ status: 503, retryAfterS: 2 });
    const { status, retryAfterS } = await run;
    expect([...status]).toEqual([503, 503, 503]);
    expect([...retryAfterS]).toEqual([2, 2, 2]);
  });

  it('a client leaves after its time, and its connection with it; so does one that waits for a connection', async () => {
    const { connections, lines } = linesUpTo(1);
    const run = loadOf([0, 0, 900], connections);
    jest.advanceTimersByTime(LEAD_MS + 999);
    expect(lines[0]!.left).toBe(false);
    jest.advanceTimersByTime(2);
    expect(lines[0]!.left).toBe(true);
    lines[0]!.close();
    expect(lines).toHaveLength(2); // for the third: the second has left
    lines[1]!.settle!({ status: 200 });
    const { status, latencyMs } = await run;
    expect([...status]).toEqual([0, 0, 200]);
    expect(latencyMs[2]).toBeCloseTo(101, -1);
  });

  it('a generator that is late says so, its latencies count all the same, and its run is void', async () => {
    const { connections, lines } = linesUpTo(10);
    const run = loadOf([0, 10, 20, 30], connections);
    jest.advanceTimersByTime(LEAD_MS + 1);
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + 150); // its timers fire so late
    jest.advanceTimersByTime(20);
    for (const line of lines) line.settle!({ status: 200 });
    const measured = await run;
    expect(Math.max(...measured.lagMs)).toBeGreaterThan(130);
    expect(measured.latencyMs[1]).toBeGreaterThan(130);
    expect(lagOf(measured)).toMatchObject({ void: true });
  });
});

describe('what is counted', () => {
  const run = {
    dueMs: Float64Array.of(0, 10, 20, 30, 1000),
    kinds: Uint8Array.of(0, 1, 0, 0, 0),
    status: Uint16Array.of(200, 200, 503, 0, 200),
    latencyMs: Float64Array.of(20, 251, 1, Number.NaN, 1),
    retryAfterS: Float64Array.of(Number.NaN, Number.NaN, 3, Number.NaN, Number.NaN),
  };

  it('goodput is what was answered 2xx in time, of the requests that were due in the span', () => {
    expect(spanOf(run, 0, 500)).toEqual({
      offered: 8,
      goodput: 2,
      sent: 4,
      good: 1,
      refused: 1,
      failed: 1,
      p50Ms: 20,
      p99Ms: 251,
      retryAfterS: [3, 3],
    });
  });

  it('one kind is counted alone', () => {
    expect(spanOf(run, 0, 500, 1)).toMatchObject({ sent: 1, good: 0, p50Ms: 251 });
  });
});

it('an answer is read in whatever pieces it comes', async () => {
  const answers = [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 503 Service Unavailable\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n',
    'HTTP/1.1 204 No Content\r\n\r\n',
  ];
  const server = net.createServer((socket) => {
    socket.setNoDelay().on('data', () => {
      for (const byte of answers.shift()!) socket.write(byte);
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const connections = await connect((server.address() as AddressInfo).port, { opened: 1, most: 1 });
  const connection = connections.take();
  const ask = () => new Promise((settle) => connection.send('GET / HTTP/1.1\r\n\r\n', settle));
  expect(await ask()).toEqual({ status: 200 });
  expect(await ask()).toEqual({ status: 503, retryAfterS: 7 });
  expect(await ask()).toEqual({ status: 204 });
  connection.leave();
  await new Promise((closed) => server.close(closed));
});

it('a plot draws each series, on no background', () => {
  const svg: string = linePlot({
    title: 'goodput',
    series: {
      one: [
        [1, 2],
        [2, undefined],
        [3, 4],
      ],
      'the other': [[1, 3]],
    },
    x: { title: 'load' },
    y: { title: '%' },
    shaded: [1, 2, 'overload'],
    marked: [2, 'capacity'],
  });
  for (const text of ['goodput', 'one', 'the other', 'load', 'overload', 'capacity'])
    expect(svg).toContain(text);
  expect(svg).not.toMatch(/<rect width="760" height="400" x="0" y="0"[^>]*fill="(?!none|transparent)/);
});

describe('npm run bench:overload', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, [path.join(__dirname, '../overload/run.js'), ...args]);

  // What it measures is no matter of a test: the machine may be busy.
  it('measures those that are protected and one that is not', async () => {
    const { stdout } = await run('--quick');
    expect(stdout).toMatch(/^Capacity: .* on express \d+\/s/m);
  }, 60_000);

  it('refuses an unknown scenario with those that there are', async () => {
    await expect(run('--only', 'nothing')).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining('curve, step, mixed'),
    });
  });
});
