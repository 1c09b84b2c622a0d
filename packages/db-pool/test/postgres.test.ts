import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { Client } from 'pg';
import { type Postgres, startPostgres } from './postgres';

/** A connection that stays, its process, and how it ends. */
async function standing({ url }: Postgres) {
  const client = new Client(url);
  client.on('error', () => {});
  const ended = new Promise((resolve) => client.once('end', resolve));
  await client.connect();
  const { rows } = await client.query('SELECT pg_backend_pid() AS pid');
  return { client, ended, pid: rows[0].pid as number };
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** The code of a connection's failure; undefined where it is taken. */
const failureOf = (port: number): Promise<string | undefined> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', ({ code }: NodeJS.ErrnoException) => resolve(code));
    socket.once('connect', () => resolve(void socket.destroy()));
  });

describe('a PostgreSQL for tests', () => {
  let postgres: Postgres;

  // It may have to be installed.
  beforeAll(async () => {
    postgres = await startPostgres({ settings: { max_connections: 7 } });
    await postgres.sql('CREATE TABLE kept (n int)');
    await postgres.sql('INSERT INTO kept VALUES ($1)', [42]);
  }, 180_000);

  afterAll(() => postgres?.stop());

  it('answers on its port of 127.0.0.1, with the settings that it was given', async () => {
    const shown = `SELECT current_setting('listen_addresses') AS address, current_setting('port')::int AS port,
      current_setting('max_connections')::int AS max, $1::text AS given`;
    const { port } = postgres;
    expect(await postgres.sql(shown, ['a'])).toEqual([{ address: '127.0.0.1', port, max: 7, given: 'a' }]);
    expect(port).toBeLessThan(32_768);
  });

  it('fails a statement with the error of the server', async () => {
    await expect(postgres.sql('SELECT 1 / 0')).rejects.toMatchObject({ code: '22012' });
  });

  it('restarts with the same port and the same data, and ends all connections', async () => {
    const { pid, port } = postgres;
    const { ended } = await standing(postgres);
    await postgres.restart();
    await ended;
    expect([isRunning(pid), postgres.pid === pid, postgres.port]).toEqual([false, false, port]);
    expect(await postgres.sql('SELECT n FROM kept')).toEqual([{ n: 42 }]);
  });

  it('has no process left once it is killed, and comes back by a restart', async () => {
    const { pid, port } = postgres;
    const { client, ended } = await standing(postgres);
    const asleep = expect(client.query('SELECT pg_sleep(1000)')).rejects.toThrow();
    await postgres.kill();
    await Promise.all([asleep, ended]);
    expect([isRunning(pid), await failureOf(port)]).toEqual([false, 'ECONNREFUSED']);
    expect(() => postgres.pid).toThrow('PostgreSQL does not run');
    await postgres.restart();
    expect(await postgres.sql('SELECT n FROM kept')).toEqual([{ n: 42 }]);
  });

  it('comes back also where a process computes on for a while once the postmaster is killed', async () => {
    const { client, pid } = await standing(postgres);
    const computed = client.query('SELECT count(*) FROM generate_series(1, 5e6)').catch(() => {});
    const isAt = 'SELECT FROM pg_stat_activity WHERE pid = $1 AND state = $2';
    while ((await postgres.sql(isAt, [pid, 'active'])).length === 0);
    await postgres.kill();
    // It would find the memory of the killed one in use.
    await postgres.restart();
    await computed;
    expect(await postgres.sql('SELECT n FROM kept')).toEqual([{ n: 42 }]);
  });

  it('restarts all connections when the process of one is killed', async () => {
    const { pid } = postgres;
    const [one, other] = [await standing(postgres), await standing(postgres)];
    await postgres.killBackend(one.pid);
    await Promise.all([one.ended, other.ended]);
    expect(postgres.pid).toBe(pid);
    expect(await postgres.sql('SELECT n FROM kept')).toEqual([{ n: 42 }]);
  });

  describe('given a process of somebody else', () => {
    let foreign: ChildProcess;

    beforeEach(() => {
      foreign = spawn('sleep', ['1000'], { stdio: 'ignore' });
    });

    afterEach(() => foreign.kill());

    it('kills nothing', async () => {
      const { pid } = foreign;
      await expect(postgres.killBackend(pid!)).rejects.toThrow(`${pid} is no process of this server`);
      expect(isRunning(pid!)).toBe(true);
    });
  });
});

describe('a PostgreSQL that is stopped', () => {
  it.each<[string, (postgres: Postgres) => Promise<unknown>]>([
    ['while it runs', standing],
    ['after it was killed', (postgres) => postgres.kill()],
  ])(
    '%s leaves no process and no folder',
    async (_when, before) => {
      const postgres = await startPostgres();
      const { pid } = postgres;
      const [shown] = await postgres.sql<{ data_directory: string }>('SHOW data_directory');
      await before(postgres);
      await postgres.stop();
      expect([isRunning(pid), existsSync(shown!.data_directory)]).toEqual([false, false]);
      await postgres.stop();
    },
    20_000,
  );

  it('is one that could not start, too', async () => {
    const start = startPostgres({ settings: { max_connections: 'none' } });
    await expect(start).rejects.toThrow(/PostgreSQL has ended: .*max_connections/s);
  }, 20_000);
});
