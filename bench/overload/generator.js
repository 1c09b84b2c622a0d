const { connect } = require('./connections');
const { requestOf } = require('./connection');
const { offer } = require('./open-loop');
const { saturate } = require('./saturate');
const { mix, schedule } = require('./schedule');
const { startSlowClients } = require('./slow-clients');
const { lagOf, spanOf, windowsOf } = require('./summary');

/** Most that are open at a time, whoever is overloaded: more than 10 times the capacity keeps busy until clients give up. */
const MOST_CONNECTIONS = 6000;

/** Runs in a process of its own, beside no server. */
exports.inChild = () => ({ pid: () => process.pid, offer: offerPlan, saturate: saturateServer });

/**
 * One run of open-loop load.
 * @param plan `phases` and `arrivals` as in schedule.js; `kinds`: `{ name, path, headers, share }`; `opened`: connections beforehand;
 * `giveUpMs`; `spans`: by name, from and to when it is counted, in ms; `slow`: slow clients beside it.
 * @returns what became of it, `spans` by name, each with its `kinds` where there are several, and `windows`; `lag` of the generator itself; `slow`.
 */
async function offerPlan(port, plan) {
  const { phases, arrivals = 'constant', seed = 1, kinds, opened = 500, giveUpMs = 1000 } = plan;
  const dueMs = schedule(phases, arrivals, seed);
  const connections = await connect(port, { opened, most: MOST_CONNECTIONS });
  const stopSlow = plan.slow && startSlowClients(port, plan.slow);
  const requests = kinds.map(requestOf);
  const run = await offer({
    dueMs,
    kinds: mix(kinds, dueMs.length, seed),
    requests,
    connections,
    giveUpMs,
  });
  connections.close();
  return { ...summaryOf(run, plan), slow: stopSlow?.() };
}

function summaryOf(run, { phases, kinds, spans }) {
  const endMs = phases.reduce((ms, { seconds }) => ms + seconds * 1000, 0);
  const measured = Object.entries(spans).map(([name, [fromMs, toMs]]) => [
    name,
    {
      ...spanOf(run, fromMs, toMs),
      ...(kinds.length > 1 && { kinds: kinds.map((_, kind) => spanOf(run, fromMs, toMs, kind)) }),
    },
  ]);
  return { spans: Object.fromEntries(measured), windows: windowsOf(run, endMs), lag: lagOf(run) };
}

/** Closed loop on so many connections. */
async function saturateServer(port, { path, clients, warmupMs, ms }) {
  const connections = await connect(port, { opened: clients, most: clients });
  const taken = Array.from({ length: clients }, () => connections.take());
  const bytes = requestOf({ path });
  const perSecond = await saturate({ connections: taken, request: () => bytes, warmupMs, ms });
  for (const connection of taken) connection.leave();
  return perSecond;
}
