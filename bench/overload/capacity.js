const { NONE, PLAIN_KOA } = require('./contestants');
const { SLOTS } = require('./downstream');
const { measure, startServer } = require('./measure');
const { CPU_MS, IO_MS, WORKLOADS } = require('./scenarios');

const PLAIN = { express: NONE, koa: PLAIN_KOA };
const CLIENTS = 64;
const WARMUP_MS = 500;

/** What it can't exceed, and the least share of it that a plain server reaches on a machine that nobody disturbs. */
const IDEAL = { cpu: 1000 / CPU_MS, io: (SLOTS * 1000) / IO_MS };
const LEAST_SHARE = 0.88;
const [AT_LEAST, AT_MOST] = [2, 5];

/** @returns by host and workload, what a plain server serves a second, saturated by a closed loop: `capacities.express.cpu`. */
async function capacities(bench, hosts, workloads, ms) {
  const found = {};
  for (const host of hosts) {
    found[host] = {};
    for (const workload of workloads) found[host][workload] = await undisturbed(bench, host, workload, ms);
  }
  return found;
}

/** The highest of some tries: all else is a share of it, and looks too well where something slowed the machine meanwhile. */
async function undisturbed(bench, host, workload, ms) {
  let highest = 0;
  for (let tries = 0; tries < AT_MOST; tries++) {
    highest = Math.max(highest, await capacityOf(bench, host, workload, ms));
    if (tries + 1 >= AT_LEAST && highest >= LEAST_SHARE * IDEAL[workload]) break;
  }
  return highest;
}

async function capacityOf(bench, host, workload, ms) {
  const server = await startServer(bench, PLAIN[host]);
  try {
    const { path } = WORKLOADS[workload];
    return await bench.generator.call('saturate', server.port, {
      path,
      clients: CLIENTS,
      warmupMs: WARMUP_MS,
      ms,
    });
  } finally {
    server.kill();
  }
}

/** @returns by workload, the p99 in ms of a plain server that has little to do. */
async function unloadedP99(bench, { express }, ms) {
  const found = {};
  for (const [workload, capacity] of Object.entries(express)) {
    const plan = {
      kinds: [{ path: WORKLOADS[workload].path, share: 1 }],
      phases: [{ seconds: (WARMUP_MS + ms) / 1000, perSecond: capacity / 5 }],
      spans: { measured: [WARMUP_MS, WARMUP_MS + ms] },
    };
    found[workload] = (await measure(bench, NONE, plan)).spans.measured.p99Ms;
  }
  return found;
}

module.exports = { capacities, unloadedP99 };
