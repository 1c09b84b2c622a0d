const { once } = require('node:events');
const http = require('node:http');
const { exchange } = require('./client');
const hosts = require('./hosts');
const { exchangeByHttp10 } = require('./http10');
const { firstLie } = require('./invariants');
const { Progress } = require('./progress');

/** A probe that has no end after this time has failed. */
const DEADLINE_MS = 8_000;

/** Some probes send 64 kB of fields. */
const MAX_HEADER_BYTES = 128 * 1024;

const NOT_APPLICABLE = '-';

/**
 * Serves a contestant on a free port.
 * @returns `run(probe)`: what failed first, undefined for nothing, NOT_APPLICABLE where it isn't for this contestant.
 */
async function open(contestant) {
  let current;
  const answerTo = ({ headers }) => {
    const { probe, progress } = current;
    return { answer: answerOf(probe, headers), progress };
  };
  const server = http.createServer(
    { maxHeaderSize: MAX_HEADER_BYTES },
    hosts[contestant.host](contestant.make(), answerTo),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  return {
    run(probe) {
      if (!isFor(probe, contestant)) return NOT_APPLICABLE;
      current = { probe, progress: undefined };
      return heedingWarnings(current, () => within(DEADLINE_MS, (agent) => failureOf(current, port, agent)));
    },
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const isFor = ({ on, offering }, { host, offers }) =>
  (!on || on.includes(host)) && (!offering || offers.includes(offering));

/** An answer may depend on the fields of the request. */
const answerOf = ({ answer }, fields) => (typeof answer === 'function' ? answer(fields) : answer);

/** Node tells by warnings what piles up. */
async function heedingWarnings(current, run) {
  const see = ({ name }) => {
    current.progress.warning = name;
  };
  process.on('warning', see);
  try {
    return await run();
  } finally {
    process.off('warning', see);
  }
}

async function within(limitMs, run) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  let deadline;
  const late = new Promise((resolve) => {
    deadline = setTimeout(resolve, limitMs, 'no end');
  });
  try {
    return await Promise.race([run(agent), late]);
  } finally {
    clearTimeout(deadline);
    agent.destroy();
  }
}

/** The request and, on the same connection, the one that may come after it. */
async function failureOf(current, port, agent) {
  const { probe } = current;
  const send = probe.http10 ? exchangeByHttp10 : exchange;
  const earlier = [];
  for (const step of [probe, probe.after]) {
    if (!step) continue;
    const { status, checks } = step;
    const request = typeof step.request === 'function' ? step.request(earlier[0]) : step.request;
    current.progress = new Progress();
    const response = await send(port, request, agent, current.progress);
    const answer = answerOf(probe, lowerCased(request.fields));
    const about = { request, answer, earlier: earlier[0], progress: current.progress, status };
    const failure = firstLie(response, about, step) ?? (await firstFailure(response, about, checks));
    if (failure !== undefined) return failure;
    earlier.push(response);
  }
  return undefined;
}

const lowerCased = (fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, value]) => [name.toLowerCase(), value]));

async function firstFailure(response, about, checks = []) {
  for (const check of checks) {
    const failure = await check(response, about);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

module.exports = { isFor, NOT_APPLICABLE, open };
