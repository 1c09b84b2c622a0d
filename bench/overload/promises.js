const { quartiles } = require('../harness/statistics');
const { atLeast, atMost } = require('../harness/targets');
const { EXPRESS, IN_FRONT, KOA, OURS } = require('./contestants');
const { criticalServed, ofCapacity, ofOffered, p99, shed, workOfCapacity } = require('./readings');
const { WORKLOADS } = require('./scenarios');

const NO_COLLAPSE_PERCENT = 70;

/** @returns each target that there are samples for, with what was measured: medians, and the lowest round where nothing may collapse. */
function targetsOf(results, unloadedP99Ms = {}, idle = undefined) {
  const targets = [];
  const claim = (judge, what, place, reader, bound, of = median) => {
    const samples = results.samples(...place).map(reader);
    if (samples.length > 0) targets.push(judge(`${labelOf(place)}: ${what}`, of(samples), bound));
  };
  cpuTargets(claim);
  ioTargets(claim, unloadedP99Ms.io * 3);
  stepTargets(claim);
  otherTargets(claim);
  if (idle) targets.push(idleTarget(idle));
  return targets;
}

const labelOf = ([scenario, workload, multiple, name]) =>
  `${name}, ${scenario === 'curve' ? '' : `${scenario}, `}${workload.toUpperCase()} ${multiple}x`;

/** What was not served at all has no time: it takes for ever. */
const median = (samples) => quartiles(samples.map((sample) => sample ?? Number.POSITIVE_INFINITY)).median;
const lowest = (samples) => Math.min(...samples);
const highest = (samples) => Math.max(...samples);

const GOODPUT = 'goodput, % of capacity';
const P99 = 'p99, ms';

function cpuTargets(claim) {
  const bounds = [
    [IN_FRONT, 10, 85],
    [KOA, 10, 85],
    [EXPRESS, 10, 73],
    [IN_FRONT, 5, 87],
    ...OURS.map((name) => [name, 1, 97]),
  ];
  for (const [name, multiple, bound] of bounds)
    claim(atLeast, GOODPUT, ['curve', 'cpu', multiple, name], ofCapacity(), bound);
  for (const name of OURS) claim(atMost, P99, ['curve', 'cpu', 10, name], p99, 85);
}

function ioTargets(claim, p99Bound) {
  for (const multiple of [2, 5, 10]) {
    claim(atLeast, GOODPUT, ['curve', 'io', multiple, IN_FRONT], ofCapacity(), 92);
    claim(atMost, P99, ['curve', 'io', multiple, IN_FRONT], p99, p99Bound);
    claim(atLeast, GOODPUT, ['curve', 'io', multiple, EXPRESS], ofCapacity(), 90);
  }
}

function stepTargets(claim) {
  for (const workload in WORKLOADS) {
    for (const name of OURS) {
      const place = ['step', workload, 10, name];
      claim(atMost, 'shed in any round', ['curve', workload, 0.5, name], shed, 0, highest);
      claim(atLeast, 'first 0.8 s, % of capacity', place, ofCapacity('first'), 80);
      claim(atLeast, 'back at 0.5x, % of offered', place, ofOffered('back'), 95);
    }
  }
}

function otherTargets(claim) {
  for (const workload in WORKLOADS) {
    const weights = WORKLOADS[workload].mixed.map(({ weight }) => weight);
    for (const name of [IN_FRONT, EXPRESS]) {
      const stands = (scenario, multiple, what, reader) =>
        claim(atLeast, what, [scenario, workload, multiple, name], reader, NO_COLLAPSE_PERCENT, lowest);
      stands('mixed', 5, 'lowest round, % of possible', workOfCapacity(weights));
      stands('bursts', 2.75, 'lowest round, % of possible', ofCapacity());
      stands('halved', 0.9, 'halved, lowest round, % of possible', ofCapacity('measured', 0.5));
      stands('halved', 0.9, 'whole again, lowest round, % of offered', ofOffered('back'));
      stands('slow', 0.8, 'lowest round, % of offered', ofOffered());
      for (const multiple of [2, 10])
        claim(atLeast, 'critical served, %', ['critical', workload, multiple, name], criticalServed, 99);
    }
  }
}

const idleTarget = ({ plainUs, addedUs }) =>
  atMost(`${EXPRESS}, idle: CPU added, % of a request`, (100 * addedUs.median) / plainUs.median, 5);

module.exports = { targetsOf };
