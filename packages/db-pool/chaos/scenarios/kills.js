const { setTimeout: pause } = require('node:timers/promises');
const { Load, failed } = require('../load');
const { lostOrDoubled } = require('../marks');

const ROUNDS = 10;
const ROUND_MS = 300;
const KILLED = 5;

/** The connections in use are killed, half of them at a time. */
async function killedUnderLoad(stage, bounds) {
  const load = new Load(stage.client);
  for (let i = 0; i < ROUNDS; i++) {
    await pause(ROUND_MS);
    await stage.terminateBackends(KILLED);
  }
  await pause(ROUND_MS);
  const { reads, writes } = await load.stop();
  return [
    bounds.failedReads(failed(reads), reads.length),
    bounds.failedWrites(failed(writes), writes.length),
    await lostOrDoubled(stage, writes),
  ];
}

const IDLE_ROUNDS = 5;
const AT_ONCE = 40;
/** The goodbye of a server has come by then, also on a machine that is busy. */
const KNOWN_MS = 100;

/** All connections are killed while nothing runs on them, and the next requests come when the application may know. */
async function killedIdle(stage, bounds) {
  const answers = [];
  for (let i = 0; i < IDLE_ROUNDS; i++) {
    await stage.client.all(AT_ONCE, '/slow?ms=20');
    await stage.terminateBackends(100);
    await pause(KNOWN_MS);
    answers.push(...(await stage.client.all(AT_ONCE, '/read')));
  }
  return [bounds.failedReads(failed(answers), answers.length)];
}

/** The same, and the next requests are there before the goodbye. */
async function killedUnaware(stage, bounds) {
  const answers = [];
  for (let i = 0; i < IDLE_ROUNDS; i++) {
    await stage.client.all(AT_ONCE, '/slow?ms=20');
    await stage.terminateBackends(100);
    answers.push(...(await stage.client.all(AT_ONCE, '/read')));
  }
  return [bounds.failedReads(failed(answers), answers.length)];
}

module.exports = { killedUnderLoad, killedIdle, killedUnaware };
