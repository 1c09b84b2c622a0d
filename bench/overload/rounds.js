const { format } = require('../harness/table');
const { quartiles } = require('../harness/statistics');
const { capacities, unloadedP99 } = require('./capacity');
const { idleCpu } = require('./idle');
const { measure, startBench } = require('./measure');
const { ofCapacity, p99 } = require('./readings');
const { Results } = require('./results');
const { hostOf, SCENARIOS, WORKLOADS } = require('./scenarios');

/**
 * Measures contestants by turns, so many rounds. Each begins with the capacities: whatever slows the machine for minutes, slows these too.
 * @param what `only` scenarios, `contestants`, `rounds`, `scale`; `cases`: a test of which.
 * @returns `results`; `capacities` and `unloadedP99Ms`, medians; `idle` where it was asked for.
 */
async function inRounds({ rounds, only, contestants, scale, cases = () => true }) {
  const bench = await startBench();
  const results = new Results();
  const baselines = [];
  const scenarios = Object.entries(SCENARIOS).filter(([name]) => only.includes(name));
  const chosen = scenarios.flatMap(([scenario, list]) =>
    list.filter(cases).map((one) => ({ scenario, ...one })),
  );
  for (let round = 0; round < rounds && chosen.length > 0; round++) {
    const baseline = await baselineOf(bench, chosen, contestants, scale);
    baselines.push(baseline);
    say(`round ${round + 1} of ${rounds}: ${spoken(baseline)}`);
    for (const one of chosen) await inTurn(bench, results, one, { round, contestants, scale, baseline });
  }
  const idle = only.includes('idle')
    ? await idleCpu(bench, { passes: rounds, rounds: 400, warmup: 5000 })
    : undefined;
  bench.generator.kill();
  return { results, ...mediansOf(baselines), idle, rounds };
}

async function baselineOf(bench, chosen, contestants, { capacityMs, unloadedMs }) {
  const workloads = Object.keys(WORKLOADS).filter((name) => chosen.some(({ workload }) => workload === name));
  const hosts = ['express', ...(contestants.some((name) => hostOf(name) === 'koa') ? ['koa'] : [])];
  const found = await capacities(bench, hosts, workloads, capacityMs);
  return { capacities: found, unloadedP99Ms: await unloadedP99(bench, found, unloadedMs) };
}

/** All contestants of one case, in another order each round. */
async function inTurn(bench, results, one, { round, contestants, scale, baseline }) {
  const names = Object.keys(one.contestants).filter(
    (name) => contestants.includes(name) && one.contestants[name](round),
  );
  for (let turn = 0; turn < names.length; turn++) {
    const name = names[(round + turn) % names.length];
    const capacity = baseline.capacities[hostOf(name)][one.workload];
    const plan = { ...one.plan(capacity, scale), seed: round + 1 };
    const sample = { capacity, ...(await measure(bench, name, plan)) };
    results.add(one.scenario, one, name, sample);
    say(`  ${one.scenario}, ${one.workload} ${one.multiple}x, ${name}: ${heard(sample)}`);
  }
}

const heard = (sample) =>
  `${format(ofCapacity()(sample))} % of capacity, p99 ${p99(sample)?.toFixed(0) ?? '-'} ms${sample.void ? ', void' : ''}`;

const say = (text) => console.error(text);

const spoken = ({ capacities, unloadedP99Ms }) =>
  Object.entries(capacities)
    .flatMap(([host, found]) =>
      Object.entries(found).map(([workload, perSecond]) => `${workload} on ${host} ${format(perSecond)}/s`),
    )
    .concat(
      Object.entries(unloadedP99Ms).map(([workload, ms]) => `unloaded p99 ${workload} ${format(ms)} ms`),
    )
    .join(', ');

/** The median of each number in objects that are all alike. */
function mediansOf([first, ...others]) {
  if (typeof first === 'number') return quartiles([first, ...others]).median;
  const entries = Object.keys(first ?? {}).map((key) => [
    key,
    mediansOf([first, ...others].map((one) => one[key])),
  ]);
  return Object.fromEntries(entries);
}

/** What the figures rest on, in words. */
function factsOf({ results, capacities, unloadedP99Ms, rounds }) {
  const { runs, repeated, void: voids, worstLagP99Ms } = results.counts();
  if (runs === 0) return [];
  return [
    `Capacity: ${spoken({ capacities, unloadedP99Ms })}.`,
    `${runs} runs in ${rounds} rounds, median (quartiles). ${repeated} were repeated because the generator was late or the machine \
slow or busy with something else, ${voids} are void. The generator's own lag, p99 of the worst run: ${format(worstLagP99Ms)} ms.`,
  ];
}

module.exports = { factsOf, inRounds };
