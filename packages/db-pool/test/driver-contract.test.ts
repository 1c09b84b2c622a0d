import type { Connection, Driver, Job } from '@spillway/db-pool';
import { driverContract } from '@spillway/db-pool/testing';
import { driverInMemory } from '../dist/sqlite/driver';
import { openSqlJs } from '../dist/sqlite/sql-js-engine';
import { samples } from './sqlite-samples';

type Run = (job: Job, send: (job: Job) => void) => void;

interface Defect {
  readonly run?: Run;
  readonly connection?: (sound: Connection) => Partial<Connection>;
  readonly driver?: Partial<Driver> | ((sound: Driver) => Partial<Driver>);
}

function defective({ run, connection, driver }: Defect): Driver {
  const sound: Driver = driverInMemory(openSqlJs);
  return {
    ...sound,
    async connect(options) {
      const opened = await sound.connect(options);
      const send = (job: Job) => opened.run(job);
      const changed: Connection = {
        native: opened.native,
        isPipelined: true,
        get transaction() {
          return opened.transaction;
        },
        run: (job) => (run ? run(job, send) : send(job)),
        cancel: () => opened.cancel(),
        close: () => opened.close(),
      };
      return Object.defineProperties(changed, Object.getOwnPropertyDescriptors(connection?.(opened) ?? {}));
    },
    ...(typeof driver === 'function' ? driver(sound) : driver),
  };
}

/** The claims that a driver fails. */
async function failed(defect: Defect): Promise<string[]> {
  const claims = new Map<string, () => Promise<void>>();
  const runner = {
    describe: (_name: string, body: () => void) => body(),
    it: (name: string, body: () => Promise<void>) => claims.set(name, body),
  };
  driverContract('a defect', { make: () => ({ driver: defective(defect), samples }), runner });
  const names: string[] = [];
  for (const [name, show] of claims) await show().catch(() => names.push(name));
  return names;
}

const dialect = (changes: Partial<Driver['dialect']>): Defect => ({
  driver: (sound) => ({ dialect: { ...sound.dialect, ...changes } }),
});

const withResult = (change: (result: object) => object): Run => {
  return (job, send) =>
    send({ ...job, done: (error, result) => job.done(error, result && { ...result, ...change(result) }) });
};

/** Holds a statement back until the next one has been sent. */
function swapped(): Run {
  let held: (() => void) | undefined;
  return (job, send) => {
    if (!held) {
      held = () => send(job);
      setImmediate(() => release());
      return;
    }
    send(job);
    release();
  };
  function release() {
    held?.();
    held = undefined;
  }
}

/** Runs in a slot what was there first. */
function stuck(): Run {
  const slots = new Map<number | undefined, Job['statement']>();
  return (job, send) => {
    const { slot } = job.statement;
    if (slot !== undefined && !slots.has(slot)) slots.set(slot, job.statement);
    send({ ...job, statement: slots.get(slot) ?? job.statement });
  };
}

