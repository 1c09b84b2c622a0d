import { load } from '@spillway/core';
import { eventsOf } from '@spillway/core/testing';
import {
  closed,
  connectFailed,
  type Lease,
  Pool,
  type PoolOptions,
  PoolRefusedError,
  reclaimed,
  refused,
} from '@spillway/db-pool';
import { type FakeConnection, FakeDriver } from './fake-driver';
import { FakeTime, settled } from './fake-time';

let time: FakeTime;
let driver: FakeDriver;
beforeEach(() => {
  time = new FakeTime();
  driver = new FakeDriver();
});
const pools: Pool<FakeConnection>[] = [];
afterEach(async () => {
  const drained = pools.splice(0).map((pool) => pool.drain({ timeoutMs: 1 }));
  await time.pass(5);
  await Promise.all(drained);
  jest.useRealTimers();
});

function poolOf(options: Partial<PoolOptions<FakeConnection>> = {}): Pool<FakeConnection> {
  const pool = new Pool({ driver, max: 2, now: time.now, ...options });
  pools.push(pool);
  return pool;
}

/** One that has seen how fast its statements are, and whose driver waits for the test from now on. */
async function experienced(
  options: Partial<PoolOptions<FakeConnection>> = {},
): Promise<Pool<FakeConnection>> {
  driver.answers = true;
  const pool = poolOf({ ...options, min: options.max ?? 2 });
  await pool.warmUp();
  for (const text of ['read', 'write', 'read late']) await pool.query(text);
  for (const { sent } of driver.connections) sent.length = 0;
  driver.answers = false;
  return pool;
}

/** What a promise has come to by now. */
async function stateOf(promise: Promise<unknown>): Promise<unknown> {
  let state: unknown = 'pending';
  promise.then(
    () => {
      state = 'done';
    },
    (error) => {
      state = error.code ?? error;
    },
  );
  await settled();
  return state;
}

