const { setTimeout: pause } = require('node:timers/promises');
const { Load, failed, recoveryMs } = require('../load');
const { lostOrDoubled } = require('../marks');

const BEFORE_MS = 1_000;
/** Beyond the second within which all is to be well again. */
const AFTER_MS = 2_500;
const DARK_MS = 4_000;

/** Load around an outage. @param outage resolves when the database is there again. */
async function outage(stage, outage) {
  const load = new Load(stage.client);
  await pause(BEFORE_MS);
  await outage();
  const upMs = performance.now();
  await pause(AFTER_MS);
  const { reads, writes } = await load.stop();
  return [
    { what: 'recovery, ms', measured: recoveryMs(reads, upMs), most: 1_000 },
    { what: 'reads failed meanwhile', measured: failed(reads), of: reads.length },
    await lostOrDoubled(stage, writes),
  ];
}

/** Which ends all others too: they share memory. */
const backendKilled = (stage) =>
  outage(stage, async () => stage.postgres.killBackend(await stage.anyBackend()));

const restarted = (stage) => outage(stage, () => stage.postgres.restart());

/** Nothing passes, nothing is closed. */
const blackHoled = (stage) =>
  outage(stage, async () => {
    stage.proxy.blackhole();
    await pause(DARK_MS);
    stage.proxy.heal();
  });

module.exports = { backendKilled, restarted, blackHoled };