describe('the contract of a driver', () => {
  it('is passed without a defect', async () => {
    expect(await failed({})).toEqual([]);
  });

  it.each<[string, string, () => Defect]>([
    [
      'settles twice',
      'settles each job once',
      () => ({
        run: (job, send) =>
          send({
            ...job,
            done(error, result) {
              job.done(error, result);
              job.done(error, result);
            },
          }),
      }),
    ],
    ['changes the order', 'settles each job once', () => ({ run: swapped() })],
    [
      'settles while it is sent to',
      'settles no job while it is being sent',
      () => ({
        run: (job) => job.done(undefined, { rows: [], rowCount: 0 }),
      }),
    ],
    [
      'gives rows without a prototype',
      'gives rows as plain objects',
      () => ({
        run: withResult((result) => ({
          rows: (result as { rows: object[] }).rows.map((row) => Object.assign(Object.create(null), row)),
        })),
      }),
    ],
    [
      'counts nothing',
      'counts what a write has changed',
      () => ({ run: withResult(() => ({ rowCount: null })) }),
    ],
    [
      'gives no rows',
      'gives the rows that a write returns',
      () => ({ run: withResult(() => ({ rows: [] })) }),
    ],
    [
      'runs the first statement only',
      'runs all statements of a text',
      () => ({
        run: (job, send) =>
          send({ ...job, statement: { ...job.statement, text: job.statement.text.split(/;\s*\S/)[0]! } }),
      }),
    ],
    [
      'takes placeholders as they come',
      'takes numbered placeholders in any order',
      () => ({
        run: (job, send) =>
          send({ ...job, statement: { ...job.statement, text: job.statement.text.replace('$2', '$1') } }),
      }),
    ],
    ['keeps the first statement of a slot', 'lets a slot hold another statement', () => ({ run: stuck() })],
    [
      'fills values up',
      'fails a statement that has too few values',
      () => ({
        run: (job, send) =>
          send({
            ...job,
            values: job.statement.text.includes('$2') ? [...job.values, 'x'].slice(0, 2) : job.values,
          }),
      }),
    ],
    [
      'knows no transaction',
      'tells how the transaction stands',
      () => ({
        connection: () => ({ transaction: 'none' as const }),
      }),
    ],
    [
      'calls every end a commit',
      'undoes what is rolled back',
      () => ({
        run: (job, send) => {
          const text = job.statement.text === 'rollback' ? 'commit' : job.statement.text;
          send({ ...job, statement: { ...job.statement, text } });
        },
      }),
    ],
    [
      'lies of a commit',
      'never tells of a commit that was none',
      () => ({
        run: (job, send) => {
          if (job.statement.text !== 'commit') return send(job);
          const done: Job['done'] = (error) =>
            job.done(error, { rows: [], rowCount: null, command: 'COMMIT' });
          send({ ...job, done, statement: { ...job.statement, text: 'rollback' } });
        },
      }),
    ],
    [
      'begins nothing where it reads only',
      'begins a transaction of every mode',
      () => dialect({ begin: ({ readOnly }) => (readOnly ? 'SELECT 1' : 'BEGIN') }),
    ],
    ['resets nothing', 'leaves nothing of a session behind a reset', () => dialect({ reset: 'SELECT 1' })],
    ['has a check that fails', 'has a check that a connection passes', () => dialect({ check: 'CHECK' })],
    [
      'reads everything',
      'takes nothing for a read that may be none',
      () => dialect({ kindOf: () => 'read' }),
    ],
    ['takes all for a session', 'knows what statements may do', () => dialect({ kindOf: () => 'session' })],
    [
      'takes all for a conflict',
      'takes no other error for a conflict',
      () => dialect({ isConflict: () => true }),
    ],
    ['has no connection', 'wants at least one connection', () => ({ driver: { maxConnections: 0 } })],
    [
      'does not close',
      'fails what comes after its end',
      () => ({ connection: () => ({ close: async () => {} }) }),
    ],
    [
      'closes late',
      'fails what is on it when it is closed',
      () => ({
        connection: (sound) => ({
          close: () => new Promise((done) => setImmediate(() => done(sound.close()))),
        }),
      }),
    ],
    [
      'can not be closed again',
      'can be closed again',
      () => ({
        connection: (sound) => {
          let isClosed = false;
          return {
            close: () => {
              if (isClosed) return Promise.reject(new Error('closed'));
              isClosed = true;
              return sound.close();
            },
          };
        },
      }),
    ],
    [
      'closes where it should cancel',
      'hits no later statement when nothing runs',
      () => ({
        connection: (sound) => ({ cancel: () => sound.close() }),
      }),
    ],
  ])('catches one that %s', async (_defect, claim, make) => {
    expect(await failed(make())).toEqual(expect.arrayContaining([expect.stringContaining(claim)]));
  });
});