describe('leases', () => {
  it('are handed out up to max, and the next waits for one to come back', async () => {
    const pool = poolOf();
    const [first, second] = [await pool.acquire(), await pool.acquire()];
    const third = pool.acquire();
    expect(await stateOf(third)).toBe('pending');
    first.release();
    expect((await third).member).toBe(first.member);
    expect(driver.connections).toHaveLength(2);
    expect(second.member).not.toBe(first.member);
  });

  it('are granted in the order of asking', async () => {
    const pool = poolOf({ max: 1 });
    const held = await pool.acquire();
    const order: number[] = [];
    const waiting = [1, 2, 3].map((n) =>
      pool.acquire().then((lease) => {
        order.push(n);
        lease.release();
      }),
    );
    held.release();
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  it('use what was used last by default, and what was used first on wish', async () => {
    for (const [order, expected] of [
      ['lifo', 1],
      ['fifo', 0],
    ] as const) {
      driver = new FakeDriver();
      const pool = poolOf({ order });
      const leases = [await pool.acquire(), await pool.acquire()];
      for (const lease of leases) lease.release();
      const next = await pool.acquire();
      expect(next.member).toBe(leases[expected]!.member);
    }
  });

  it('release once, however often it is said', async () => {
    const pool = poolOf({ max: 1 });
    const lease = await pool.acquire();
    lease.release();
    const other = await pool.acquire();
    lease.release();
    expect(await stateOf(pool.acquire())).toBe('pending');
    await expect(lease.query('read')).rejects.toMatchObject({ code: 'ERR_LEASE_RELEASED' });
    await other.query('read');
  });

  it('leave no transaction and no setting behind', async () => {
    const pool = poolOf({ max: 1 });
    const lease = await pool.acquire();
    await lease.query('BEGIN');
    await lease.query('SET something');
    lease.release();
    const next = await pool.acquire();
    expect(driver.connections[0]!.sent).toEqual(['BEGIN', 'SET something', 'ROLLBACK', 'RESET']);
    expect(next.member).toBe(lease.member);
  });

  it('are given back when what runs on them has ended, not before', async () => {
    driver.answers = false;
    const pool = poolOf({ max: 1 });
    const lease = await pool.acquire();
    const query = lease.query('read');
    lease.release();
    const next = pool.acquire();
    expect(await stateOf(next)).toBe('pending');
    driver.connections[0]!.end();
    await query;
    await next;
  });

  it('whose connection can not be cleaned are not used again', async () => {
    const pool = poolOf({ max: 1 });
    const lease = await pool.acquire();
    await lease.query('BEGIN');
    driver.answers = false;
    lease.release();
    await settled();
    driver.connections[0]!.fail(new Error('no rollback'));
    driver.answers = true;
    const next = await pool.acquire();
    expect(next.member).not.toBe(lease.member);
    expect(driver.connections[0]!.isClosed).toBe(true);
  });

  it('that run nothing for too long are taken back, and the second time with the place that took them', async () => {
    const pool = poolOf({ max: 1, leakAfterMs: 1_000 });
    function leakingHandler() {
      return pool.acquire();
    }
    const events = await eventsOf(reclaimed, async () => {
      for (let i = 0; i < 2; i++) {
        const lease = await leakingHandler();
        await lease.query('BEGIN');
        await time.pass(1_100);
        await expect(lease.query('read')).rejects.toThrow('taken back: it has run nothing for 1000 ms');
      }
    });
    expect(events.map(({ place }) => place?.includes('leakingHandler') ?? false)).toEqual([false, true]);
    expect(driver.connections[0]!.sent.slice(0, 2)).toEqual(['BEGIN', 'ROLLBACK']);
  });

  it('that run something are not', async () => {
    driver.answers = false;
    const pool = poolOf({ max: 1, leakAfterMs: 1_000 });
    const lease = await pool.acquire();
    const query = lease.query('read');
    await time.pass(5_000);
    driver.connections[0]!.end();
    await query;
    await time.pass(900);
    expect(lease.isOver).toBe(false);
  });

  it('end a wait when the signal aborts, without a trace', async () => {
    const pool = poolOf({ max: 1 });
    const held = await pool.acquire();
    const controller = new AbortController();
    const waiting = pool.acquire({ signal: controller.signal });
    const reason = new Error('gone');
    controller.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await expect(pool.acquire({ signal: controller.signal })).rejects.toBe(reason);
    expect(pool.stats().waiting).toBe(0);
    held.release();
    await pool.acquire();
  });
});

describe('a transaction', () => {
  it('is within the savepoint that is open, by whichever name it is asked for', async () => {
    const pool = poolOf({ max: 1 });
    await pool.transaction((outer) =>
      outer.transaction(async () => {
        await outer.transaction((inner) => inner.query('write'));
        await outer.transaction((inner) => inner.query('write'));
      }),
    );
    const savepoint = ['SAVEPOINT spillway_2', 'write', 'RELEASE SAVEPOINT spillway_2'];
    expect(driver.connections[0]!.sent).toEqual([
      'BEGIN',
      'SAVEPOINT spillway_1',
      ...savepoint,
      ...savepoint,
      'RELEASE SAVEPOINT spillway_1',
      'COMMIT',
      'RESET',
    ]);
  });
});

describe('shared queries', () => {
  beforeEach(() => {
    driver.answers = false;
  });

  const inFlight = () => driver.connections.map(({ jobs }) => jobs.length);

  it('are spread over all connections before two share one', async () => {
    const pool = await experienced();
    for (let i = 0; i < 4; i++) {
      void pool.query('read').catch(() => {});
      await settled();
    }
    expect(inFlight()).toEqual([2, 2]);
  });

  it('do not line up behind one that is slow', async () => {
    const pool = poolOf();
    const queries = [pool.query('read slow'), pool.query('read')];
    await settled();
    await time.pass(50);
    driver.connections[1]!.end();
    queries.push(...Array.from({ length: 3 }, () => pool.query('read')));
    await settled();
    expect(driver.connections[0]!.sent).toEqual(['read slow']);
    void Promise.allSettled(queries);
  });

  it('that are known to be slow have a connection each', async () => {
    const pool = poolOf();
    const first = pool.query('read slow');
    await settled();
    await time.pass(100);
    driver.connections[0]!.end();
    await first;
    const queries = Array.from({ length: 4 }, () => pool.query('read slow'));
    await settled();
    expect(inFlight()).toEqual([1, 1]);
    expect(pool.stats().waiting).toBe(2);
    void Promise.allSettled(queries);
  });

  it('let a lease have a connection, however many there are', async () => {
    const pool = await experienced({ max: 1 });
    const queries = [pool.query('read'), pool.query('read')];
    await settled();
    const lease = pool.acquire();
    queries.push(pool.query('read late'));
    driver.connections[0]!.end();
    driver.connections[0]!.end();
    const held = await lease;
    expect(driver.connections[0]!.sent).toEqual(['read', 'read']);
    held.release();
    await settled();
    expect(driver.connections[0]!.sent).toEqual(['read', 'read', 'read late']);
    void Promise.allSettled(queries);
  });

  it('are refused where they may leave something behind', async () => {
    const pool = poolOf();
    for (const text of ['SET x', 'BEGIN', '', 'anything'])
      await expect(pool.query(text)).rejects.toMatchObject({ code: 'ERR_SESSION_NEEDED' });
    await expect(pool.query(undefined as never)).rejects.toThrow(TypeError);
    expect(driver.tries).toBe(0);
  });

  it('have nothing put behind them while nobody knows how slow they are', async () => {
    const pool = poolOf({ max: 1 });
    const queries = [pool.query('read'), pool.query('read')];
    await settled();
    expect(inFlight()).toEqual([1]);
    driver.connections[0]!.end();
    driver.connections[0]!.end();
    await Promise.all(queries);
  });

  it('have nothing put behind the first of them on a connection that has long said nothing', async () => {
    const pool = await experienced({ max: 1 });
    await time.pass(20);
    const queries = [pool.query('read'), pool.query('read'), pool.query('read')];
    expect(inFlight()).toEqual([1]);
    driver.connections[0]!.end();
    await settled();
    expect(inFlight()).toEqual([2]);
    driver.connections[0]!.end();
    driver.connections[0]!.end();
    await Promise.all(queries);
  });

  it('fail by themselves', async () => {
    const pool = await experienced({ max: 1 });
    const [first, second] = [pool.query('read'), pool.query('write')];
    await settled();
    driver.connections[0]!.fail(new Error('no such table'));
    driver.connections[0]!.end();
    await expect(first).rejects.toThrow('no such table');
    await second;
  });

  it('tell where they were asked for', async () => {
    async function theCaller() {
      await poolOf().query('SET x');
    }
    const error = await theCaller().catch((error) => error);
    expect(error.stack).toContain('theCaller');
  });
});

describe('a lost connection', () => {
  it('fails what was on it, and is replaced', async () => {
    driver.answers = false;
    const pool = poolOf({ max: 1 });
    const query = pool.query('read');
    await settled();
    driver.connections[0]!.lose();
    await expect(query).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    driver.answers = true;
    await pool.query('read');
    expect(driver.connections).toHaveLength(2);
  });

  it('has its reads sent once more on a connection that was opened since, and its writes not', async () => {
    driver.answers = false;
    const pool = poolOf({ retryReads: true });
    const queries = [pool.query('read'), pool.query('write')];
    await settled();
    await time.pass(1);
    const [first, second] = driver.connections;
    first!.lose();
    await settled();
    expect(driver.connections).toHaveLength(3);
    expect(second!.sent).toEqual(['write']);
    second!.lose();
    expect(await stateOf(queries[1]!)).toBe('ERR_CONNECTION_LOST');
    driver.connections[2]!.end();
    await queries[0];
  });

  it('has a read that is lost twice fail', async () => {
    driver.answers = false;
    const pool = poolOf({ max: 1, retryReads: true });
    const query = pool.query('read');
    await settled();
    for (const index of [0, 1]) {
      await time.pass(1);
      driver.connections[index]!.lose();
      await settled();
    }
    expect(await stateOf(query)).toBe('ERR_CONNECTION_LOST');
  });

  it('ends a lease that was on it', async () => {
    const pool = poolOf({ max: 1 });
    const lease = await pool.acquire();
    driver.connections[0]!.lose();
    await expect(lease.query('read')).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    lease.release();
    expect(pool.stats()).toMatchObject({ size: 0, leased: 0 });
    await pool.query('read');
  });
});

describe('a statement that is not answered', () => {
  it('ends its connection a second after the database should have ended it', async () => {
    const pool = await experienced({ max: 1, statementTimeoutMs: 500 });
    const queries = [pool.query('read'), pool.query('read')];
    const states = queries.map(stateOf);
    await time.pass(1_450);
    expect(driver.connections[0]!.isClosed).toBe(false);
    await time.pass(100);
    expect(driver.connections[0]!.isClosed).toBe(true);
    await expect(queries[0]).rejects.toMatchObject({ code: 'ERR_QUERY_TIMEOUT' });
    await expect(queries[1]).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' });
    await Promise.all(states);
  });
});

describe('a database that can not be reached', () => {
  it('is tried once at a time, at times that grow apart by chance, however many wait', async () => {
    driver.fault = new Error('refused');
    const pool = poolOf({ max: 10, acquireTimeoutMs: 60_000 });
    const queries = Array.from({ length: 50 }, () => pool.query('read'));
    await time.pass(3_000);
    // Half of 500 ms between two, in the mean.
    expect(driver.tries).toBeGreaterThan(5);
    expect(driver.tries).toBeLessThan(40);
    driver.fault = undefined;
    await time.pass(500);
    await Promise.all(queries);
  });

  it('is why those who waited are refused', async () => {
    driver.fault = new Error('refused');
    const pool = poolOf();
    const events = await eventsOf(connectFailed, async () => {
      const query = pool.query('read').catch((error) => error);
      await time.pass(2_600);
      expect(await query).toMatchObject({ code: 'ERR_POOL_DOWN', status: 503, cause: driver.fault });
    });
    expect(events[0]).toMatchObject({ pool: 'db', error: driver.fault });
  });

  it('fails a warm-up', async () => {
    driver.fault = new Error('refused');
    await expect(poolOf({ min: 1 }).warmUp()).rejects.toBe(driver.fault);
  });
});

describe('a wait', () => {
  const hold = async (pool: Pool<FakeConnection>): Promise<Lease<FakeConnection>> => pool.acquire();

  it('ends after acquireTimeoutMs', async () => {
    const pool = poolOf({ max: 1, acquireTimeoutMs: 1_000 });
    await hold(pool);
    const waiting = pool.acquire().catch((error) => error);
    await time.pass(950);
    expect(pool.stats().waiting).toBe(1);
    await time.pass(100);
    expect(await waiting).toMatchObject({ code: 'ERR_POOL_TIMEOUT', headers: { 'Retry-After': '1' } });
  });

  it('is only for as many as may', async () => {
    const pool = poolOf({ max: 1, maxWaiting: 2 });
    await hold(pool);
    const waiting = [pool.acquire(), pool.acquire()];
    const events = await eventsOf(refused, async () => {
      await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_FULL', waiting: 2 });
    });
    expect(events).toEqual([{ pool: 'db', code: 'ERR_POOL_FULL', waiting: 2 }]);
    void Promise.allSettled(waiting);
  });

  it('that would be too long is refused at once, with the time after which another try may do', async () => {
    const pool = poolOf({ max: 1, acquireTimeoutMs: 1_000 });
    // A lease is held for 400 ms.
    const first = await hold(pool);
    await time.pass(400);
    first.release();
    await hold(pool);
    const waiting = Array.from({ length: 3 }, () => pool.acquire());
    const error = await pool.acquire().catch((error) => error);
    expect(error).toBeInstanceOf(PoolRefusedError);
    expect(error.code).toBe('ERR_POOL_BUSY');
    expect(error.retryAfterMs).toBeGreaterThanOrEqual(1_200);
    expect(error.retryAfterMs).toBeLessThanOrEqual(2_400);
    void Promise.allSettled(waiting);
  });

  it('that has turned out to be too long is ended for those who came last', async () => {
    driver.answers = false;
    const pool = poolOf({ max: 1, acquireTimeoutMs: 1_000 });
    const codes: unknown[] = [];
    const queries = Array.from({ length: 100 }, (_, i) =>
      pool.query('read').then(
        () => codes.push(i),
        (error) => codes.push(error.code),
      ),
    );
    await settled();
    // Each takes 100 ms: ten of those who wait come in time.
    for (let i = 0; i < 3; i++) {
      await time.pass(100);
      driver.connections[0]?.end();
    }
    await time.pass(50);
    expect(codes.filter((code) => code === 'ERR_POOL_BUSY').length).toBeGreaterThan(70);
    expect(pool.stats().waiting).toBeGreaterThan(3);
    expect(pool.stats().waiting).toBeLessThanOrEqual(20);
    void Promise.allSettled(queries);
  });

  it('is not long because the process was busy with all that came at once', async () => {
    driver.answers = false;
    const pool = poolOf({ max: 10, min: 10 });
    await pool.warmUp();
    const queries = Promise.all(Array.from({ length: 2_000 }, () => pool.query('read')));
    await time.pass(40);
    for (const connection of driver.connections) connection.end();
    await time.pass(25);
    driver.answers = true;
    for (const connection of driver.connections) while (connection.jobs.length > 0) connection.end();
    await queries;
  });

  it('is no longer because few had to wait before, and seldom', async () => {
    const pool = poolOf({ max: 1, acquireTimeoutMs: 1_000 });
    const held = async () => (await pool.acquire()).release();
    for (let i = 0; i < 12; i++) {
      const first = await hold(pool);
      const second = held();
      await time.pass(1);
      first.release();
      await second;
      await time.pass(299);
    }
    await Promise.all(Array.from({ length: 300 }, held));
    expect(pool.stats().waiting).toBe(0);
  });

  it('is the load of the process', async () => {
    driver.answers = true;
    const pool = poolOf({ max: 1, acquireTimeoutMs: 1_000, name: 'orders' });
    const first = await hold(pool);
    await time.pass(400);
    first.release();
    const held = await hold(pool);
    const waiting = [pool.acquire(), pool.acquire()];
    await time.pass(50);
    expect(load.level()).toBeCloseTo(0.8, 1);
    expect(load.current().reason).toContain('orders');
    held.release();
    for (const lease of waiting) (await lease).release();
    await time.pass(50);
    expect(load.level()).toBe(0);
  });
});

describe('connections', () => {
  it('are opened when they are needed, min of them before', async () => {
    const pool = poolOf({ max: 5, min: 2 });
    expect(driver.connections).toHaveLength(0);
    await pool.warmUp();
    expect(driver.connections).toHaveLength(2);
    await Promise.all([pool.query('read'), pool.query('read')]);
    expect(driver.connections).toHaveLength(2);
  });

  it('are closed when they were idle for long, down to min', async () => {
    const pool = poolOf({ max: 3, min: 1, idleTimeoutMs: 1_000, keepAliveMs: 300 });
    const leases = await Promise.all([pool.acquire(), pool.acquire(), pool.acquire()]);
    for (const lease of leases) lease.release();
    await time.pass(900);
    expect(pool.stats().size).toBe(3);
    const events = await eventsOf(closed, () => time.pass(200));
    expect(pool.stats().size).toBe(1);
    expect(events.map(({ reason }) => reason)).toEqual(['idle', 'idle']);
  });

  it('are asked whether they live while they are idle, and not while they are used', async () => {
    const pool = poolOf({ max: 1, keepAliveMs: 1_000 });
    for (let i = 0; i < 3; i++) {
      await pool.query('read');
      await time.pass(900);
    }
    const [connection] = driver.connections;
    expect(connection!.sent).toEqual(['read', 'read', 'read']);
    await time.pass(200);
    expect(connection!.sent.at(-1)).toBe('read check');
  });

  it('that do not answer that are replaced before anybody needs them', async () => {
    const pool = poolOf({ max: 1, min: 1, keepAliveMs: 1_000, statementTimeoutMs: 500 });
    await pool.warmUp();
    driver.answers = false;
    await time.pass(3_000);
    expect(driver.connections[0]!.isClosed).toBe(true);
    expect(driver.connections.length).toBeGreaterThan(1);
  });

  it('are replaced when they are old, not all at once, and what runs on them may end', async () => {
    driver.answers = false;
    const pool = poolOf({ max: 5, min: 5, maxLifetimeMs: 10_000 });
    await pool.warmUp();
    const query = pool.query('read long');
    const ends = new Set<number>();
    for (let ms = 0; ms < 12_000; ms += 100) {
      await time.pass(100);
      const gone = driver.connections.slice(0, 5).filter(({ isClosed }) => isClosed).length;
      ends.add(gone);
    }
    expect(ends.size).toBeGreaterThan(2);
    const busy = driver.connections.find(({ sent }) => sent.includes('read long'))!;
    expect(busy.isClosed).toBe(false);
    busy.end();
    await query;
    expect(busy.isClosed).toBe(true);
  });

  it('of any number are chosen by a wrong option no more than refused', () => {
    for (const options of [
      { max: 0 },
      { max: 1.5 },
      { min: 3 },
      { max: 1_001 },
      { acquireTimeoutMs: 0 },
      { acquireTimeoutMs: Number.NaN },
      { order: 'random' },
      { driver: undefined },
      { maxWaiting: -1 },
      { size: 3 },
    ])
      expect(() => poolOf(options as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});

describe('drain', () => {
  it('lets those who are here finish, refuses who comes, and closes all', async () => {
    const pool = await experienced({ max: 1 });
    const queries = [pool.query('read'), pool.query('read')];
    await settled();
    const lease = pool.acquire();
    const drained = pool.drain();
    await expect(pool.query('read')).rejects.toMatchObject({ code: 'ERR_POOL_DRAINING' });
    await expect(pool.acquire()).rejects.toMatchObject({ code: 'ERR_POOL_DRAINING' });
    driver.connections[0]!.end();
    driver.connections[0]!.end();
    await Promise.all(queries);
    const held = await lease;
    expect(await stateOf(drained)).toBe('pending');
    held.release();
    await drained;
    expect(driver.connections.every(({ isClosed }) => isClosed)).toBe(true);
    expect(pool.stats()).toMatchObject({ size: 0, isDraining: true });
  });

  it('waits no longer than it may', async () => {
    const pool = poolOf({ max: 1 });
    const lease = await pool.acquire();
    const waiting = pool.acquire().catch((error) => error);
    const drained = pool.drain({ timeoutMs: 1_000 });
    await time.pass(1_100);
    await drained;
    expect(await waiting).toMatchObject({ code: 'ERR_POOL_DRAINING' });
    await expect(lease.query('read')).rejects.toMatchObject({ code: 'ERR_CONNECTION_LOST' });
  });

  it('fails a read that it no longer waits for, and does not send it once more', async () => {
    driver.answers = false;
    const pool = poolOf({ max: 1, retryReads: true });
    const query = pool.query('read');
    await settled();
    const drained = pool.drain({ timeoutMs: 100 });
    await time.pass(200);
    await drained;
    expect(await stateOf(query)).toBe('ERR_CONNECTION_LOST');
    expect(pool.stats().waiting).toBe(0);
  });

  it('closes a connection that was being opened', async () => {
    let connect = (): void => {};
    const opening = new Promise<void>((resolve) => {
      connect = resolve;
    });
    const slow = {
      ...driver,
      dialect: driver.dialect,
      connect: async (options: never) => {
        await opening;
        return driver.connect(options);
      },
    };
    const pool = poolOf({ driver: slow as never });
    const query = pool.query('read').catch((error) => error);
    const drained = pool.drain({ timeoutMs: 100 });
    await time.pass(200);
    await drained;
    connect();
    await settled();
    expect(await query).toMatchObject({ code: 'ERR_POOL_DRAINING' });
    expect(driver.connections[0]!.isClosed).toBe(true);
  });

  it('leaves no timer', async () => {
    const pool = poolOf({ min: 1 });
    await pool.warmUp();
    await pool.query('read');
    await pool.drain();
    expect(jest.getTimerCount()).toBe(0);
  });
});
