import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Claims } from '@spillway/core/testing';
import { connect, type Session, turn, withSession } from './session';
import type { DriverSubject } from './subject';

const CANCELS = 5;
const GIVE_UP_MS = 50;
const FIRST = 'select 1 as n';
const SECOND = 'select 2 as n';

type Outcome = 'fulfilled' | 'rejected';

/** What becomes of statements that are sent now. */
const outcomesOf = async (session: Session, ...texts: readonly string[]): Promise<Outcome[]> =>
  (await Promise.allSettled(texts.map((text) => session.ask(text)))).map(({ status }) => status);

/** An order to cancel may come before the statement has begun, and does nothing then. */
async function cancelUntil(session: Session, isOver: Promise<unknown>): Promise<void> {
  let isGoingOn = true;
  void isOver.then(() => {
    isGoingOn = false;
  });
  while (isGoingOn) {
    await session.connection.cancel();
    await turn();
  }
}

const CANCEL: Claims<DriverSubject> = {
  'hits no later statement when nothing runs that could be cancelled': withSession(async (session) => {
    for (let i = 0; i < CANCELS; i++) {
      await session.connection.cancel();
      assert.equal(await session.value('select 1 as n'), 1);
    }
  }),

  'cancels the statement that runs, and no later one': withSession(async (session, { slow }) => {
    if (slow === undefined) return;
    for (let i = 0; i < CANCELS; i++) {
      const outcomes = outcomesOf(session, slow);
      await cancelUntil(session, outcomes);
      assert.equal(await session.value('select 1 as n'), 1);
      assert.deepEqual(await outcomes, ['rejected']);
    }
  }),
};

const CLOSE: Claims<DriverSubject> = {
  'fails what comes after its end': async ({ driver }) => {
    const session = await connect(driver);
    await session.connection.close();
    assert.deepEqual(await outcomesOf(session, FIRST, SECOND), ['rejected', 'rejected']);
    assert.equal(session.connection.transaction, 'none');
  },

  'fails what is on it when it is closed': async ({ driver, slow }) => {
    const session = await connect(driver);
    const outcomes = outcomesOf(session, slow ?? FIRST, SECOND);
    await session.connection.close();
    assert.deepEqual(await outcomes, ['rejected', 'rejected']);
  },

  'can be closed again, and is not lost by that': async ({ driver }) => {
    const session = await connect(driver);
    await Promise.all([session.connection.close(), session.connection.close()]);
    await session.connection.close();
    await turn();
    assert.deepEqual(session.losses, []);
  },

  'leaves nothing of an open transaction at its end': async ({ driver }) => {
    const session = await connect(driver);
    await session.ask(driver.dialect.begin({}));
    await session.connection.close();
    const next = await connect(driver);
    assert.equal(next.connection.transaction, 'none');
    assert.equal(await next.value('select 1 as n'), 1);
    await next.connection.close();
  },
};

const LOSS: Claims<DriverSubject> = {
  'tells once that it is lost, behind the jobs that were on it': async ({ driver, lose, slow }) => {
    if (!lose) return;
    const events: string[] = [];
    const lost = new AbortController();
    const onLost = () => {
      events.push('lost');
      lost.abort();
    };
    const session = await connect(driver, { onLost });
    const jobs = slow === undefined ? [] : [session.ask(slow).catch(() => events.push('failed'))];
    const told = once(lost.signal, 'abort');
    await lose(session.connection);
    await Promise.all([told, ...jobs]);
    await turn();
    assert.deepEqual(events, slow === undefined ? ['lost'] : ['failed', 'lost']);
    assert.deepEqual(await outcomesOf(session, FIRST, SECOND), ['rejected', 'rejected']);
    await session.connection.close();
    assert.equal(events.length, jobs.length + 1);
  },

  'gives up a database that says nothing': async ({ silent }) => {
    if (silent) await assert.rejects(connect(silent, { timeoutMs: GIVE_UP_MS }));
  },
};

export const ENDING_CLAIMS: Claims<DriverSubject> = { ...CANCEL, ...CLOSE, ...LOSS };
